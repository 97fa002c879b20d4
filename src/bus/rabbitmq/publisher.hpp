#pragma once

#include <atomic>
#include <deque>
#include <optional>

#include "bus/rabbitmq/connection.hpp"

namespace netherlink::bus::rabbitmq {

/// A message on its way, and whom to tell how it ended.
struct Outgoing {
  Message message;
  /// Called once, from the publisher's thread or the monitor's, without a lock: confirmed by the broker, or not.
  std::function<void(bool confirmed)> done;
};

/// Where a Publisher gets its messages from. Thread-safe.
class MessageSource {
 public:
  virtual ~MessageSource() = default;
  /// The next message, if it is time for one; otherwise `ask_again` may come closer.
  virtual std::optional<Outgoing> next(Clock::time_point now, Clock::time_point& ask_again) = 0;
  virtual bool empty() const = 0;
  /// Nothing was confirmed for too long: what waits here is lost too.
  virtual void drop() = 0;
};

/// Publishes what its source holds, with publisher confirms and a window, on one connection and one thread of its own.
/// What was not confirmed when a connection ended is published again on the next one, in its order and before anything
/// new. A Publisher that has a patience gives up all it holds when nothing was confirmed for that long.
class Publisher {
 public:
  struct Options {
    std::string name;  // of the connection, the thread and in metrics
    std::size_t window_messages = 64;
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
  /// It makes sense to give it more: connected, not blocked by the broker, and confirms arrive.
  bool accepts() const;
  /// Nothing more is taken.
  void begin_stop();
  /// Waits for the confirms of what is there, for a bounded time since begin_stop(); the rest is not confirmed.
  void stop();

 private:
  struct Sent {
    std::uint64_t tag = 0;
    bool returned = false, settled = false;
    Outgoing outgoing;
  };
  using Finished = std::vector<std::pair<Outgoing, bool>>;

  void run();
  bool connect(Connection& connection);
  void serve(Connection& connection);
  bool declare_again(Connection& connection);
  bool receive(Connection& connection);
  bool handle(const Event& event);
  bool send(Connection& connection, Clock::time_point& ask_again);
  std::optional<Outgoing> take(Clock::time_point& ask_again);
  bool window_open() const;
  void settle(const Event& event, Finished& finished);
  void settle(Sent& sent, bool confirmed, Finished& finished);
  void disconnected();
  void tick(Clock::time_point now);
  void give_up(Finished& finished);
  void progress();
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
  std::deque<Sent> sent_;        // tags ascend
  std::deque<Outgoing> resend_;  // older than anything of the source
  std::size_t sent_bytes_ = 0, unsettled_ = 0;
  std::uint64_t next_tag_ = 1;
  Clock::time_point give_up_at_{};
  bool grace_used_ = false;  // since the last confirm, for being connected anew

  std::atomic<Clock::rep> last_progress_;
  std::atomic<bool> connected_{false}, blocked_{false}, stopping_{false};
  std::atomic<Clock::rep> stop_deadline_{0};
  std::thread thread_;
};

}  // namespace netherlink::bus::rabbitmq
