#pragma once

#include "bus/rabbitmq/publisher.hpp"

namespace netherlink::bus::rabbitmq {

/// Payloads on their way to im.ingest. Those of one partition that wait together ride in one AMQP message: at once
/// while the partition has nothing under way, after 1 ms or 64 KiB otherwise. Thread-safe.
class IngestOutbox final : public MessageSource {
 public:
  /// `limit`: weight of what is not confirmed yet.
  IngestOutbox(std::size_t partitions, std::size_t limit) : limit_(limit), partitions_(partitions) {}

  std::size_t partitions() const { return partitions_.size(); }
  core::result<void> add(std::size_t partition, std::string payload, std::size_t weight, std::function<void()> on_lost);
  /// Of all that is not confirmed yet.
  std::size_t weight() const;

  // A partition is a lane.
  std::optional<Outgoing> next(Clock::time_point now, Clock::time_point& ask_again, const LaneOpen& open) override;
  bool empty(std::size_t partition) const override;
  void drop(std::size_t partition) override;

 private:
  struct Entry {
    std::string payload;
    std::size_t weight;
    std::function<void()> on_lost;
    Clock::time_point since;
  };
  using Entries = std::vector<Entry>;
  struct Partition {
    std::deque<Entry> waiting;
    std::size_t bytes = 0;
    std::size_t under_way = 0;  // AMQP messages not settled yet
  };

  bool due(const Partition& partition, Clock::time_point now) const;
  Outgoing take(std::size_t index);
  void done(std::size_t index, const Entries& entries, bool confirmed);

  const std::size_t limit_;
  mutable std::mutex mutex_;
  std::vector<Partition> partitions_;
  std::deque<std::size_t> ready_;  // partitions where something waits, each once; the longest waiting first
  std::size_t weight_ = 0;
};

}  // namespace netherlink::bus::rabbitmq
