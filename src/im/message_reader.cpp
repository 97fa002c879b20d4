#include "im/message_reader.hpp"

#include "im/wire.hpp"
#include "netherlink/metrics/metrics.hpp"

namespace netherlink::im {
namespace {

void count_lookup(bool hit) {
  static auto& hits =
      metrics::counter("netherlink_cache_hits_total", "Reads served from the cache", {{"cache", "messages"}});
  static auto& misses =
      metrics::counter("netherlink_cache_misses_total", "Reads that went to the store", {{"cache", "messages"}});
  (hit ? hits : misses).add();
}

}  // namespace

bool MessageReader::from_cache(std::string_view conversation_id, Seq from, Seq to, std::vector<Message>& out) {
  const auto entries = hot_.range(conversation_id, from, to);
  if (!entries) return false;
  out.resize(entries->size());
  for (std::size_t i = 0; i < entries->size(); ++i) {
    if (!wire::decode_message(*(*entries)[i].bytes, out[i])) return false;
  }
  return true;
}

core::result<std::vector<Message>> MessageReader::run(std::string_view conversation_id, Seq from, Seq to) {
  std::vector<Message> messages;
  if (from > to) return messages;
  const bool hit = from_cache(conversation_id, from, to, messages);
  count_lookup(hit);
  if (hit) return messages;
  return store_.range(conversation_id, from, to, static_cast<std::size_t>(to - from + 1), false);
}

core::result<std::vector<std::optional<Message>>> MessageReader::newest(std::span<const std::string> conversation_ids,
                                                                        std::span<const Head> heads) {
  std::vector<std::optional<Message>> newest(conversation_ids.size());
  for (std::size_t i = 0; i < conversation_ids.size(); ++i) {
    if (heads[i].last_seq == 0) continue;
    auto one = run(conversation_ids[i], heads[i].last_seq, heads[i].last_seq);
    if (!one) return one.error();
    if (!one->empty()) newest[i] = std::move(one->front());
  }
  return newest;
}

}  // namespace netherlink::im
