#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/ws/context.hpp"

namespace netherlink::gateway::ws {

/// A command of a session that waits for its partition's answer.
struct OpenRequest {
  std::string id;                // of the frame, to be echoed; empty: it had none
  std::string client_msg_id;     // of a send, else empty
  std::size_t conversation = 0;  // hash of its id
  Clock::time_point since;
};

/// The open requests of one session, numbered in the order they came. A ring: they are mostly answered in that order.
class Requests {
 public:
  std::uint32_t add(OpenRequest request);
  /// Ends the request. nullopt: answered before.
  std::optional<OpenRequest> take(std::uint32_t number);
  /// Ends one that is open since before `limit`, if there is any.
  std::optional<OpenRequest> take_older(Clock::time_point limit);
  /// The number of the open send with this client_msg_id.
  std::optional<std::uint32_t> find(std::string_view client_msg_id, std::size_t conversation) const;

  bool empty() const { return open_ == 0; }
  std::size_t open() const { return open_; }
  /// From the oldest open one to the newest, those answered in between included: what max_in_flight bounds.
  std::size_t span() const { return next_ - first_; }
  /// Gives back the memory that a busy time left.
  void shrink();

 private:
  struct Entry {
    OpenRequest request;
    bool open = false;
  };
  Entry& entry(std::uint32_t number) { return ring_[number & (ring_.size() - 1)]; }
  const Entry& entry(std::uint32_t number) const { return ring_[number & (ring_.size() - 1)]; }
  void grow();

  std::vector<Entry> ring_;  // a power of two
  std::uint32_t first_ = 1, next_ = 1;
  std::uint32_t open_ = 0;
};

}  // namespace netherlink::gateway::ws
