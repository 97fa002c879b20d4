#pragma once

#include <chrono>
#include <mutex>
#include <string>
#include <unordered_map>
#include <vector>

#include "im/wire.hpp"
#include "netherlink/bus/bus.hpp"
#include "netherlink/cache/cache.hpp"
#include "netherlink/im/ports.hpp"

namespace netherlink::im {

/// Sends each replica what its sessions need of a push, in one payload, whatever the number of readers there. Asks who
/// needs it after the commit (docs/architecture.md, rule 5); in doubt everybody gets everything. Thread-safe.
class PushRouter {
 public:
  /// `interest` nullptr: there is one replica.
  PushRouter(bus::PushBus& push, cache::Interest* interest) : push_(push), interest_(interest) {}

  void publish(const PushEnvelope& envelope);
  void publish_to_all(const PushEnvelope& envelope);
  /// That replica gets everything for the next seconds. True: it did not before.
  bool wants_everything(const std::string& instance);

 private:
  using Clock = std::chrono::steady_clock;
  using Selections = std::unordered_map<std::string, wire::PushSelection>;  // by instance

  /// False: not known for some conversation.
  bool select(const PushEnvelope& envelope, Selections& selections);
  std::vector<std::string> wanting_everything();

  bus::PushBus& push_;
  cache::Interest* interest_;
  std::mutex mutex_;
  std::unordered_map<std::string, Clock::time_point> everything_until_;
};

}  // namespace netherlink::im
