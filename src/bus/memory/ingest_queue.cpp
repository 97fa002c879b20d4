#include "bus/memory/ingest_queue.hpp"

#include <cassert>

namespace netherlink::bus {

class MemoryIngestQueue::Consumer final : public IngestConsumer {
 public:
  explicit Consumer(MemoryIngestQueue& queue) : queue_(queue) {}

  std::vector<IngestDelivery> take(std::size_t max_bytes, std::chrono::milliseconds timeout) override {
    std::vector<Item> items;
    queue_.take(max_bytes, timeout, items);
    std::vector<IngestDelivery> deliveries;
    deliveries.reserve(items.size());
    for (auto& item : items) {
      deliveries.push_back({item.partition, item.payload, next_tag_ + taken_.size(), item.redelivered});
      taken_.push_back(std::move(item));
    }
    return deliveries;
  }

  void ack(std::uint64_t tag) override {
    while (!taken_.empty() && next_tag_ <= tag) {
      taken_.pop_front();
      ++next_tag_;
    }
  }

  void give_back() override {
    next_tag_ += taken_.size();
    queue_.give_back(std::exchange(taken_, {}));
  }

  void stop() override { queue_.stop(); }
  bool stopped_and_empty() const override { return queue_.stopped_and_empty(); }

 private:
  MemoryIngestQueue& queue_;
  std::deque<Item> taken_;  // and not acknowledged; tags from next_tag_ on
  std::uint64_t next_tag_ = 1;
};

core::result<void> MemoryIngestQueue::publish(std::size_t partition, std::string payload, std::size_t weight,
                                              std::function<void()> on_lost) {
  assert(partition < partitions_);
  auto shared = std::make_shared<const std::string>(std::move(payload));
  {
    std::lock_guard lock(mutex_);
    if (stopped_) return errors::server_unavailable;
    if (weight_ + weight > limit_ && !items_.empty()) return errors::server_overloaded;
    weight_ += weight;
    items_.push_back({partition, std::move(shared), weight, std::move(on_lost)});
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

void MemoryIngestQueue::take(std::size_t max_bytes, std::chrono::milliseconds timeout, std::vector<Item>& taken) {
  std::unique_lock lock(mutex_);
  filled_.wait_for(lock, timeout, [&] { return stopped_ || !items_.empty(); });
  std::size_t bytes = 0;
  while (!items_.empty() && (taken.empty() || bytes + items_.front().payload->size() <= max_bytes)) {
    auto& item = items_.front();
    bytes += item.payload->size();
    weight_ -= item.weight;
    taken.push_back(std::move(item));
    items_.pop_front();
  }
}

void MemoryIngestQueue::give_back(std::deque<Item> items) {
  {
    std::lock_guard lock(mutex_);
    if (!stopped_) {
      for (; !items.empty(); items.pop_back()) {
        weight_ += items.back().weight;
        items_.push_front(std::move(items.back()));
        items_.front().redelivered = true;
      }
    }
  }
  for (const auto& item : items) {
    if (item.on_lost) item.on_lost();
  }
  filled_.notify_one();
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
