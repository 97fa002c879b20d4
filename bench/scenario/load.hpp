#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "bench/support/clock.hpp"
#include "bench/support/histogram.hpp"

namespace netherlink::bench {

struct LoadPlan {
  std::uint32_t senders = 1;
  std::uint32_t window = 1;  // messages in flight for each sender
  double rate = 0;           // over all senders; 0: closed loop, as fast as the windows allow
  Nanos warmup = 0;
  Nanos length = 0;
};

/// What is known about one sent message.
struct Message {
  Nanos scheduled = 0;  // when it should have been sent: latencies count from here
  Nanos sent = 0;
  std::int64_t seq = 0;  // by the first that named it
  std::uint32_t deliveries = 0;
  bool acked = false;
  bool done = false;
};

/// Decides when each sender sends its next message and keeps the record of all. In an open loop message k of all is
/// due at start + k / rate, whether or not the earlier ones are answered: a server that stalls cannot hide it
/// (no coordinated omission). Not thread-safe.
class Load {
 public:
  using Transmit = std::function<void(std::uint32_t sender, std::uint32_t number)>;

  Load(const LoadPlan& plan, Transmit transmit);

  void start(Nanos now);
  /// Sends what is due. Called each turn.
  void tick(Nanos now);
  /// When tick has something to do next; far away in a closed loop.
  Nanos next_due() const;
  /// The message no longer counts in its sender's window.
  void complete(std::uint32_t sender, std::uint32_t number, Nanos now);

  Message* find(std::uint32_t sender, std::uint32_t number);
  const std::vector<std::vector<Message>>& messages() const { return messages_; }

  Nanos measure_begin() const { return measure_begin_; }
  Nanos measure_end() const { return measure_end_; }
  bool in_window(Nanos time) const { return time >= measure_begin_ && time < measure_end_; }
  /// Everything due before the end was sent and completed.
  bool drained() const { return in_flight_ == 0 && unsent() == 0; }
  std::uint64_t in_flight() const { return in_flight_; }
  /// Due, but held back by a full window.
  std::uint64_t unsent() const { return released_ - sent_; }
  std::uint64_t sent() const { return sent_; }
  const LoadPlan& plan() const { return plan_; }

 private:
  Nanos due_time(std::uint64_t k) const;
  std::uint64_t released_for(std::uint32_t sender) const;
  void send_next(std::uint32_t sender, Nanos now);

  LoadPlan plan_;
  Transmit transmit_;
  std::vector<std::vector<Message>> messages_;
  std::vector<std::uint32_t> open_;  // in flight, by sender
  Nanos start_ = 0, measure_begin_ = 0, measure_end_ = 0;
  std::uint64_t released_ = 0, sent_ = 0, in_flight_ = 0;
};

/// client_msg_id of a message, `{sender}-{number}`, and back (false: not one of ours).
void append_client_msg_id(std::string& out, std::uint32_t sender, std::uint32_t number);
bool parse_client_msg_id(std::string_view text, std::uint32_t& sender, std::uint32_t& number);

}  // namespace netherlink::bench
