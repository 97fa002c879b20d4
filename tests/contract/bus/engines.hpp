#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "netherlink/bus/bus.hpp"
#include "support/rabbitmq_server.hpp"

namespace netherlink::test {

enum class Engine { memory, rabbitmq };

const char* name_of(Engine engine);

/// Every adapter keeps the contract.
inline const std::vector<Engine> engines{Engine::memory, Engine::rabbitmq};

/// The broker of this program. Who harms it heals it.
RabbitServer& broker();

/// In a virtual host that no other test uses.
bus::RabbitBusOptions fresh_options(std::size_t partitions = 2);

/// The same place for another replica.
bus::RabbitBusOptions replica(bus::RabbitBusOptions options, const std::string& instance);

/// Connected, as far as it was asked for.
std::unique_ptr<bus::Bus> make_rabbit(const bus::RabbitBusOptions& options);
std::unique_ptr<bus::Bus> make_bus(Engine engine, std::size_t partitions = 2);

/// Waits until it holds; false: it does not.
bool eventually(const std::function<bool()>& condition, std::chrono::seconds limit = std::chrono::seconds(60));

bus::Payload payload(std::string text);

/// Takes (and acknowledges, unless told not to) until `count` payloads have come: "partition:payload" each.
std::vector<std::string> take(bus::IngestConsumer& consumer, std::size_t count, bool acknowledge = true);

/// Publishes until it is taken.
void must_publish(bus::IngestQueue& queue, std::size_t partition, const std::string& text);

/// What a subscriber of push heard, in order; a gap is "(gap)". Thread-safe.
class Heard {
 public:
  void subscribe(bus::PushBus& push);
  std::vector<std::string> all() const;
  std::size_t count(const std::string& text) const;
  bool has(const std::string& text) const { return count(text) > 0; }

 private:
  struct Shared {
    std::mutex mutex;
    std::vector<std::string> texts;
  };
  std::shared_ptr<Shared> shared_ = std::make_shared<Shared>();
};

}  // namespace netherlink::test
