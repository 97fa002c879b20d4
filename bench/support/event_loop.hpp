#pragma once

#include <sys/epoll.h>

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "bench/support/clock.hpp"
#include "bench/support/file_descriptor.hpp"

namespace netherlink::bench {

/// Something that waits on a descriptor. Single-threaded; must outlive its registration.
class EventHandler {
 public:
  virtual ~EventHandler() = default;
  virtual void on_ready(std::uint32_t events) = 0;
  /// Called at the end of the turn in which EventLoop::mark_dirty was called.
  virtual void on_flush() {}

 private:
  friend class EventLoop;
  bool dirty_ = false;
};

/// One level-triggered epoll loop: reads happen as events arrive, writes are gathered and leave at the end of each
/// turn.
class EventLoop {
 public:
  EventLoop();

  void add(int fd, EventHandler& handler, std::uint32_t events);
  void modify(int fd, EventHandler& handler, std::uint32_t events);
  /// Also drops what this turn still held for the handler.
  void remove(int fd, EventHandler& handler);
  void mark_dirty(EventHandler& handler);

  /// Waits at most `max_wait` (0: not at all), dispatches what is ready, flushes.
  void turn(Nanos max_wait);
  /// Turns until `done` answers true (true) or the deadline passes (false). `done` is asked at least every 10 ms.
  bool run_until(Nanos deadline, const std::function<bool()>& done);

  /// 256 KiB for the duration of one handler.
  std::span<char> read_buffer() { return read_buffer_; }

 private:
  void flush();

  FileDescriptor epoll_;
  std::vector<epoll_event> events_;
  std::size_t ready_ = 0;
  std::vector<EventHandler*> dirty_;
  std::vector<EventHandler*> flushing_;
  std::vector<char> read_buffer_;
};

}  // namespace netherlink::bench
