#include "im/batcher.hpp"

#include "im/command.hpp"
#include "im/wire.hpp"
#include "netherlink/metrics/metrics.hpp"

namespace netherlink::im {
namespace {

constexpr std::size_t payload_bytes = 64 * 1024;

void count_accepted(const Command& command) {
  static constexpr auto make = [](std::string_view kind) -> metrics::Counter& {
    return metrics::counter("netherlink_messages_accepted_total", "Messages taken from clients", {{"kind", kind}});
  };
  static metrics::Counter* const counters[]{&make("single"), &make("group"), &make("room"), &make("world")};
  if (command.type == Command::Type::send) counters[static_cast<std::size_t>(command.conversation.kind)]->add();
}

}  // namespace

void refuse(Delivery& delivery, const std::string& instance, const std::vector<Origin>& origins,
            const core::Error& error) {
  auto envelope = std::make_shared<PushEnvelope>();
  for (const auto& origin : origins) envelope->replies.push_back({origin, instance, {}, error, {}, {}, {}});
  delivery.deliver(std::move(envelope));
}

PartitionBatcher::PartitionBatcher(std::string instance, bus::IngestQueue& queue, Delivery& delivery)
    : instance_(std::move(instance)), queue_(queue), delivery_(delivery), partitions_(queue.partitions()) {}

void PartitionBatcher::add(CommandPtr command) {
  count_accepted(*command);
  command->instance = instance_;
  const auto partition = partition_of(command->conversation.text, partitions_.size());
  auto& pending = partitions_[partition];
  if (pending.origins.empty()) {
    touched_.push_back(partition);
    wire::begin_commands(pending.payload);
  }
  wire::append_command(pending.payload, *command);
  pending.origins.push_back(command->origin);
  if (pending.payload.size() >= payload_bytes) {
    publish(partition);
    std::erase(touched_, partition);
  }
}

void PartitionBatcher::flush() {
  for (const auto partition : touched_) publish(partition);
  touched_.clear();
}

void PartitionBatcher::publish(std::size_t partition) {
  auto [payload, origins] = std::exchange(partitions_[partition], {});
  auto waiting = std::make_shared<const std::vector<Origin>>(std::move(origins));
  auto on_lost = [&delivery = delivery_, instance = instance_, waiting] {
    refuse(delivery, instance, *waiting, core::Error(errors::server_unavailable, std::chrono::milliseconds(1000)));
  };
  const auto weight = waiting->size();
  if (auto taken = queue_.publish(partition, std::move(payload), weight, std::move(on_lost)); !taken) {
    refuse(delivery_, instance_, *waiting, core::Error(taken.error().code(), std::chrono::milliseconds(500)));
  }
}

}  // namespace netherlink::im
