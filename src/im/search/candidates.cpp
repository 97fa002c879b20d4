#include "im/search/candidates.hpp"

#include <algorithm>
#include <iterator>
#include <limits>

namespace netherlink::im::search {
namespace {

constexpr std::size_t postings_per_read = 256, least_read = 16;

std::vector<MessageId> intersection(const std::vector<MessageId>& a, const std::vector<MessageId>& b) {
  std::vector<MessageId> both;
  std::ranges::set_intersection(a, b, std::back_inserter(both), std::greater<>());
  return both;
}

}  // namespace

core::result<void> Candidates::prepare() {
  floor_ = search_.before;
  std::optional<std::vector<MessageId>> all;  // that have every term whose messages are known in full
  std::vector<SearchTerm> prefixes;           // of which they are not
  for (const auto& term : search_.terms) {
    const auto limit = term.prefix ? search_.prefix : postings_per_read;
    auto found = search_.index.postings(id_, term, search_.before, limit);
    if (!found) return found.error();
    search_.budget.read_postings(found->ids.size());
    if (found->complete) {
      all = all ? intersection(*all, found->ids) : std::move(found->ids);
      if (!all->empty()) continue;
      ended_ = true;
      return {};
    }
    if (term.prefix) {
      prefixes.push_back(term);
      continue;
    }
    Stream stream{term, {found->ids.begin(), found->ids.end()}, false, found->ids.back()};
    if (streams_.empty()) {
      streams_.push_back(std::move(stream));
      continue;
    }
    // As many of them over a longer time: a rarer one.
    if (stream.floor < streams_.front().floor) std::swap(stream, streams_.front());
    others_.push_back(std::move(stream.term));
  }
  if (!all) return streams_.empty() ? prepare_words(prefixes) : core::result<void>();
  for (auto& stream : streams_) others_.push_back(std::move(stream.term));
  streams_.clear();
  streams_.push_back({{}, {all->begin(), all->end()}, true, 0});
  return {};
}

/// Where very many messages have words that begin so, these words may still be few.
core::result<void> Candidates::prepare_words(std::span<const SearchTerm> prefixes) {
  for (const auto& prefix : prefixes) {
    auto words = search_.index.words(id_, prefix.text, search_.words + 1);
    if (!words) return words.error();
    for (std::size_t i = 0; i < words->size(); ++i) search_.budget.read_postings(1);
    if (words->size() > search_.words) continue;
    for (auto& word : *words) streams_.push_back({{std::move(word), false}, {}, false, search_.before});
    return {};
  }
  return prepare_scan();
}

core::result<void> Candidates::prepare_scan() {
  scanning_ = true;
  const auto seq = seq_before(search_.before);
  if (!seq) return seq.error();
  last_ = *seq;
  ended_ = last_ < first_;
  return {};
}

/// The newest message with a lower id: ids ascend with seq.
core::result<Seq> Candidates::seq_before(MessageId before) {
  if (before == std::numeric_limits<MessageId>::max()) return last_;
  const auto known = search_.store.find(before);
  if (!known) return known.error();
  if (*known && (*known)->conversation_id == id_) return (*known)->seq - 1;
  Seq low = first_ - 1, high = last_;  // low is before, whatever is above high is not
  while (low < high) {
    const auto middle = high - (high - low) / 2;
    const auto message = search_.store.range(id_, middle, middle, 1, false);
    if (!message) return message.error();
    if (!message->empty() && message->front().id >= before) {
      high = middle - 1;
    } else {
      low = middle;
    }
  }
  return low;
}

core::result<void> Candidates::refill() {
  while (hits_.empty() && !ended_) {
    if (auto taken = scanning_ ? take_messages() : take_ids(); !taken) return taken;
    if (search_.budget.spent()) break;
  }
  return {};
}

core::result<void> Candidates::read_more(Stream& stream) {
  const auto limit = std::max(least_read, postings_per_read / streams_.size());
  auto more = search_.index.postings(id_, stream.term, stream.floor, limit);
  if (!more) return more.error();
  search_.budget.read_postings(more->ids.size());
  stream.ids.assign(more->ids.begin(), more->ids.end());
  stream.all = more->complete;
  if (!more->ids.empty()) stream.floor = more->ids.back();
  return {};
}

/// Of all streams together, descending, each once; none: they have ended.
core::result<std::vector<MessageId>> Candidates::next_ids(std::size_t count) {
  std::vector<MessageId> ids;
  while (ids.size() < count) {
    Stream* newest = nullptr;
    for (auto& stream : streams_) {
      if (stream.ids.empty() && !stream.all) {
        if (auto read = read_more(stream); !read) return read.error();
      }
      if (stream.ids.empty()) continue;
      if (newest == nullptr || stream.ids.front() > newest->ids.front()) newest = &stream;
    }
    if (newest == nullptr) break;
    const auto id = newest->ids.front();
    newest->ids.pop_front();
    if (id >= floor_) continue;  // another stream had it
    ids.push_back(id);
    floor_ = id;
  }
  return ids;
}

core::result<void> Candidates::take_ids() {
  // Few of those that others have to have, too, are left to be read.
  auto next = next_ids(others_.empty() ? search_.chunk : 2 * postings_per_read);
  if (!next) return next.error();
  auto& ids = *next;
  ended_ = ids.empty();
  for (const auto& term : others_) {
    if (ids.empty()) break;
    search_.budget.read_postings(ids.size());
    auto left = search_.index.having(id_, term, ids);
    if (!left) return left.error();
    ids = std::move(*left);
  }
  if (ids.empty()) return {};
  search_.budget.read_messages(ids.size());
  auto messages = search_.store.find_all(ids);
  if (!messages) return messages.error();
  keep(std::move(*messages));
  return {};
}

core::result<void> Candidates::take_messages() {
  const auto from = std::max(first_, last_ - static_cast<Seq>(search_.chunk) + 1);
  search_.budget.read_messages(search_.chunk);
  auto messages = search_.store.range(id_, from, last_, search_.chunk, true);
  if (!messages) return messages.error();
  if (!messages->empty()) floor_ = messages->front().id;
  last_ = from - 1;
  ended_ = last_ < first_;
  keep(std::move(*messages));
  return {};
}

bool Candidates::is_match(const Message& message) const {
  const bool is_text = message.kind == MessageKind::text &&
                       (message.status == MessageStatus::normal || message.status == MessageStatus::edited);
  return is_text && message.seq >= first_ && message.conversation_id == id_ && message.id < search_.before;
}

void Candidates::keep(std::vector<Message> messages) {
  std::ranges::sort(messages, std::greater<>(), &Message::id);
  for (auto& message : messages) {
    if (!is_match(message)) continue;
    auto pieces = search_.query.match(message.content);
    if (pieces) hits_.push_back({std::move(message), std::move(*pieces)});
  }
}

}  // namespace netherlink::im::search
