#pragma once

#include "gateway/net/timing_wheel.hpp"
#include "gateway/ws/context.hpp"
#include "gateway/ws/push.hpp"

namespace netherlink::gateway::ws {

class Hub;
struct Topic;

/// While `world` is busier than lobby.storm_threshold its sessions get no messages but a few times a second one small
/// `messages.available` that names the run to be pulled (GET /chat/pull/lobby); their own acks come as ever. Goes on
/// until the rate has fallen below half the threshold. Belongs to the I/O thread.
class Storm final : private WheelTimer {
 public:
  explicit Storm(Hub& hub) : hub_(hub) {}
  ~Storm() override { cancel(); }

  /// The messages of the run from `begin` on are to be handed out. True: they are signalled instead, later.
  bool take(Topic& topic, const Run& run, std::size_t begin);
  /// What waits is signalled now: something is to be sent that must not come before it.
  void flush(Topic& topic);

 private:
  void count(std::size_t messages);
  void on_timer() override;

  Hub& hub_;
  bool on_ = false;
  double level_ = 0;  // messages a second, over about the last one
  Clock::time_point counted_at_{};
};

/// Tells a session of the run's part behind `start_seq`.
void send_signal(class Session& session, const RunPtr& run, im::Seq start_seq);

}  // namespace netherlink::gateway::ws
