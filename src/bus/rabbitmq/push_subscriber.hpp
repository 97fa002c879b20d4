#pragma once

#include <atomic>
#include <condition_variable>
#include <unordered_map>

#include "bus/rabbitmq/batch_format.hpp"
#include "bus/rabbitmq/connection.hpp"
#include "bus/rabbitmq/spread.hpp"

namespace netherlink::bus::rabbitmq {

/// Reads this replica's own queue of im.push on a connection and a thread of its own, and finds out what is missing.
class PushSubscriber {
 public:
  PushSubscriber(const RabbitBusOptions& options, Spread& spread, Monitor& monitor,
                 std::function<void(Payload)> handler, std::function<void()> on_gap);
  ~PushSubscriber() { stop(); }
  PushSubscriber(const PushSubscriber&) = delete;
  PushSubscriber& operator=(const PushSubscriber&) = delete;

  bool connected() const { return connected_; }
  /// Waits until a marker with this text has come.
  bool wait_for_marker(std::string_view text, std::chrono::milliseconds timeout);
  void stop();

 private:
  void run();
  bool connect(Connection& connection);
  bool serve(Connection& connection);
  /// Notices that this thread did not run for a while.
  void take_turn();
  bool receive(Connection& connection);
  bool acknowledge(Connection& connection);
  void handle(const Event& event);
  /// False: it came before.
  bool in_order(const PushMessage& message);
  void gap(const char* reason);

  const std::string instance_;
  Spread& spread_;
  Endpoints endpoints_;
  const std::function<void(Payload)> handler_;
  const std::function<void()> on_gap_;
  const std::shared_ptr<Lifeline> lifeline_;
  Wake wake_;
  std::unordered_map<std::uint64_t, std::uint64_t> streams_;  // the number that comes next; of the thread
  std::uint64_t last_tag_ = 0, acked_tag_ = 0;
  Clock::time_point turn_{};
  std::atomic<bool> connected_{false}, stopping_{false};
  std::mutex mutex_;
  std::condition_variable marked_;
  std::string marker_;
  std::thread thread_;
};

}  // namespace netherlink::bus::rabbitmq
