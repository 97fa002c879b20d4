#pragma once

#include <condition_variable>
#include <deque>
#include <mutex>

#include "netherlink/bus/bus.hpp"

namespace netherlink::bus {

/// All partitions in one bounded queue, in order of publication, for the one consumer of this process. Thread-safe.
class MemoryIngestQueue final : public IngestQueue {
 public:
  MemoryIngestQueue(std::size_t partitions, std::size_t limit) : partitions_(partitions), limit_(limit) {}

  std::size_t partitions() const override { return partitions_; }
  core::result<void> publish(std::size_t partition, std::string payload, std::size_t weight,
                             std::function<void()> on_lost) override;
  std::unique_ptr<IngestConsumer> consume() override;
  std::size_t depth() const override;

 private:
  class Consumer;
  struct Item {
    std::size_t partition;
    Payload payload;
    std::size_t weight;
    std::function<void()> on_lost;
    bool redelivered = false;
  };

  /// Appends to `taken`, from the front.
  void take(std::size_t max_bytes, std::chrono::milliseconds timeout, std::vector<Item>& taken);
  /// To the front again. After stop() nobody would take them: they are lost.
  void give_back(std::deque<Item> items);
  void stop();
  bool stopped_and_empty() const;

  const std::size_t partitions_, limit_;
  mutable std::mutex mutex_;
  std::condition_variable filled_;
  std::deque<Item> items_;
  std::size_t weight_ = 0;
  bool stopped_ = false;
};

}  // namespace netherlink::bus
