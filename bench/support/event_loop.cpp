#include "bench/support/event_loop.hpp"

#include <algorithm>

#include "bench/support/failure.hpp"

namespace netherlink::bench {

namespace {
constexpr std::size_t batch = 512;
constexpr std::size_t read_bytes = 256 * 1024;
}  // namespace

EventLoop::EventLoop()
    : epoll_(checked(epoll_create1(EPOLL_CLOEXEC), "epoll_create1")), events_(batch), read_buffer_(read_bytes) {}

void EventLoop::add(int fd, EventHandler& handler, std::uint32_t events) {
  epoll_event event{events, {&handler}};
  checked(epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, fd, &event), "epoll_ctl add");
}

void EventLoop::modify(int fd, EventHandler& handler, std::uint32_t events) {
  epoll_event event{events, {&handler}};
  checked(epoll_ctl(epoll_.get(), EPOLL_CTL_MOD, fd, &event), "epoll_ctl modify");
}

void EventLoop::remove(int fd, EventHandler& handler) {
  epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, fd, nullptr);
  for (std::size_t i = 0; i < ready_; ++i) {
    if (events_[i].data.ptr == &handler) events_[i].data.ptr = nullptr;
  }
  if (!handler.dirty_) return;
  handler.dirty_ = false;
  std::replace(dirty_.begin(), dirty_.end(), &handler, static_cast<EventHandler*>(nullptr));
  std::replace(flushing_.begin(), flushing_.end(), &handler, static_cast<EventHandler*>(nullptr));
}

void EventLoop::mark_dirty(EventHandler& handler) {
  if (handler.dirty_) return;
  handler.dirty_ = true;
  dirty_.push_back(&handler);
}

void EventLoop::turn(Nanos max_wait) {
  flush();  // what was queued outside of a turn
  const Nanos wait = std::max<Nanos>(max_wait, 0);
  const timespec timeout{wait / nanos_per_second, wait % nanos_per_second};
  const int n = epoll_pwait2(epoll_.get(), events_.data(), static_cast<int>(events_.size()), &timeout, nullptr);
  if (n < 0 && errno != EINTR) fail_errno("epoll_pwait2");
  ready_ = n > 0 ? static_cast<std::size_t>(n) : 0;
  for (std::size_t i = 0; i < ready_; ++i) {
    const epoll_event event = events_[i];
    if (event.data.ptr != nullptr) static_cast<EventHandler*>(event.data.ptr)->on_ready(event.events);
  }
  ready_ = 0;
  flush();
}

void EventLoop::flush() {
  flushing_.swap(dirty_);
  for (std::size_t i = 0; i < flushing_.size(); ++i) {
    EventHandler* handler = flushing_[i];
    if (handler == nullptr) continue;
    handler->dirty_ = false;
    handler->on_flush();
  }
  flushing_.clear();
}

bool EventLoop::run_until(Nanos deadline, const std::function<bool()>& done) {
  while (!done()) {
    const Nanos left = deadline - now_ns();
    if (left <= 0) return false;
    turn(std::min(left, 10 * nanos_per_milli));
  }
  return true;
}

}  // namespace netherlink::bench
