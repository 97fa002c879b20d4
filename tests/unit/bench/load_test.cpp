#include "bench/scenario/load.hpp"

#include "support/catch.hpp"

using namespace netherlink::bench;

namespace {

using Sent = std::vector<std::pair<std::uint32_t, std::uint32_t>>;

constexpr Nanos ms = nanos_per_milli;

}  // namespace

TEST_CASE("a closed loop keeps each sender's window full, until the end") {
  Sent sent;
  Load load({2, 3, 0, 0, 100 * ms}, [&](std::uint32_t s, std::uint32_t n) { sent.emplace_back(s, n); });
  load.start(1000);
  CHECK(sent.size() == 6);
  load.complete(1, 0, 1000 + ms);
  CHECK(sent.back() == Sent::value_type(1, 3));
  load.complete(1, 0, 1000 + ms);  // told twice
  CHECK(sent.size() == 7);
  load.complete(0, 0, load.measure_end());
  CHECK(sent.size() == 7);
  CHECK_FALSE(load.drained());
  for (const auto& [sender, number] : Sent(sent)) load.complete(sender, number, load.measure_end());
  CHECK(load.drained());
}

TEST_CASE("an open loop counts from when a message was due, however late it leaves") {
  Sent sent;
  Load load({2, 1, 1000, 0, 10 * ms}, [&](std::uint32_t s, std::uint32_t n) { sent.emplace_back(s, n); });
  load.start(0);
  CHECK(sent == Sent{{0, 0}});
  load.tick(4 * ms);  // five are due, but each sender may have one in flight
  CHECK(sent == Sent{{0, 0}, {1, 0}});
  CHECK(load.unsent() == 3);
  load.complete(0, 0, 6 * ms);
  CHECK(sent.back() == Sent::value_type(0, 1));
  CHECK(load.find(0, 1)->scheduled == 2 * ms);
  CHECK(load.find(0, 1)->sent == 6 * ms);
  CHECK(load.next_due() == 5 * ms);
  load.tick(50 * ms);  // nothing is due behind the end
  CHECK(load.sent() + load.unsent() == 10);
}

TEST_CASE("client_msg_id says whose message it is") {
  std::string id;
  append_client_msg_id(id, 12, 4'000'000'000);
  CHECK(id == "12-4000000000");
  std::uint32_t sender = 0, number = 0;
  CHECK(parse_client_msg_id(id, sender, number));
  CHECK(sender == 12);
  CHECK(number == 4'000'000'000);
  for (const auto* wrong : {"", "-", "1", "1-", "-1", "a-1", "1-1x", "1-99999999999"}) {
    CHECK_FALSE(parse_client_msg_id(wrong, sender, number));
  }
}
