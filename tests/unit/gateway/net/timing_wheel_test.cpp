#include "gateway/net/timing_wheel.hpp"

#include <chrono>
#include <functional>
#include <memory>
#include <random>
#include <vector>

#include "support/catch.hpp"

using netherlink::gateway::TimingWheel;
using netherlink::gateway::WheelTimer;
using namespace std::chrono_literals;

namespace {

class Timer final : public WheelTimer {
 public:
  explicit Timer(std::function<void()> action = {}) : action_(std::move(action)) {}
  int fired = 0;

 private:
  void on_timer() override {
    ++fired;
    if (action_) action_();
  }
  std::function<void()> action_;
};

int ticks_until_fired(TimingWheel& wheel, const Timer& timer, int most) {
  for (int tick = 1; tick <= most; ++tick) {
    wheel.advance();
    if (timer.fired > 0) return tick;
  }
  return 0;
}

}  // namespace

TEST_CASE("a timer fires never early and at most one tick late", "[wheel]") {
  TimingWheel wheel;
  for (const auto delay : {0ms, 1ms, 99ms, 100ms, 101ms, 1000ms, 30'000ms, 51'200ms, 51'300ms, 600'000ms}) {
    Timer timer;
    wheel.arm(timer, delay);
    // The first advance may come at once, each later one a tick after the other.
    const int ticks = ticks_until_fired(wheel, timer, 10'000);
    CHECK((ticks - 1) * TimingWheel::tick >= delay);
    CHECK((ticks - 2) * TimingWheel::tick < delay);
    CHECK_FALSE(timer.armed());
  }
}

TEST_CASE("arming again moves the deadline", "[wheel]") {
  TimingWheel wheel;
  Timer timer;
  wheel.arm(timer, 100ms);
  for (int i = 0; i < 50; ++i) {
    wheel.arm(timer, 200ms);
    wheel.advance();
  }
  CHECK(timer.fired == 0);
  CHECK(ticks_until_fired(wheel, timer, 5) > 0);
}

TEST_CASE("a cancelled or destroyed timer does not fire", "[wheel]") {
  TimingWheel wheel;
  Timer cancelled;
  wheel.arm(cancelled, 100ms);
  cancelled.cancel();
  cancelled.cancel();
  {
    Timer destroyed;
    wheel.arm(destroyed, 100ms);
  }
  for (int i = 0; i < 1100; ++i) wheel.advance();
  CHECK(cancelled.fired == 0);
}

TEST_CASE("what fires may arm itself, cancel and destroy others of its slot", "[wheel]") {
  TimingWheel wheel;
  Timer again([&] { wheel.arm(again, 0ms); });
  auto victim = std::make_unique<Timer>();
  Timer other;
  Timer killer([&] {
    victim.reset();
    other.cancel();
  });
  wheel.arm(again, 100ms);
  wheel.arm(killer, 100ms);
  wheel.arm(*victim, 100ms);
  wheel.arm(other, 100ms);
  for (int i = 0; i < 20; ++i) wheel.advance();
  CHECK(again.fired > 5);
  CHECK(killer.fired == 1);
  CHECK(other.fired == 0);
  CHECK(victim == nullptr);
}

TEST_CASE("a timer may outlive its wheel", "[wheel]") {
  auto wheel = std::make_unique<TimingWheel>();
  Timer timer;
  wheel->arm(timer, 100ms);
  wheel.reset();
  CHECK_FALSE(timer.armed());
}

TEST_CASE("ten thousand timers each fire once, in the order of their deadlines", "[wheel]") {
  TimingWheel wheel;
  std::mt19937 random(1);
  std::uniform_int_distribution<int> delays(0, 120'000);
  std::vector<std::pair<int, int>> fired;  // tick, delay
  std::vector<std::unique_ptr<Timer>> timers;
  int now = 0;
  for (int i = 0; i < 10'000; ++i) {
    const int delay = delays(random);
    timers.push_back(std::make_unique<Timer>([&fired, &now, delay] { fired.emplace_back(now, delay); }));
    wheel.arm(*timers.back(), std::chrono::milliseconds(delay));
  }
  for (now = 1; now < 1300; ++now) wheel.advance();
  REQUIRE(fired.size() == timers.size());
  for (const auto& [tick, delay] : fired) {
    REQUIRE((tick - 1) * 100 >= delay);
    REQUIRE((tick - 2) * 100 < delay);
  }
}
