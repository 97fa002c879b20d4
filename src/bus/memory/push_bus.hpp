#pragma once

#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>

#include "netherlink/bus/bus.hpp"

namespace netherlink::bus {

/// Hands payloads to the handler of this process on a thread of its own, in order. Thread-safe.
class MemoryPushBus final : public PushBus {
 public:
  /// `limit_bytes`: publish() waits above it.
  explicit MemoryPushBus(std::size_t limit_bytes) : limit_bytes_(limit_bytes) {}
  ~MemoryPushBus() override { stop(); }

  void publish(std::span<const std::string> instances, Payload payload) override;
  /// Nothing is lost inside one process: `on_gap` never runs.
  void subscribe(std::function<void(Payload)> handler, std::function<void()> on_gap) override;
  void stop();

 private:
  void run();

  const std::size_t limit_bytes_;
  std::function<void(Payload)> handler_;
  std::mutex mutex_;
  std::condition_variable filled_, drained_;
  std::deque<Payload> queue_;
  std::size_t bytes_ = 0;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace netherlink::bus
