#include "gateway/net/timing_wheel.hpp"

#include <algorithm>

namespace netherlink::gateway {
namespace {

constexpr std::size_t slot_count = 512;  // 51.2 s a round: the usual timeouts are visited once or twice

void make_empty(WheelLink& head) {
  head.next = head.previous = &head;
}

void unlink(WheelLink& link) {
  link.previous->next = link.next;
  link.next->previous = link.previous;
  link.next = link.previous = nullptr;
}

void push_back(WheelLink& head, WheelLink& link) {
  link.previous = head.previous;
  link.next = &head;
  head.previous->next = &link;
  head.previous = &link;
}

}  // namespace

void WheelTimer::cancel() {
  if (armed()) unlink(*this);
}

TimingWheel::TimingWheel() : slots_(slot_count) {
  std::for_each(slots_.begin(), slots_.end(), make_empty);
}

TimingWheel::~TimingWheel() {
  for (auto& head : slots_) {
    while (head.next != &head) unlink(*head.next);
  }
}

void TimingWheel::arm(WheelTimer& timer, std::chrono::milliseconds delay) {
  timer.cancel();
  // The tick that runs now has begun at an unknown time: one more, so that nothing fires early.
  const auto wait = std::max(delay, std::chrono::milliseconds(0));
  const auto ticks = static_cast<std::size_t>((wait + tick - std::chrono::milliseconds(1)) / tick) + 1;
  timer.rounds_ = static_cast<std::uint32_t>((ticks - 1) / slot_count);
  push_back(slots_[(cursor_ + ticks) % slot_count], timer);
}

void TimingWheel::advance() {
  cursor_ = (cursor_ + 1) % slot_count;
  auto& head = slots_[cursor_];
  // Set apart first: what fires may arm and destroy timers of this very slot.
  WheelLink due;
  make_empty(due);
  for (auto* link = head.next; link != &head;) {
    auto& timer = static_cast<WheelTimer&>(*link);
    link = link->next;
    if (timer.rounds_ > 0) {
      --timer.rounds_;
      continue;
    }
    unlink(timer);
    push_back(due, timer);
  }
  while (due.next != &due) {
    auto& timer = static_cast<WheelTimer&>(*due.next);
    unlink(timer);
    timer.on_timer();
  }
}

}  // namespace netherlink::gateway
