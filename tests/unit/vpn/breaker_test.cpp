#include "vpn/headscale/breaker.hpp"

#include "support/catch.hpp"

using namespace netherlink::vpn;
using namespace std::chrono_literals;

TEST_CASE("a breaker leaves alone who fails, for longer each time, and asks one caller to try") {
  Breaker breaker({.failures = 2, .first = 100ms, .longest = 250ms});
  auto now = Breaker::Clock::now();
  CHECK_FALSE(breaker.ask(now));
  breaker.failed(now);
  CHECK_FALSE(breaker.ask(now));
  breaker.failed(now);
  CHECK(breaker.ask(now) == 100ms);
  now += 99ms;
  CHECK(breaker.ask(now) == 1ms);
  now += 1ms;
  CHECK_FALSE(breaker.ask(now));
  CHECK(breaker.ask(now) == 100ms);  // the other one waits
  breaker.failed(now);
  CHECK(breaker.ask(now) == 200ms);
  now += 200ms;
  CHECK_FALSE(breaker.ask(now));
  breaker.failed(now);
  CHECK(breaker.ask(now) == 250ms);
  now += 250ms;
  CHECK_FALSE(breaker.ask(now));
  breaker.succeeded();
  CHECK_FALSE(breaker.ask(now));
  breaker.failed(now);
  CHECK_FALSE(breaker.ask(now));
}
