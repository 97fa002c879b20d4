#include "bus/rabbitmq/ingest_queue.hpp"

#include <cassert>

#include "bus/rabbitmq/batch_format.hpp"
#include "bus/rabbitmq/instruments.hpp"
#include "bus/rabbitmq/topology.hpp"

namespace netherlink::bus::rabbitmq {
namespace {

using namespace std::chrono_literals;

constexpr auto longest_gathering = 1ms;
constexpr std::size_t batch_bytes = 64 * 1024;

}  // namespace

core::result<void> IngestOutbox::add(std::size_t partition, std::string payload, std::size_t weight,
                                     std::function<void()> on_lost) {
  assert(partition < partitions_.size());
  std::lock_guard lock(mutex_);
  if (weight_ + weight > limit_ && weight_ > 0) return errors::server_overloaded;
  weight_ += weight;
  auto& target = partitions_[partition];
  if (target.waiting.empty()) ready_.push_back(partition);
  target.bytes += payload.size();
  target.waiting.push_back({std::move(payload), weight, std::move(on_lost), Clock::now()});
  return {};
}

std::size_t IngestOutbox::weight() const {
  std::lock_guard lock(mutex_);
  return weight_;
}

bool IngestOutbox::empty(std::size_t partition) const {
  std::lock_guard lock(mutex_);
  return partitions_[partition].waiting.empty();
}

bool IngestOutbox::due(const Partition& partition, Clock::time_point now) const {
  return partition.under_way == 0 || partition.bytes >= batch_bytes ||
         now >= partition.waiting.front().since + longest_gathering;
}

std::optional<Outgoing> IngestOutbox::next(Clock::time_point now, Clock::time_point& ask_again, const LaneOpen& open) {
  std::lock_guard lock(mutex_);
  for (auto ready = ready_.begin(); ready != ready_.end(); ++ready) {
    const auto index = *ready;
    auto& partition = partitions_[index];
    if (!open(index)) continue;
    if (due(partition, now)) {
      ready_.erase(ready);
      auto outgoing = take(index);
      if (!partition.waiting.empty()) ready_.push_back(index);
      return outgoing;
    }
    ask_again = std::min(ask_again, partition.waiting.front().since + longest_gathering);
  }
  return std::nullopt;
}

Outgoing IngestOutbox::take(std::size_t index) {
  auto& partition = partitions_[index];
  auto entries = std::make_shared<Entries>();
  std::string body;
  begin_batch(body);
  do {
    auto& entry = partition.waiting.front();
    append_to_batch(body, entry.payload, entry.weight);
    partition.bytes -= entry.payload.size();
    entry.payload = {};
    entries->push_back(std::move(entry));
    partition.waiting.pop_front();
  } while (!partition.waiting.empty() && body.size() + partition.waiting.front().payload.size() <= batch_bytes);
  ++partition.under_way;
  instruments().payloads.observe(static_cast<double>(entries->size()));
  Outgoing outgoing;
  outgoing.lane = index;
  outgoing.message.exchange = ingest_exchange;
  outgoing.message.routing_key = ingest_key(index);
  outgoing.message.body = std::make_shared<const std::string>(std::move(body));
  outgoing.done = [this, index, entries](bool confirmed) { done(index, *entries, confirmed); };
  return outgoing;
}

void IngestOutbox::done(std::size_t index, const Entries& entries, bool confirmed) {
  {
    std::lock_guard lock(mutex_);
    --partitions_[index].under_way;
    for (const auto& entry : entries) weight_ -= entry.weight;
  }
  if (confirmed) return;
  for (const auto& entry : entries) {
    if (entry.on_lost) entry.on_lost();
  }
}

void IngestOutbox::drop(std::size_t index) {
  std::deque<Entry> lost;
  {
    std::lock_guard lock(mutex_);
    auto& partition = partitions_[index];
    lost.swap(partition.waiting);
    for (const auto& entry : lost) weight_ -= entry.weight;
    partition.bytes = 0;
    std::erase(ready_, index);
  }
  for (const auto& entry : lost) {
    if (entry.on_lost) entry.on_lost();
  }
}

}  // namespace netherlink::bus::rabbitmq
