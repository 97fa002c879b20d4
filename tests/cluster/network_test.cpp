// What the cluster promises while the network between one replica and what it needs breaks (docs/reliability.md).
#include <thread>

#include "cluster/survive.hpp"
#include "support/catch.hpp"
#include "support/fault_proxy.hpp"

namespace netherlink::test {
namespace {

using Fault = FaultProxy::Fault;

/// Three replicas, the first of them with a proxy in front of the database, the broker and the cache each.
struct BadNetwork {
  BadNetwork() : replicas(Stack::shared(), 0) {
    auto& stack = Stack::shared();
    const auto through = [&](const char* key, std::uint16_t port, const FaultProxy& proxy) {
      auto url = replicas.setting(key);
      const auto real = ":" + std::to_string(port) + "/";
      url.replace(url.find(real), real.size(), ":" + std::to_string(proxy.port()) + "/");
      return std::string(key) + "=" + url;
    };
    replicas.add({through("store.url", stack.database().port(), database),
                  through("bus.url", stack.broker().port(), broker),
                  through("cache.url", stack.cache().port(), cache)});
    replicas.add();
    replicas.add();
    replicas.wait_ready();
  }

  void suffer(FaultProxy& proxy, std::initializer_list<Fault> faults) {
    survive(replicas.ports(), [&](std::size_t) {
      for (const auto fault : faults) {
        proxy.set(fault);
        std::this_thread::sleep_for(pause_length());
        proxy.heal();
        std::this_thread::sleep_for(for_a_moment);
      }
    });
  }

  FaultProxy database{Stack::shared().database().port()}, broker{Stack::shared().broker().port()},
      cache{Stack::shared().cache().port()};
  Replicas replicas;
};

}  // namespace

TEST_CASE("chaos: the way of a replica to the database breaks", "[chaos][network]") {
  BadNetwork network;
  network.suffer(network.database, {Fault::cut, Fault::black_hole, Fault::slow});
}

TEST_CASE("chaos: the way of a replica to the broker breaks", "[chaos][network]") {
  BadNetwork network;
  network.suffer(network.broker, {Fault::cut, Fault::black_hole, Fault::slow});
}

TEST_CASE("chaos: the way of a replica to the cache breaks", "[chaos][network]") {
  BadNetwork network;
  network.suffer(network.cache, {Fault::cut, Fault::black_hole, Fault::slow});
}

}  // namespace netherlink::test
