#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "bus/rabbitmq/amqp.hpp"
#include "bus/rabbitmq/lifeline.hpp"
#include "netherlink/bus/bus.hpp"

namespace netherlink::bus::rabbitmq {

using Headers = std::vector<std::pair<std::string, std::string>>;

/// A message to publish.
struct Message {
  std::string exchange, routing_key;
  Payload body;
  bool persistent = true, mandatory = true;
  std::uint8_t priority = 0;
  std::string expiration;  // milliseconds; empty: never
  Headers headers;
};

/// What the broker said, with everything copied out of the library's buffers.
struct Event {
  enum class Kind {
    delivery,
    returned,
    ack,
    nack,
    consuming,
    cancelled,
    channel_closed,  // by the broker (reason) or as we asked
    blocked,
    unblocked,
    other
  };
  Kind kind = Kind::other;
  amqp_channel_t channel = 0;
  std::uint64_t tag = 0;
  bool multiple = false, redelivered = false;
  std::string exchange, routing_key, message_id, reason;
  std::uint8_t priority = 0;
  Headers headers;  // texts and numbers among them
  Payload body;
};

/// One connection to a broker. For one thread; every call that talks to the broker ends in bounded time, thanks to the
/// lifeline. After a failure only error() and the destructor make sense.
class Connection {
 public:
  explicit Connection(Lifeline& lifeline);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  bool open(const Endpoint& endpoint, const std::string& name);
  const std::string& error() const { return error_; }
  int fd() const;

  // These wait for the answer; false: see error().
  bool open_channel(amqp_channel_t channel);
  bool select_confirms(amqp_channel_t channel);
  bool declare_exchange(amqp_channel_t channel, const std::string& name, const char* type);
  struct Queue {
    std::string name;
    bool durable = true, exclusive = false, auto_delete = false;
    std::vector<std::pair<const char*, std::string>> texts = {};
    std::vector<std::pair<const char*, std::int64_t>> numbers = {};
    std::vector<const char*> flags = {};
  };
  bool declare_queue(amqp_channel_t channel, const Queue& queue);
  bool delete_queue(amqp_channel_t channel, const std::string& name);
  bool bind(amqp_channel_t channel, const std::string& queue, const std::string& exchange, const std::string& key);
  /// False: failed; an event of kind delivery, or other when the queue is empty.
  bool get(amqp_channel_t channel, const std::string& queue, Event& event);

  // These do not wait.
  bool publish(amqp_channel_t channel, const Message& message, const std::string& message_id);
  bool ack(amqp_channel_t channel, std::uint64_t tag, bool multiple);
  /// It becomes a dead letter.
  bool reject(amqp_channel_t channel, std::uint64_t tag);
  /// channel.open, basic.qos and basic.consume at once; `consuming` or `channel_closed` follows.
  bool start_consuming(amqp_channel_t channel, const std::string& queue, std::uint16_t prefetch);
  /// What was delivered on it and not acknowledged is delivered again, in order; `channel_closed` follows.
  bool start_closing(amqp_channel_t channel);

  enum class Next { event, nothing, failed };
  /// The next event that is there; serves heartbeats. Never waits. To be called at least every second.
  Next next(Event& event);
  /// next() has something although the socket may not be readable.
  bool has_input() const;
  /// Says goodbye, so that what was sent before is processed first.
  void close();

 private:
  bool check(int status, std::string_view what);
  bool check_reply(std::string_view what);
  bool failed(std::string_view what, std::string_view why);
  bool handle(const amqp_frame_t& frame, Event& event);
  bool handle_method(amqp_channel_t channel, const amqp_method_t& method, Event& event);
  bool handle_header(const amqp_frame_t& frame, Event& event);

  struct Partial {
    Event event;
    std::string body;
    std::size_t missing = 0;
  };

  Lifeline& lifeline_;
  amqp_connection_state_t state_;
  std::string error_;
  bool open_ = false;
  unsigned unreleased_ = 0;  // frames since the library's buffers were released
  std::unordered_map<amqp_channel_t, Partial> partial_;
};

}  // namespace netherlink::bus::rabbitmq
