#include "bus/rabbitmq/ingest_inbox.hpp"

#include <algorithm>

namespace netherlink::bus::rabbitmq {

std::vector<IngestDelivery> IngestInbox::take(std::size_t max_bytes, std::chrono::milliseconds timeout) {
  std::vector<IngestDelivery> deliveries;
  std::unique_lock lock(mutex_);
  filled_.wait_for(lock, timeout, [&] { return stopped_ || !waiting_.empty(); });
  if (stopped_) return deliveries;
  std::size_t bytes = 0;
  while (!waiting_.empty()) {
    auto& item = waiting_.front();
    bytes += item.content.payload->size();
    if (!deliveries.empty() && bytes > max_bytes) break;
    const auto tag = first_tag_ + taken_.size();
    *arrived_ -= item.content.weight;
    taken_.push_back({item.partition, item.life, item.amqp_tag, item.last});
    ++partitions_[item.partition].taken;
    deliveries.push_back({item.partition, std::move(item.content.payload), tag, item.redelivered});
    waiting_.pop_front();
  }
  return deliveries;
}

void IngestInbox::ack(std::uint64_t tag) {
  std::lock_guard lock(mutex_);
  for (; !taken_.empty() && first_tag_ <= tag; ++first_tag_) {
    const auto taken = taken_.front();
    taken_.pop_front();
    auto& partition = partitions_[taken.partition];
    if (taken.life != partition.life) continue;
    --partition.taken;
    if (taken.last) partition.acked = taken.amqp_tag;
  }
}

void IngestInbox::give_back() {
  std::lock_guard lock(mutex_);
  std::set<std::size_t> concerned;
  for (const auto& taken : taken_) {
    if (taken.life == partitions_[taken.partition].life) concerned.insert(taken.partition);
  }
  first_tag_ += taken_.size();
  taken_.clear();
  for (const auto partition : concerned) {
    const auto acked = partitions_[partition].acked;  // is still sent before the channel closes
    end_life_locked(partition);
    partitions_[partition].acked = acked;
  }
  given_back_.merge(concerned);
}

void IngestInbox::stop() {
  {
    std::lock_guard lock(mutex_);
    stopped_ = true;
    forget_waiting(std::nullopt);
  }
  filled_.notify_all();
}

bool IngestInbox::stopped() const {
  std::lock_guard lock(mutex_);
  return stopped_;
}

void IngestInbox::begin_life(std::size_t partition) {
  std::lock_guard lock(mutex_);
  end_life_locked(partition);
  partitions_[partition].open = true;
}

void IngestInbox::deliver(std::size_t partition, std::uint64_t amqp_tag, bool redelivered,
                          std::vector<BatchItem> items) {
  {
    std::lock_guard lock(mutex_);
    auto& target = partitions_[partition];
    if (stopped_ || !target.open || target.held) return;
    for (std::size_t i = 0; i < items.size(); ++i) {
      *arrived_ += items[i].weight;
      waiting_.push_back({partition, target.life, amqp_tag, i + 1 == items.size(), redelivered, std::move(items[i])});
    }
  }
  filled_.notify_one();
}

void IngestInbox::end_life(std::size_t partition) {
  std::lock_guard lock(mutex_);
  end_life_locked(partition);
}

void IngestInbox::end_life_locked(std::size_t partition) {
  partitions_[partition] = {partitions_[partition].life + 1, 0, 0, false, false};
  forget_waiting(partition);
}

void IngestInbox::forget_waiting(std::optional<std::size_t> partition) {
  std::erase_if(waiting_, [&](const Item& item) {
    if (partition && item.partition != *partition) return false;
    *arrived_ -= item.content.weight;
    return true;
  });
}

void IngestInbox::hold(std::size_t partition) {
  std::lock_guard lock(mutex_);
  partitions_[partition].held = true;
  forget_waiting(partition);
}

bool IngestInbox::idle(std::size_t partition) const {
  std::lock_guard lock(mutex_);
  return partitions_[partition].taken == 0;
}

bool IngestInbox::idle() const {
  std::lock_guard lock(mutex_);
  return taken_.empty();
}

IngestInbox::Work IngestInbox::collect() {
  Work work;
  std::lock_guard lock(mutex_);
  for (std::size_t i = 0; i < partitions_.size(); ++i) {
    if (const auto tag = std::exchange(partitions_[i].acked, 0); tag != 0) work.acks.emplace_back(i, tag);
  }
  work.given_back.assign(given_back_.begin(), given_back_.end());
  given_back_.clear();
  return work;
}

}  // namespace netherlink::bus::rabbitmq
