#include <algorithm>
#include <array>
#include <cstddef>
#include <iterator>

#include "gateway/api/accounts.hpp"
#include "gateway/api/chat.hpp"
#include "gateway/api/meta.hpp"
#include "gateway/ws/frames.hpp"
#include "netherlink/config/config.hpp"
#include "support/catch.hpp"
#include "support/descriptions.hpp"

namespace netherlink::test {
namespace {

/// Storage for what a table's handlers refer to. The tables are only read here: no handler runs, nothing is touched.
template <class T>
T& unused() {
  alignas(T) static std::array<std::byte, sizeof(T)> storage{};
  return *reinterpret_cast<T*>(storage.data());
}

}  // namespace

TEST_CASE("descriptions: the table of routes and openapi.yaml name the same", "[descriptions]") {
  const auto config = config::load({}).config;
  auto& accounts = unused<user::AccountService>();
  auto& users = unused<user::UserDirectory>();
  auto& chat = unused<im::ChatService>();
  auto& limiter = unused<cache::RateLimiter>();
  std::vector<gateway::Route> routes = gateway::account_routes({config, accounts, users, chat, limiter});
  const auto add = [&](std::vector<gateway::Route> more) {
    std::move(more.begin(), more.end(), std::back_inserter(routes));
  };
  add(gateway::chat_routes({config, chat, limiter, unused<gateway::PendingReplies>()}));
  add(gateway::meta_routes({config, [] { return std::string(); }}));

  std::set<std::string> all{"GET /ws"}, open;
  for (const auto& route : routes) {
    const auto name = std::string(route.method) + " " + std::string(route.pattern);
    CHECK(all.insert(name).second);
    if (route.access == gateway::Access::open) open.insert(name);
  }
  CHECK(Descriptions::get().operations() == all);
  CHECK(Descriptions::get().open_operations() == open);
}

TEST_CASE("descriptions: the table of frames and asyncapi.yaml name the same", "[descriptions]") {
  std::set<std::string> types;
  for (const auto& row : gateway::ws::frame_types()) types.emplace(row.type);
  CHECK(Descriptions::get().client_frames() == types);
}

}  // namespace netherlink::test
