#pragma once

#include <cstdint>
#include <memory>
#include <string_view>
#include <utility>

#include "netherlink/core/ids.hpp"

namespace netherlink::store::sql {

/// Makes the short number that stands for (sender, client_msg_id) in the index that finds duplicates: long random ids
/// in it would cost a page of the log for each message. Not thread-safe.
class ClientKeys {
 public:
  ClientKeys();
  ~ClientKeys();

  /// The first 8 bytes of the SHA-256 of the sender's id (8 bytes, big endian) and the client's: fixed for ever, since
  /// it is stored, and hard to make collide on purpose. The caller takes the next free number where two still do.
  std::int64_t of(core::UserId sender, std::string_view client_msg_id);

 private:
  struct Digest;
  std::unique_ptr<Digest> digest_;
};

/// Between which numbers that of a stored message lies: as many may have met on one as nobody can arrange. Thread-safe.
std::pair<std::int64_t, std::int64_t> client_key_range(core::UserId sender, std::string_view client_msg_id);

}  // namespace netherlink::store::sql
