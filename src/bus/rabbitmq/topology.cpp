#include "bus/rabbitmq/topology.hpp"

namespace netherlink::bus::rabbitmq {
namespace {

// A consumer that dies with a batch, or gives it back, costs each message of it one delivery: the limit is there to end
// what goes on for hours. RabbitMQ 4 without a limit of ours would give up after 20.
constexpr std::int64_t delivery_limit = 1000;
constexpr std::int64_t partition_bytes = std::int64_t{256} << 20;  // above it the broker refuses, and so do we
constexpr std::int64_t push_messages = 200'000;
constexpr std::int64_t push_bytes = std::int64_t{128} << 20;  // of a replica that does not read; the oldest go
constexpr std::int64_t dead_messages = 100'000;
constexpr std::int64_t never = 1'000'000'000;

}  // namespace

std::string ingest_key(std::size_t partition) {
  return "p." + std::to_string(partition);
}

std::string ingest_queue(std::size_t partition) {
  return "im.ingest.v1." + ingest_key(partition);
}

std::string instance_key(const std::string& instance) {
  return "i." + instance;
}

bool declare_dead(Connection& connection, amqp_channel_t channel) {
  Connection::Queue queue{.name = dead_queue};
  queue.texts = {{"x-queue-type", "quorum"}, {"x-overflow", "drop-head"}};
  // Looking at a dead letter delivers it.
  queue.numbers = {{"x-max-length", dead_messages}, {"x-delivery-limit", never}};
  return connection.declare_exchange(channel, dead_exchange, "fanout") && connection.declare_queue(channel, queue) &&
         connection.bind(channel, queue.name, dead_exchange, "");
}

bool declare_ingest(Connection& connection, amqp_channel_t channel, std::size_t partitions) {
  if (!connection.declare_exchange(channel, ingest_exchange, "direct")) return false;
  for (std::size_t partition = 0; partition < partitions; ++partition) {
    Connection::Queue queue{.name = ingest_queue(partition)};
    queue.texts = {{"x-queue-type", "quorum"},
                   {"x-dead-letter-exchange", dead_exchange},
                   {"x-overflow", "reject-publish"},
                   {"x-queue-leader-locator", "balanced"}};
    queue.numbers = {{"x-delivery-limit", delivery_limit}, {"x-max-length-bytes", partition_bytes}};
    queue.flags = {"x-single-active-consumer"};
    if (!connection.declare_queue(channel, queue)) return false;
    if (!connection.bind(channel, queue.name, ingest_exchange, ingest_key(partition))) return false;
  }
  return true;
}

bool declare_tasks(Connection& connection, amqp_channel_t channel) {
  Connection::Queue tasks{.name = tasks_queue}, retry{.name = retry_queue};
  tasks.texts = {{"x-queue-type", "classic"}};
  tasks.numbers = {{"x-max-priority", 2}};
  retry.texts = {
      {"x-queue-type", "classic"}, {"x-dead-letter-exchange", tasks_exchange}, {"x-dead-letter-routing-key", task_key}};
  return connection.declare_exchange(channel, tasks_exchange, "direct") && connection.declare_queue(channel, tasks) &&
         connection.declare_queue(channel, retry) && connection.bind(channel, tasks_queue, tasks_exchange, task_key) &&
         connection.bind(channel, retry_queue, tasks_exchange, retry_key);
}

bool declare_push(Connection& connection, amqp_channel_t channel) {
  return connection.declare_exchange(channel, push_exchange, "direct");
}

bool declare_push_queue(Connection& connection, amqp_channel_t channel, const std::string& queue,
                        const std::string& instance) {
  Connection::Queue own{.name = queue, .durable = false, .exclusive = true, .auto_delete = true};
  own.texts = {{"x-queue-type", "classic"}, {"x-overflow", "drop-head"}};
  own.numbers = {{"x-max-length", push_messages}, {"x-max-length-bytes", push_bytes}};
  return connection.declare_queue(channel, own) &&
         connection.bind(channel, queue, push_exchange, instance_key(instance)) &&
         connection.bind(channel, queue, push_exchange, all_key);
}

}  // namespace netherlink::bus::rabbitmq
