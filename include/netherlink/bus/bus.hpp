#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "netherlink/core/result.hpp"

namespace netherlink::bus {

using Payload = std::shared_ptr<const std::string>;

/// What a consumer of `im.ingest` got: one published payload. At-least-once: it may come again after a failure.
struct IngestDelivery {
  std::size_t partition = 0;
  Payload payload;
  std::uint64_t tag = 0;     // of this consumer, ascending
  bool redelivered = false;  // it may have been processed before, here or elsewhere
};

/// One consumer of all partitions; of those that another replica consumes it gets nothing. Used by one thread, except
/// stop().
class IngestConsumer {
 public:
  virtual ~IngestConsumer() = default;

  /// Waits up to `timeout` for the first payload, then takes what is there without waiting, in order per partition,
  /// until the payloads taken hold `max_bytes` (at least one payload). Empty: time is over or stop() was called.
  virtual std::vector<IngestDelivery> take(std::size_t max_bytes, std::chrono::milliseconds timeout) = 0;

  /// Everything taken up to and including `tag` is done and is never delivered again, unless the bus lost the
  /// connection in between.
  virtual void ack(std::uint64_t tag) = 0;

  /// Gives back everything that was taken and not acknowledged: it is delivered again, in order, to whoever consumes
  /// its partition then.
  virtual void give_back() = 0;

  /// Thread-safe. take() hands out what is left and then stays empty.
  virtual void stop() = 0;
  virtual bool stopped_and_empty() const = 0;
};

/// `im.ingest` of docs/architecture.md: P partitions, each ordered, bounded.
class IngestQueue {
 public:
  virtual ~IngestQueue() = default;

  virtual std::size_t partitions() const = 0;

  /// Thread-safe, never waits. `weight` counts the commands inside, against the bound. An error means that the bus did
  /// not take it: server.overloaded (full) or server.unavailable (no broker). `on_lost` is called at most once, from
  /// any thread, when a payload that seemed taken was refused after all; what is neither lost nor refused reaches a
  /// consumer.
  virtual core::result<void> publish(std::size_t partition, std::string payload, std::size_t weight,
                                     std::function<void()> on_lost) = 0;

  virtual std::unique_ptr<IngestConsumer> consume() = 0;

  /// Commands that wait to be taken (this replica's view).
  virtual std::size_t depth() const = 0;
};

/// `im.push`: to the replicas. Not durable: what is lost is repaired from the store.
class PushBus {
 public:
  virtual ~PushBus() = default;

  /// Empty `instances`: to all. Thread-safe; keeps the order of one calling thread. May wait for the consumer when it
  /// is far behind: that slows ingest down, whose own queue then refuses.
  virtual void publish(std::span<const std::string> instances, Payload payload) = 0;

  /// Called once, before the first publish; `handler` runs on a thread of the bus, one payload at a time, in order.
  /// `on_gap` runs on the same thread when payloads may have been lost on their way to this replica, or another could
  /// not send them, and what is published from now on arrives again.
  virtual void subscribe(std::function<void(Payload)> handler, std::function<void()> on_gap) = 0;
};

/// `im.tasks`: background work that must be done at least once, by any one replica, in no particular order.
class TaskQueue {
 public:
  virtual ~TaskQueue() = default;

  enum class Priority : std::uint8_t { low, normal, high };
  /// Thread-safe, never waits. server.overloaded or server.unavailable: not taken.
  virtual core::result<void> publish(Priority priority, std::string payload) = 0;

  /// `handler` runs on a thread of the bus, one task at a time; false: it failed, and the task is tried again later, a
  /// few times, before it becomes a dead letter. Called once.
  virtual void consume(std::function<bool(const std::string&)> handler) = 0;
};

/// A payload that nobody could process.
struct DeadLetter {
  std::string queue;   // where it came from
  std::string reason;  // expired, rejected, delivery_limit, …
  Payload payload;
  std::uint64_t count = 0;  // times it died
};

class Bus {
 public:
  virtual ~Bus() = default;
  virtual IngestQueue& ingest() = 0;
  virtual PushBus& push() = 0;
  virtual TaskQueue& tasks() = 0;
  virtual bool connected() const = 0;
  /// Ends the threads; what was published to push before is still handed over.
  virtual void stop() = 0;
};

struct MemoryBusOptions {
  std::size_t partitions = 16;
  std::size_t queue_messages = 100'000;        // bound of im.ingest, by weight
  std::chrono::milliseconds task_retry{5000};  // until a failed task is tried again
};
/// The in-process bus of the embedded profile.
std::unique_ptr<Bus> make_memory_bus(MemoryBusOptions options);

struct RabbitBusOptions {
  std::vector<std::string> urls;  // amqp://user:password@host:port/vhost; any of them will do
  std::string instance;           // names this replica's own queue
  std::size_t partitions = 16;
  std::size_t queue_messages = 100'000;        // by weight: published and not confirmed yet; above it server.overloaded
  std::chrono::milliseconds task_retry{5000};  // until a failed task is tried again
};
/// Connects in the background, again and again; until then it is not connected() and refuses.
std::unique_ptr<Bus> make_rabbit_bus(RabbitBusOptions options);

/// The oldest dead letters, at most `limit`; they stay where they are. Blocks.
core::result<std::vector<DeadLetter>> dead_letters(const RabbitBusOptions& options, std::size_t limit);
/// Moves up to `limit` dead letters back to where they came from; answers how many. Blocks.
core::result<std::size_t> replay_dead_letters(const RabbitBusOptions& options, std::size_t limit);

}  // namespace netherlink::bus
