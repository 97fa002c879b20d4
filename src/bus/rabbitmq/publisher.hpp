#pragma once

#include <atomic>

#include "bus/rabbitmq/lane.hpp"

namespace netherlink::bus::rabbitmq {

/// Where a Publisher gets its messages from. Thread-safe.
class MessageSource {
 public:
  using LaneOpen = std::function<bool(std::size_t lane)>;

  virtual ~MessageSource() = default;
  /// The next message of a lane that is open, if it is time for one; otherwise `ask_again` may come closer.
  virtual std::optional<Outgoing> next(Clock::time_point now, Clock::time_point& ask_again, const LaneOpen& open) = 0;
  virtual bool empty(std::size_t lane) const = 0;
  /// Nothing of the lane was confirmed for too long: what waits here is lost too.
  virtual void drop(std::size_t lane) = 0;
};

/// Publishes what its source holds, with publisher confirms, on one connection and one thread of its own. Each lane has
/// a channel and a window, because a queue without a leader holds up the channel that publishes to it: it must not hold
/// up the others. What was not confirmed when a connection ended is published again on the next one, in its order and
/// before anything new of its lane. A Publisher that has a patience gives up all that a lane holds when nothing of it
/// was confirmed for that long.
class Publisher {
 public:
  struct Options {
    std::string name;  // of the connection, the thread and in metrics
    std::size_t lanes = 1;
    std::size_t window_messages = 64;  // of each lane
    std::size_t window_bytes = std::size_t{1} << 20;
    bool gives_up = true;
    std::function<bool(Connection&, amqp_channel_t)> declare;
  };

  Publisher(Options options, const std::vector<std::string>& urls, MessageSource& source, Monitor& monitor);
  ~Publisher() { stop(); }
  Publisher(const Publisher&) = delete;
  Publisher& operator=(const Publisher&) = delete;

  // Thread-safe, from here on.
  /// The source has something new.
  void wake() { wake_.signal(); }
  bool connected() const { return connected_; }
  /// It makes sense to give it more: connected, not blocked by the broker, and confirms of the lane arrive.
  bool accepts(std::size_t lane = 0) const;
  /// Nothing more is taken.
  void begin_stop();
  /// Waits for the confirms of what is there, for a bounded time since begin_stop(); the rest is not confirmed.
  void stop();

 private:
  void run();
  bool connect(Connection& connection);
  void serve(Connection& connection);
  bool declare_again(Connection& connection);
  bool receive(Connection& connection);
  bool handle(const Event& event);
  void settle(const Event& event, Finished& finished);
  void unblocked();
  bool send(Connection& connection, Clock::time_point& ask_again);
  std::optional<Outgoing> take(Clock::time_point& ask_again);
  bool open(const Lane& lane) const { return lane.open(options_.window_messages, options_.window_bytes); }
  void disconnected();
  void tick(Clock::time_point now);
  bool late(std::size_t index, Clock::time_point now);
  bool done_stopping() const;
  bool idle() const;
  static void tell(Finished& finished);

  const Options options_;
  Endpoints endpoints_;  // of the thread
  MessageSource& source_;
  Lifeline lifeline_;
  Wake wake_;
  bool unroutable_ = false;  // of the thread
  Clock::time_point declared_at_{};

  mutable std::mutex mutex_;
  std::vector<Lane> lanes_;
  Clock::time_point heard_at_{};  // a confirm, of any lane

  std::atomic<bool> connected_{false}, blocked_{false}, stopping_{false};
  std::atomic<Clock::rep> stop_deadline_{0};
  std::thread thread_;
};

}  // namespace netherlink::bus::rabbitmq
