#include <array>
#include <cstddef>

#include "gateway/api/routes.hpp"
#include "gateway/ws/frames.hpp"
#include "netherlink/cache/cache.hpp"
#include "netherlink/core/worker_pool.hpp"
#include "netherlink/crypto/jwt.hpp"
#include "netherlink/friend/presence.hpp"
#include "netherlink/friend/service.hpp"
#include "netherlink/im/groups.hpp"
#include "netherlink/im/service.hpp"
#include "netherlink/room/service.hpp"
#include "netherlink/user/service.hpp"
#include "netherlink/vpn/service.hpp"
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
  const auto cache = cache::make_memory_cache({});
  gateway::PendingReplies pending;
  const gateway::Server::Dependencies dependencies{unused<user::AccountService>(),     unused<user::UserDirectory>(),
                                                   unused<user::PreferenceService>(),  unused<friends::FriendService>(),
                                                   unused<friends::PresenceService>(), unused<im::ChatService>(),
                                                   unused<im::GroupService>(),         unused<room::RoomService>(),
                                                   unused<vpn::VpnService>(),          *cache,
                                                   unused<crypto::TokenSigner>(),      unused<core::WorkerPool>(),
                                                   unused<core::WorkerPool>(),         {}};
  const auto router = gateway::all_routes(config, dependencies, pending);
  std::set<std::string> all, open;
  for (const auto& route : router.routes()) {
    const auto name = std::string(route.method) + " " + std::string(route.pattern);
    CHECK(all.insert(name).second);
    // The socket takes its token in other places too, so it asks for it by itself.
    if (route.access == gateway::Access::open && !route.websocket) open.insert(name);
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
