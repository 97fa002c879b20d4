#pragma once

#include <atomic>
#include <deque>
#include <functional>
#include <optional>

#include "bus/rabbitmq/connection.hpp"

namespace netherlink::bus::rabbitmq {

/// A message on its way, and whom to tell how it ended.
struct Outgoing {
  std::size_t lane = 0;
  Message message;
  /// Called once, from the publisher's thread or the monitor's, without a lock: confirmed by the broker, or not.
  std::function<void(bool confirmed)> done;
};

/// Whom to tell, once no lock is held any more.
using Finished = std::vector<std::pair<Outgoing, bool>>;

/// What a Publisher sent on one channel and is not confirmed yet, and what it has to send again. Guarded by the
/// Publisher's mutex, but for last_progress().
class Lane {
 public:
  Lane() { progress(); }

  /// Now sent; returns the id to send it with.
  std::string add(Outgoing outgoing);
  /// An acknowledgement, or a message that came back.
  void settle(const Event& event, Finished& finished);
  /// What is not confirmed will not be waited for any more. Returns of how many messages that was said.
  std::size_t give_up(Finished& finished, bool connected);
  void connected();
  /// What was sent is to be sent again.
  void disconnected();
  /// Nothing holds it up.
  void progress();

  std::optional<Outgoing> next_to_resend();
  bool has_to_resend() const { return !resend_.empty(); }
  bool empty() const { return unsettled_ == 0 && resend_.empty(); }
  /// Fewer messages and bytes than these wait for a confirm, and it is not stuck.
  bool open(std::size_t messages, std::size_t bytes) const;
  bool late(Clock::time_point now) const { return now >= give_up_at_; }
  /// It gave up on this connection, and the broker said nothing about it since.
  std::optional<Clock::time_point> stuck_since() const { return stuck_since_; }
  /// Any thread.
  bool stalled(Clock::time_point now) const;

 private:
  struct Sent {
    std::uint64_t tag = 0;
    bool returned = false, settled = false;
    Outgoing outgoing;
  };

  void settle(Sent& message, bool confirmed, Finished& finished);

  std::deque<Sent> sent_;        // tags ascend
  std::deque<Outgoing> resend_;  // older than anything of the source
  std::size_t sent_bytes_ = 0, unsettled_ = 0;
  std::uint64_t next_tag_ = 1;
  Clock::time_point give_up_at_{};
  bool grace_used_ = false;  // since the last confirm, for being connected anew
  std::optional<Clock::time_point> stuck_since_;
  std::atomic<Clock::rep> last_progress_{0};
};

}  // namespace netherlink::bus::rabbitmq
