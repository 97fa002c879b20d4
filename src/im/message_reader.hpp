#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "netherlink/cache/cache.hpp"
#include "netherlink/im/ports.hpp"

namespace netherlink::im {

/// Reads messages, from the hot cache where it has all that is asked for, else from the store. Since seq has no holes,
/// a run is named by its ends alone. Blocks. Thread-safe.
class MessageReader {
 public:
  MessageReader(cache::HotMessages& hot, MessageStore& store) : hot_(hot), store_(store) {}

  /// All of from..to, ascending; empty if from > to.
  core::result<std::vector<Message>> run(std::string_view conversation_id, Seq from, Seq to);
  /// The newest message of each; nullopt where there is none. `heads`: of the same conversations.
  core::result<std::vector<std::optional<Message>>> newest(std::span<const std::string> conversation_ids,
                                                           std::span<const Head> heads);

 private:
  bool from_cache(std::string_view conversation_id, Seq from, Seq to, std::vector<Message>& out);

  cache::HotMessages& hot_;
  MessageStore& store_;
};

}  // namespace netherlink::im
