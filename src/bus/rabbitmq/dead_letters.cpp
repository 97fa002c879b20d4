#include <algorithm>

#include "bus/rabbitmq/batch_format.hpp"
#include "bus/rabbitmq/topology.hpp"

namespace netherlink::bus {
namespace {

using namespace std::chrono_literals;
using namespace rabbitmq;

constexpr amqp_channel_t channel = 1, publish_channel = 2;
constexpr auto confirm_limit = 10s;

/// A connection that waits for its answers, on the calling thread.
struct Session {
  Monitor monitor;
  std::shared_ptr<Lifeline> lifeline = std::make_shared<Lifeline>();
  Connection connection{*lifeline};

  Session() {
    monitor.add([kept = lifeline](Clock::time_point now) { kept->check(now); });
  }
};

std::unique_ptr<Session> connect(const std::vector<std::string>& urls) {
  for (const auto& url : urls) {
    const auto endpoint = parse_url(url);
    if (!endpoint) continue;
    auto session = std::make_unique<Session>();
    auto& connection = session->connection;
    if (connection.open(*endpoint, "dead letters") && connection.open_channel(channel) &&
        declare_dead(connection, channel) && connection.open_channel(publish_channel) &&
        connection.select_confirms(publish_channel)) {
      return session;
    }
  }
  return nullptr;
}

core::Error unavailable(std::string what) {
  return core::Error(errors::server_unavailable, std::move(what));
}

std::string header(const Event& event, std::string_view ours, std::string_view brokers) {
  const auto find = [&](std::string_view wanted) {
    return std::find_if(event.headers.begin(), event.headers.end(), [&](const auto& h) { return h.first == wanted; });
  };
  auto found = find(ours);
  if (found == event.headers.end()) found = find(brokers);
  return found == event.headers.end() ? std::string() : found->second;
}

/// The payloads of one AMQP message, each a letter.
std::vector<DeadLetter> letters(const Event& event) {
  DeadLetter letter{header(event, queue_header, "x-first-death-queue"),
                    header(event, reason_header, "x-first-death-reason"), event.body, 1};
  const auto tries = header(event, tries_header, "x-delivery-count");
  if (!tries.empty()) letter.count = std::strtoull(tries.c_str(), nullptr, 10);
  const auto items = event.routing_key.starts_with("p.") ? split_batch(*event.body) : std::nullopt;
  if (!items) return {letter};
  std::vector<DeadLetter> all;
  for (const auto& item : *items) {
    all.push_back(letter);
    all.back().payload = item.payload;
  }
  return all;
}

/// Publishes it where it came from and waits until the broker has it.
bool send_back(Connection& connection, const Event& dead, const std::string& id) {
  Message message;
  message.exchange = dead.routing_key == task_key ? tasks_exchange : ingest_exchange;
  message.routing_key = dead.routing_key;
  message.body = dead.body;
  message.priority = dead.priority;
  if (!connection.publish(publish_channel, message, id)) return false;
  bool returned = false;
  for (const auto deadline = Clock::now() + confirm_limit; Clock::now() < deadline;) {
    Event event;
    switch (connection.next(event)) {
      case Connection::Next::failed:
        return false;
      case Connection::Next::nothing:
        Wake().wait(connection.fd(), 100ms);
        break;
      case Connection::Next::event:
        if (event.kind == Event::Kind::returned) returned = true;
        if (event.kind == Event::Kind::ack) return !returned;
        if (event.kind == Event::Kind::nack) return false;
    }
  }
  return false;
}

}  // namespace

core::result<std::vector<DeadLetter>> dead_letters(const RabbitBusOptions& options, std::size_t limit) {
  const auto session = connect(options.urls);
  if (session == nullptr) return unavailable("No broker can be reached");
  std::vector<DeadLetter> all;
  while (all.size() < limit) {
    Event event;
    if (!session->connection.get(channel, dead_queue, event)) return unavailable(session->connection.error());
    if (event.kind != Event::Kind::delivery) break;
    for (auto& letter : letters(event)) {
      if (all.size() < limit) all.push_back(std::move(letter));
    }
  }
  // Nothing was acknowledged: all of it stays.
  session->connection.close();
  return all;
}

core::result<std::size_t> replay_dead_letters(const RabbitBusOptions& options, std::size_t limit) {
  const auto session = connect(options.urls);
  if (session == nullptr) return unavailable("No broker can be reached");
  auto& connection = session->connection;
  std::size_t moved = 0;
  while (moved < limit) {
    Event event;
    if (!connection.get(channel, dead_queue, event)) return unavailable(connection.error());
    if (event.kind != Event::Kind::delivery) break;
    if (!send_back(connection, event, std::to_string(moved))) {
      return unavailable("The broker did not take a letter back; " + std::to_string(moved) + " were moved");
    }
    if (!connection.ack(channel, event.tag, false)) return unavailable(connection.error());
    moved += letters(event).size();
  }
  connection.close();
  return moved;
}

}  // namespace netherlink::bus
