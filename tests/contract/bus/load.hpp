#pragma once

#include <algorithm>
#include <atomic>
#include <mutex>
#include <set>
#include <thread>

#include "engines.hpp"

namespace netherlink::test {

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
      std::this_thread::sleep_for(taken ? std::chrono::microseconds(200) : std::chrono::milliseconds(5));
    }
  }

  void consume() {
    while (running_) {
      const auto deliveries = consumer_->take(1 << 16, std::chrono::milliseconds(100));
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

/// Messages arrive (again).
inline bool goes_on(Load& load) {
  const auto before = load.received();
  return eventually([&] { return load.received() > before + 200; });
}

}  // namespace netherlink::test
