#include "bus/memory/push_bus.hpp"

#include <pthread.h>

namespace netherlink::bus {

void MemoryPushBus::publish(std::span<const std::string>, Payload payload) {
  {
    std::unique_lock lock(mutex_);
    drained_.wait(lock, [&] { return stopping_ || bytes_ < limit_bytes_; });
    if (stopping_ || !handler_) return;
    bytes_ += payload->size();
    queue_.push_back(std::move(payload));
  }
  filled_.notify_one();
}

void MemoryPushBus::subscribe(std::function<void(Payload)> handler, std::function<void()>) {
  std::lock_guard lock(mutex_);
  handler_ = std::move(handler);
  thread_ = std::thread([this] { run(); });
  pthread_setname_np(thread_.native_handle(), "push");
}

void MemoryPushBus::run() {
  std::unique_lock lock(mutex_);
  for (;;) {
    filled_.wait(lock, [&] { return stopping_ || !queue_.empty(); });
    if (queue_.empty()) return;
    auto payload = std::move(queue_.front());
    queue_.pop_front();
    bytes_ -= payload->size();
    lock.unlock();
    drained_.notify_all();
    handler_(std::move(payload));
    lock.lock();
  }
}

void MemoryPushBus::stop() {
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  filled_.notify_all();
  drained_.notify_all();
  if (thread_.joinable()) thread_.join();
}

}  // namespace netherlink::bus
