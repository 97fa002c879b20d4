#include "vpn/headscale/breaker.hpp"

#include <algorithm>

namespace netherlink::vpn {

std::optional<Breaker::milliseconds> Breaker::ask(Clock::time_point now) {
  const std::lock_guard lock(mutex_);
  if (in_a_row_ < options_.failures) return std::nullopt;
  if (now < closed_until_) return std::chrono::ceil<milliseconds>(closed_until_ - now);
  closed_until_ = now + pause_;  // whoever asks next waits for what becomes of this attempt
  return std::nullopt;
}

void Breaker::succeeded() {
  const std::lock_guard lock(mutex_);
  in_a_row_ = 0;
  pause_ = milliseconds(0);
}

void Breaker::failed(Clock::time_point now) {
  const std::lock_guard lock(mutex_);
  if (++in_a_row_ < options_.failures) return;
  pause_ = std::clamp(pause_ * 2, options_.first, options_.longest);
  closed_until_ = now + pause_;
}

}  // namespace netherlink::vpn
