#include "bus/rabbitmq/lifeline.hpp"

#include <poll.h>
#include <pthread.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <ctime>
#include <system_error>

namespace netherlink::bus::rabbitmq {
namespace {

constexpr std::chrono::milliseconds tick_interval{100};

}  // namespace

void Lifeline::attach(int fd) {
  std::lock_guard lock(mutex_);
  fd_ = fd;
}

void Lifeline::detach() {
  std::lock_guard lock(mutex_);
  fd_ = -1;
}

void Lifeline::arm(Clock::time_point deadline) {
  std::lock_guard lock(mutex_);
  deadline_ = deadline;
}

void Lifeline::disarm() {
  std::lock_guard lock(mutex_);
  deadline_.reset();
}

void Lifeline::check(Clock::time_point now) {
  std::lock_guard lock(mutex_);
  if (fd_ >= 0 && deadline_ && *deadline_ < now) ::shutdown(fd_, SHUT_RDWR);
}

void Lifeline::cut() {
  std::lock_guard lock(mutex_);
  if (fd_ >= 0) ::shutdown(fd_, SHUT_RDWR);
}

Monitor::Monitor() : thread_([this] { run(); }) {
  pthread_setname_np(thread_.native_handle(), "bus-monitor");
}

void Monitor::add(Tick tick) {
  std::lock_guard lock(mutex_);
  ticks_.push_back(std::move(tick));
}

void Monitor::run() {
  std::unique_lock lock(mutex_);
  while (!stopped_.wait_for(lock, tick_interval, [&] { return stopping_; })) {
    for (const auto& tick : ticks_) tick(Clock::now());
  }
}

void Monitor::stop() {
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  stopped_.notify_all();
  if (thread_.joinable()) thread_.join();
}

Wake::Wake() : fd_(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)) {
  if (fd_ < 0) throw std::system_error(errno, std::generic_category(), "eventfd");
}

Wake::~Wake() {
  ::close(fd_);
}

void Wake::signal() {
  if (!signalled_.exchange(true)) ::eventfd_write(fd_, 1);
}

void Wake::wait(int fd, std::chrono::microseconds timeout) {
  pollfd fds[]{{fd_, POLLIN, 0}, {fd, POLLIN, 0}};
  const auto left = std::max<std::chrono::microseconds::rep>(timeout.count(), 0);
  const timespec limit{left / 1'000'000, left % 1'000'000 * 1000};
  if (::ppoll(fds, 2, &limit, nullptr) > 0 && (fds[0].revents & POLLIN) != 0) {
    eventfd_t value = 0;
    ::eventfd_read(fd_, &value);
    signalled_ = false;
  }
}

}  // namespace netherlink::bus::rabbitmq
