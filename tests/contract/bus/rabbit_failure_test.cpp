// What happens to the bus when its broker dies, hangs, or has no memory left.
#include <algorithm>
#include <atomic>
#include <mutex>
#include <set>
#include <thread>

#include "engines.hpp"
#include "support/catch.hpp"

using namespace netherlink;
using namespace netherlink::test;
using namespace std::chrono_literals;

namespace {

/// One client for each partition, which goes on to the next number whatever happens to the one before, and one
/// consumer.
class Load {
 public:
  static constexpr std::size_t partitions = 2;
  static constexpr std::size_t most = 1'000'000;

  explicit Load(bus::Bus& bus) : bus_(bus), consumer_(bus.ingest().consume()) {
    for (std::size_t i = 0; i < partitions; ++i) {
      accepted_[i].resize(most);
      threads_.emplace_back([this, i] { publish(i); });
    }
    threads_.emplace_back([this] { consume(); });
  }
  ~Load() { stop(); }

  std::size_t received() const { return received_; }
  std::size_t published() const { return published_; }
  std::size_t refused() const { return refused_; }
  std::size_t lost() const { return lost_; }
  /// The longest that a publish() took.
  std::chrono::milliseconds slowest() const { return std::chrono::milliseconds(slowest_); }

  /// Everything that was taken and not lost has arrived.
  bool all_arrived() {
    publishing_ = false;
    return eventually([&] {
      for (std::size_t i = 0; i < partitions; ++i) {
        if (!missing(i).empty()) return false;
      }
      return true;
    });
  }
  std::vector<std::size_t> missing(std::size_t partition) {
    std::lock_guard lock(mutex_);
    std::vector<std::size_t> all;
    for (std::size_t i = 0; i < published_of_[partition]; ++i) {
      if (accepted_[partition][i] == State::taken && !seen_[partition].contains(i)) all.push_back(i);
    }
    return all;
  }
  /// For the first time each, the numbers came ascending.
  bool in_order() const { return in_order_; }

  void stop() {
    publishing_ = running_ = false;
    for (auto& thread : threads_) {
      if (thread.joinable()) thread.join();
    }
  }

 private:
  enum class State : std::uint8_t { refused, taken, lost };

  void publish(std::size_t partition) {
    for (std::size_t i = 0; publishing_ && i < most; ++i) {
      const auto begun = std::chrono::steady_clock::now();
      {
        std::lock_guard lock(mutex_);
        accepted_[partition][i] = State::taken;  // on_lost may come before publish() returns
        published_of_[partition] = i + 1;
      }
      const auto taken = bus_.ingest().publish(partition, std::to_string(i), 1, [this, partition, i] {
        ++lost_;
        std::lock_guard lock(mutex_);
        accepted_[partition][i] = State::lost;
      });
      const auto took = std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - begun);
      slowest_ = std::max<std::int64_t>(slowest_, took.count());
      ++published_;
      if (!taken) {
        ++refused_;
        std::lock_guard lock(mutex_);
        accepted_[partition][i] = State::refused;
      }
      std::this_thread::sleep_for(taken ? 200us : 5ms);
    }
  }

  void consume() {
    while (running_) {
      const auto deliveries = consumer_->take(1 << 16, 100ms);
      {
        std::lock_guard lock(mutex_);
        for (const auto& delivery : deliveries) {
          const auto number = std::stoul(*delivery.payload);
          auto& seen = seen_[delivery.partition];
          if (seen.contains(number)) continue;
          if (!seen.empty() && number < *seen.rbegin()) in_order_ = false;
          seen.insert(number);
          ++received_;
        }
      }
      if (!deliveries.empty()) consumer_->ack(deliveries.back().tag);
    }
  }

  bus::Bus& bus_;
  std::unique_ptr<bus::IngestConsumer> consumer_;
  std::atomic<bool> publishing_ = true, running_ = true, in_order_ = true;
  std::atomic<std::size_t> received_ = 0, published_ = 0, refused_ = 0, lost_ = 0;
  std::atomic<std::int64_t> slowest_ = 0;
  std::mutex mutex_;
  std::vector<State> accepted_[partitions];
  std::size_t published_of_[partitions]{};
  std::set<std::size_t> seen_[partitions];
  std::vector<std::thread> threads_;
};

bool goes_on(Load& load) {
  const auto before = load.received();
  return eventually([&] { return load.received() > before + 200; });
}

}  // namespace

TEST_CASE("A broker that is killed under load loses nothing that was not said to be lost, and no order") {
  const auto bus = make_rabbit(fresh_options(Load::partitions));
  Heard heard;
  heard.subscribe(bus->push());
  Load load(*bus);
  REQUIRE(goes_on(load));
  const auto gaps = heard.count("(gap)");
  broker().kill();
  CHECK(eventually([&] { return !bus->connected(); }));
  CHECK(bus->ingest().publish(0, "x", 1, {}).error().is(errors::server_unavailable));
  bus->push().publish({}, payload("nobody hears it"));
  broker().start();
  CHECK(eventually([&] { return bus->connected(); }));
  CHECK(goes_on(load));
  CHECK(eventually([&] { return heard.count("(gap)") > gaps; }));
  CHECK(load.all_arrived());
  CHECK(load.in_order());
  CHECK(load.slowest() < 1s);
  bus->push().publish({}, payload("again"));
  CHECK(eventually([&] { return heard.has("again"); }));
}

TEST_CASE("A broker that hangs makes publishers refuse, and all goes on when it wakes up") {
  const auto bus = make_rabbit(fresh_options(Load::partitions));
  Load load(*bus);
  REQUIRE(goes_on(load));
  broker().pause();
  const auto refused = load.refused();
  CHECK(eventually([&] { return load.refused() > refused; }));
  // A while after which every connection has given up.
  std::this_thread::sleep_for(6s);
  CHECK(load.slowest() < 1s);
  broker().resume();
  CHECK(eventually([&] { return bus->connected(); }));
  CHECK(goes_on(load));
  CHECK(load.all_arrived());
  CHECK(load.in_order());
}

TEST_CASE("A broker without memory makes publishers refuse at once, and all goes on when it has some") {
  const auto bus = make_rabbit(fresh_options(Load::partitions));
  Heard heard;
  heard.subscribe(bus->push());
  Load load(*bus);
  REQUIRE(goes_on(load));
  broker().control({"set_vm_memory_high_watermark", "0"});
  const auto refused = load.refused();
  CHECK(eventually([&] { return load.refused() > refused; }));
  const auto begun = std::chrono::steady_clock::now();
  CHECK(bus->ingest().publish(0, "x", 1, {}).error().is(errors::server_unavailable));
  bus->push().publish({}, payload("late"));
  CHECK(std::chrono::steady_clock::now() < begun + 2s);
  broker().control({"set_vm_memory_high_watermark", "0.4"});
  CHECK(goes_on(load));
  CHECK(load.all_arrived());
  CHECK(load.in_order());
  CHECK(load.slowest() < 1s);
}

TEST_CASE("stop() ends in bounded time although the broker hangs") {
  const auto options = fresh_options();
  const auto bus = make_rabbit(options);
  Heard heard;
  heard.subscribe(bus->push());
  auto consumer = bus->ingest().consume();
  bus->tasks().consume([](const std::string&) { return true; });
  REQUIRE(eventually([&] { return bus->connected(); }));
  broker().pause();
  std::atomic<int> lost = 0;
  for (int i = 0; i < 100; ++i) (void)bus->ingest().publish(0, "x", 1, [&] { ++lost; });
  const auto begun = std::chrono::steady_clock::now();
  consumer.reset();
  bus->stop();
  CHECK(std::chrono::steady_clock::now() < begun + 20s);
  CHECK(lost == 100);
  broker().resume();
}

TEST_CASE("A bus without a broker refuses, says so and stops") {
  bus::RabbitBusOptions options;
  options.urls = {"amqp://guest:guest@127.0.0.1:1/"};
  options.instance = "a";
  const auto bus = bus::make_rabbit_bus(options);
  CHECK_FALSE(bus->connected());
  CHECK(bus->ingest().publish(0, "x", 1, {}).error().is(errors::server_unavailable));
  bus->push().publish({}, payload("x"));
  bus->stop();
}

TEST_CASE("Above its bound of unconfirmed commands the bus is overloaded") {
  auto options = fresh_options(1);
  options.queue_messages = 10;
  const auto bus = make_rabbit(options);
  broker().pause();
  std::atomic<int> lost = 0;
  CHECK(bus->ingest().publish(0, "a", 8, [&] { ++lost; }));
  CHECK(bus->ingest().publish(0, "b", 8, {}).error().is(errors::server_overloaded));
  CHECK(bus->ingest().depth() == 8);
  broker().resume();
  CHECK(eventually([&] { return bus->ingest().depth() == 0; }));
}
