#pragma once

#include <atomic>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <set>

#include "bus/rabbitmq/batch_format.hpp"

namespace netherlink::bus::rabbitmq {

/// What was delivered and not acknowledged, between the thread of the connection and the one that takes. A partition is
/// delivered in lives: one ends when its channel does, and what it delivered is then none of ours any more.
/// Thread-safe.
class IngestInbox {
 public:
  /// `arrived`: kept at the weight of what waits to be taken, of all inboxes that share it.
  IngestInbox(std::size_t partitions, std::shared_ptr<std::atomic<std::size_t>> arrived)
      : arrived_(std::move(arrived)), partitions_(partitions) {}
  ~IngestInbox() { stop(); }
  IngestInbox(const IngestInbox&) = delete;
  IngestInbox& operator=(const IngestInbox&) = delete;

  // The thread that takes.
  std::vector<IngestDelivery> take(std::size_t max_bytes, std::chrono::milliseconds timeout);
  void ack(std::uint64_t tag);
  void give_back();

  // Any thread.
  void stop();
  bool stopped() const;

  // The thread of the connection.
  void begin_life(std::size_t partition);
  /// One AMQP message in the current life of the partition.
  void deliver(std::size_t partition, std::uint64_t amqp_tag, bool redelivered, std::vector<BatchItem> items);
  /// Ends the partition's life: what waits is forgotten, acknowledgements of what was taken lead nowhere.
  void end_life(std::size_t partition);
  /// Nothing more of it is handed out; what was taken may still be acknowledged. Ends with its life.
  void hold(std::size_t partition);
  /// Nothing of its current life was taken and not acknowledged.
  bool idle(std::size_t partition) const;
  /// Nothing at all was taken and not acknowledged.
  bool idle() const;
  struct Work {
    std::vector<std::pair<std::size_t, std::uint64_t>> acks;  // partition, AMQP tag: all up to it
    std::vector<std::size_t> given_back;                      // partitions whose life ended
  };
  Work collect();

 private:
  struct Item {
    std::size_t partition;
    std::uint64_t life, amqp_tag;
    bool last, redelivered;  // last: of its AMQP message
    BatchItem content;
  };
  struct Taken {
    std::size_t partition;
    std::uint64_t life, amqp_tag;
    bool last;
  };
  struct Partition {
    std::uint64_t life = 0, acked = 0;  // acked: AMQP tag to send; 0: none
    std::size_t taken = 0;              // in this life, and not acknowledged
    bool open = false;                  // between begin_life() and its end
    bool held = false;
  };

  void end_life_locked(std::size_t partition);
  /// Of this partition; nullopt: of all.
  void forget_waiting(std::optional<std::size_t> partition);

  const std::shared_ptr<std::atomic<std::size_t>> arrived_;
  mutable std::mutex mutex_;
  std::condition_variable filled_;
  std::deque<Item> waiting_;
  std::deque<Taken> taken_;  // tags from first_tag_ on
  std::uint64_t first_tag_ = 1;
  std::vector<Partition> partitions_;
  std::set<std::size_t> given_back_;
  bool stopped_ = false;
};

}  // namespace netherlink::bus::rabbitmq
