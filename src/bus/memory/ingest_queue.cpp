#include "bus/memory/ingest_queue.hpp"

#include <cassert>

namespace netherlink::bus {

class MemoryIngestQueue::Consumer final : public IngestConsumer {
 public:
  explicit Consumer(MemoryIngestQueue& queue) : queue_(queue) {}

  std::vector<IngestDelivery> take(std::size_t max_bytes, std::chrono::milliseconds timeout) override {
    return queue_.take(max_bytes, timeout, last_tag_);
  }
  // What was taken lives with its taker: a process that dies takes the whole queue along, and clients send again.
  void ack(std::uint64_t) override {}
  void stop() override { queue_.stop(); }
  bool stopped_and_empty() const override { return queue_.stopped_and_empty(); }

 private:
  MemoryIngestQueue& queue_;
  std::uint64_t last_tag_ = 0;
};

core::result<void> MemoryIngestQueue::publish(std::size_t partition, std::string payload, std::size_t weight,
                                              std::function<void()>) {
  assert(partition < partitions_);
  auto shared = std::make_shared<const std::string>(std::move(payload));
  {
    std::lock_guard lock(mutex_);
    if (stopped_) return errors::server_unavailable;
    if (weight_ + weight > limit_ && !items_.empty()) return errors::server_overloaded;
    weight_ += weight;
    items_.push_back({partition, std::move(shared), weight});
  }
  filled_.notify_one();
  return {};
}

std::unique_ptr<IngestConsumer> MemoryIngestQueue::consume() {
  return std::make_unique<Consumer>(*this);
}

std::size_t MemoryIngestQueue::depth() const {
  std::lock_guard lock(mutex_);
  return weight_;
}

std::vector<IngestDelivery> MemoryIngestQueue::take(std::size_t max_bytes, std::chrono::milliseconds timeout,
                                                    std::uint64_t& last_tag) {
  std::vector<IngestDelivery> taken;
  std::unique_lock lock(mutex_);
  filled_.wait_for(lock, timeout, [&] { return stopped_ || !items_.empty(); });
  std::size_t bytes = 0;
  while (!items_.empty() && (taken.empty() || bytes + items_.front().payload->size() <= max_bytes)) {
    auto& item = items_.front();
    bytes += item.payload->size();
    weight_ -= item.weight;
    taken.push_back({item.partition, std::move(item.payload), ++last_tag});
    items_.pop_front();
  }
  return taken;
}

void MemoryIngestQueue::stop() {
  {
    std::lock_guard lock(mutex_);
    stopped_ = true;
  }
  filled_.notify_all();
}

bool MemoryIngestQueue::stopped_and_empty() const {
  std::lock_guard lock(mutex_);
  return stopped_ && items_.empty();
}

}  // namespace netherlink::bus
