// Conversations with many subscribers, whose frames leave in rounds (gateway/ws/wide_writes.hpp).
#include "gateway/ws/wide_writes.hpp"
#include "contract/ws/socket_fixture.hpp"

namespace netherlink::test {
namespace {

using nlohmann::json;

using Crowd = std::vector<std::unique_ptr<RawClient>>;

/// Enough to be many, on one I/O thread: users 1, 2, … of whom each may be more than once.
Crowd gather(SocketFixture& fixture) {
  Crowd crowd;
  while (crowd.size() < gateway::ws::WideWrites::subscribers + 8) {
    crowd.push_back(fixture.join(1 + static_cast<im::UserId>(crowd.size() % 4)));
  }
  return crowd;
}

/// Reads messages of `world`, without holes, up to `until`; own acks count as messages.
void hear(RawClient& client, im::Seq until) {
  for (im::Seq last = 0; last < until;) {
    const json frame = client.next().json();
    const auto& data = frame.at("data");
    const im::Seq seq = frame.at("type") == "message.new" ? data.at("message").at("seq") : data.at("seq");
    REQUIRE(seq == last + 1);
    last = seq;
  }
}

}  // namespace

TEST_CASE("ws wide writes: everybody hears everything in order, whoever leaves meanwhile", "[ws]") {
  SocketFixture fixture({.configure = [](config::Config& config) { config.ws.max_sessions_per_user = 1000; }});
  Crowd crowd = gather(fixture);
  constexpr int bursts = 10, burst = 30;
  for (int i = 0; i < bursts; ++i) {
    for (int j = 0; j < burst; ++j) {
      crowd[static_cast<std::size_t>(j % 3)]->post("world", "m" + std::to_string(i * burst + j));
    }
    crowd.pop_back();  // with frames of a round that may not have begun
  }
  for (const auto& client : crowd) hear(*client, bursts * burst);
}

}  // namespace netherlink::test
