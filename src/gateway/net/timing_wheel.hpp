#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace netherlink::gateway {

class TimingWheel;

/// A place in one of the wheel's rings.
struct WheelLink {
  WheelLink* next = nullptr;
  WheelLink* previous = nullptr;
};

/// Something with a deadline on a TimingWheel: derive from it. Intrusive: no allocation. Unlinks itself when destroyed.
/// Belongs to the thread of its wheel.
class WheelTimer : private WheelLink {
 public:
  virtual ~WheelTimer() { cancel(); }
  WheelTimer() = default;
  WheelTimer(const WheelTimer&) = delete;
  WheelTimer& operator=(const WheelTimer&) = delete;

  void cancel();
  bool armed() const { return next != nullptr; }

 protected:
  /// The timer is disarmed already; it may arm itself again or destroy itself.
  virtual void on_timer() = 0;

 private:
  friend class TimingWheel;
  std::uint32_t rounds_ = 0;
};

/// A hashed timing wheel (Varghese and Lauck, 1987, scheme 6): arming and cancelling in O(1), deadlines up to one tick
/// late, later only when the thread itself is. One for each I/O thread; advance() is called by that thread alone.
class TimingWheel {
 public:
  static constexpr std::chrono::milliseconds tick{100};

  TimingWheel();
  ~TimingWheel();
  TimingWheel(const TimingWheel&) = delete;
  TimingWheel& operator=(const TimingWheel&) = delete;

  /// Arms (or moves) the timer to fire `delay` from now, never early. It must be cancelled before the wheel goes.
  void arm(WheelTimer& timer, std::chrono::milliseconds delay);
  /// Fires what is due. Called once per tick, and never sooner than a tick after the call before.
  void advance();

 private:
  std::vector<WheelLink> slots_;  // each the head of a ring
  std::size_t cursor_ = 0;
};

}  // namespace netherlink::gateway
