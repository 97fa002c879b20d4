#include "gateway/ws/shards.hpp"

#include <utility>

#include "gateway/ws/hub.hpp"
#include "netherlink/metrics/metrics.hpp"

namespace netherlink::gateway::ws {
namespace {

// From here on what waits is handed out at once: memory is bounded, whatever the thread has to do besides.
constexpr std::size_t most_parts = 4096, most_bytes = std::size_t{16} << 20;

struct Instruments {
  metrics::Counter& shards =
      metrics::counter("netherlink_fan_out_shards_total", "Parts of large groups' fan-outs, a turn of a loop each");
  metrics::Counter& overruns = metrics::counter("netherlink_fan_out_overruns_total",
                                                "Times that too much waited, and all of it was handed out at once");
};

Instruments& instruments() {
  static Instruments all;
  return all;
}

}  // namespace

bool Shards::take(const Topic& topic) const {
  if (topic.spread != nullptr) return true;
  return topic.id.kind == im::ConversationKind::group &&
         topic.subscribers.size() > hub_.context().settings.large_fan_out;
}

void Shards::add(Topic& topic, Spread::Part part) {
  if (topic.spread != nullptr && (topic.spread->parts.size() >= most_parts || topic.spread->bytes >= most_bytes)) {
    instruments().overruns.add();
    finish(topic);
  }
  if (topic.spread == nullptr) {
    topic.spread = std::make_unique<Spread>();
    topic.spread->goal = topic.told + 1;
    std::erase(waiting_, topic.id.text);
    waiting_.push_back(topic.id.text);
  }
  topic.spread->bytes += part.chunk->text().size();
  topic.spread->parts.push_back(std::move(part));
  ++topic.told;
  schedule();
}

void Shards::level(Topic& topic, Subscriber& subscriber, std::uint32_t but) {
  if (topic.spread == nullptr) return;
  // Differences, because numbers begin again at the end of their range.
  const auto& parts = topic.spread->parts;
  for (auto behind = topic.told - subscriber.told; behind > but; --behind) {
    hub_.fan_out().give(subscriber, parts[parts.size() - behind]);
    ++subscriber.told;
  }
}

void Shards::level(const Session& session) {
  for (const auto& subscription : session.subscriptions()) {
    level(*subscription.topic, Topics::subscriber(subscription));
  }
}

void Shards::level(const Session& session, Topic& topic) {
  if (topic.spread == nullptr) return;
  if (Subscriber* const subscriber = Topics::subscriber_of(session, topic)) level(topic, *subscriber);
}

/// Everything to everybody.
void Shards::finish(Topic& topic) {
  for (auto& subscriber : topic.subscribers) level(topic, subscriber);
  topic.spread.reset();
}

/// True: another one begins, with what came meanwhile.
bool Shards::end_pass(Topic& topic) {
  auto& spread = *topic.spread;
  // Everybody has what is before the goal.
  for (auto rest = topic.told - spread.goal; spread.parts.size() > rest; spread.parts.pop_front()) {
    spread.bytes -= spread.parts.front().chunk->text().size();
  }
  if (spread.parts.empty()) {
    topic.spread.reset();
    return false;
  }
  spread.goal = topic.told;
  spread.served = 0;
  return true;
}

/// One shard. Who got everything already, such as a sender, costs nothing and counts for nothing.
void Shards::serve(Topic& topic) {
  auto& spread = *topic.spread;
  for (std::size_t given = 0; given < hub_.context().settings.fan_out_shard;) {
    if (spread.served >= topic.subscribers.size()) return;
    auto& subscriber = topic.subscribers[spread.served++];
    if (subscriber.told == topic.told) continue;
    level(topic, subscriber);
    ++given;
  }
}

void Shards::schedule() {
  if (std::exchange(scheduled_, true)) return;
  hub_.post([this] { step(); });
}

void Shards::step() {
  scheduled_ = false;
  if (waiting_.empty()) return;
  const std::string id = std::move(waiting_.front());
  waiting_.pop_front();
  if (Topic* const topic = hub_.topics().find(id); topic != nullptr && topic->spread != nullptr) {
    serve(*topic);
    instruments().shards.add();
    const bool passed = topic->spread->served >= topic->subscribers.size();
    if (!passed || end_pass(*topic)) waiting_.push_back(id);
  }
  hub_.fan_out().count_deliveries();
  // Behind the turn that writes this shard, and behind whatever else is ready.
  if (!waiting_.empty()) schedule();
}

}  // namespace netherlink::gateway::ws
