#pragma once

#include "bus/rabbitmq/connection.hpp"

namespace netherlink::bus::rabbitmq {

/// The exchanges and queues of docs/bus.md. Arguments of a queue cannot change once it is declared: whoever changes one
/// here gives the queue's name the next version.
inline constexpr auto ingest_exchange = "im.ingest";
inline constexpr auto push_exchange = "im.push";
inline constexpr auto tasks_exchange = "im.tasks";
inline constexpr auto dead_exchange = "im.dead";
inline constexpr auto tasks_queue = "im.tasks.v1";
inline constexpr auto retry_queue = "im.tasks.retry.v1";
inline constexpr auto dead_queue = "im.dead.v1";
inline constexpr auto task_key = "task";
inline constexpr auto retry_key = "retry";
inline constexpr auto all_key = "all";

// Headers of what we send to im.dead ourselves, and of tasks that are tried again.
inline constexpr auto tries_header = "nl-tries";
inline constexpr auto reason_header = "nl-reason";
inline constexpr auto queue_header = "nl-queue";

std::string ingest_key(std::size_t partition);
std::string ingest_queue(std::size_t partition);
std::string instance_key(const std::string& instance);

// Each waits for the broker; declaring what is there already changes nothing.
bool declare_ingest(Connection& connection, amqp_channel_t channel, std::size_t partitions);
bool declare_tasks(Connection& connection, amqp_channel_t channel);
bool declare_dead(Connection& connection, amqp_channel_t channel);
bool declare_push(Connection& connection, amqp_channel_t channel);
/// The replica's own queue, which ends with the connection.
bool declare_push_queue(Connection& connection, amqp_channel_t channel, const std::string& queue,
                        const std::string& instance);

}  // namespace netherlink::bus::rabbitmq
