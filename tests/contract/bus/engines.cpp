#include "engines.hpp"

#include <algorithm>
#include <atomic>
#include <thread>

#include "support/catch.hpp"

namespace netherlink::test {
namespace {

constexpr std::size_t vhosts = 40;

}  // namespace

const char* name_of(Engine engine) {
  return engine == Engine::memory ? "memory" : "rabbitmq";
}

RabbitServer& broker() {
  static RabbitServer server({1, {}, vhosts});
  return server;
}

bus::RabbitBusOptions fresh_options(std::size_t partitions) {
  static std::size_t next = 0;
  REQUIRE(next < vhosts);
  bus::RabbitBusOptions options;
  options.urls = {broker().url(0, "t" + std::to_string(next++))};
  options.instance = "a";
  options.partitions = partitions;
  options.task_retry = std::chrono::milliseconds(50);
  return options;
}

bus::RabbitBusOptions replica(bus::RabbitBusOptions options, const std::string& instance) {
  options.instance = instance;
  return options;
}

std::unique_ptr<bus::Bus> make_rabbit(const bus::RabbitBusOptions& options) {
  auto bus = bus::make_rabbit_bus(options);
  REQUIRE(eventually([&] { return bus->connected(); }));
  return bus;
}

std::unique_ptr<bus::Bus> make_bus(Engine engine, std::size_t partitions) {
  if (engine == Engine::rabbitmq) return make_rabbit(fresh_options(partitions));
  bus::MemoryBusOptions options;
  options.partitions = partitions;
  options.task_retry = std::chrono::milliseconds(50);
  return bus::make_memory_bus(options);
}

bool eventually(const std::function<bool()>& condition, std::chrono::seconds limit) {
  const auto deadline = std::chrono::steady_clock::now() + limit;
  while (!condition()) {
    if (std::chrono::steady_clock::now() >= deadline) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  return true;
}

bus::Payload payload(std::string text) {
  return std::make_shared<const std::string>(std::move(text));
}

std::vector<std::string> take(bus::IngestConsumer& consumer, std::size_t count, bool acknowledge) {
  std::vector<std::string> texts;
  REQUIRE(eventually([&] {
    const auto deliveries = consumer.take(1 << 20, std::chrono::milliseconds(100));
    for (const auto& delivery : deliveries) {
      texts.push_back(std::to_string(delivery.partition) + ":" + *delivery.payload);
    }
    if (acknowledge && !deliveries.empty()) consumer.ack(deliveries.back().tag);
    return texts.size() >= count;
  }));
  return texts;
}

void must_publish(bus::IngestQueue& queue, std::size_t partition, const std::string& text) {
  REQUIRE(eventually([&] { return queue.publish(partition, text, 1, {}).has_value(); }));
}

void Heard::subscribe(bus::PushBus& push) {
  const auto add = [shared = shared_](std::string text) {
    std::lock_guard lock(shared->mutex);
    shared->texts.push_back(std::move(text));
  };
  push.subscribe([add](const bus::Payload& heard) { add(*heard); }, [add] { add("(gap)"); });
}

std::vector<std::string> Heard::all() const {
  std::lock_guard lock(shared_->mutex);
  return shared_->texts;
}

std::size_t Heard::count(const std::string& text) const {
  const auto texts = all();
  return static_cast<std::size_t>(std::count(texts.begin(), texts.end(), text));
}

}  // namespace netherlink::test
