#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <unordered_map>

#include "netherlink/core/result.hpp"
#include "netherlink/im/ports.hpp"

namespace netherlink::gateway {

/// How a request that went through a partition ended. Exactly one of error, message and marked; valid during the call.
struct CommandOutcome {
  const core::Error* error = nullptr;
  const im::Message* message = nullptr;  // committed, or changed
  bool duplicate = false;                // it was committed before
  const im::MarkResult* marked = nullptr;
};

/// REST callers that wait for a partition's answer. Thread-safe.
class PendingReplies {
 public:
  using Clock = std::chrono::steady_clock;
  using Handler = std::function<void(const CommandOutcome&)>;

  /// `handler` runs once: with the answer on the thread that brings it, or with server.unavailable after `timeout` on
  /// the thread that calls expire(). Whether the command took effect is then not known: the client asks again.
  im::Origin add(Handler handler, Clock::duration timeout = std::chrono::seconds(10));

  /// Answers who waits for `origin`; nobody, if it came too late.
  void complete(const im::Origin& origin, const CommandOutcome& outcome);
  /// Gives up what is overdue; called about once a second.
  void expire(Clock::time_point now);

 private:
  struct Waiting {
    Handler handler;
    Clock::time_point deadline;
  };

  std::mutex mutex_;
  std::uint64_t last_ = 0;
  std::unordered_map<std::uint64_t, Waiting> waiting_;
};

}  // namespace netherlink::gateway
