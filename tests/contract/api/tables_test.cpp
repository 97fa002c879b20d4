#include <array>
#include <cstddef>

#include "gateway/api/routes.hpp"
#include "gateway/ws/frames.hpp"
#include "netherlink/cache/cache.hpp"
#include "netherlink/core/worker_pool.hpp"
#include "netherlink/crypto/jwt.hpp"
#include "netherlink/e2e/service.hpp"
#include "netherlink/friend/presence.hpp"
#include "netherlink/friend/service.hpp"
#include "netherlink/im/groups.hpp"
#include "netherlink/im/service.hpp"
#include "netherlink/mail/service.hpp"
#include "netherlink/room/service.hpp"
#include "netherlink/user/service.hpp"
#include "netherlink/vpn/service.hpp"
#include "support/catch.hpp"
#include "support/descriptions.hpp"
#include "support/protobuf_frames.hpp"

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
  const gateway::Server::Dependencies dependencies{unused<user::AccountService>(),
                                                   unused<user::UserDirectory>(),
                                                   unused<user::PreferenceService>(),
                                                   unused<friends::FriendService>(),
                                                   unused<friends::PresenceService>(),
                                                   unused<im::ChatService>(),
                                                   unused<im::GroupService>(),
                                                   unused<room::RoomService>(),
                                                   nullptr,
                                                   unused<vpn::VpnService>(),
                                                   unused<mail::EmailService>(),
                                                   unused<e2e::KeyService>(),
                                                   *cache,
                                                   unused<crypto::TokenSigner>(),
                                                   unused<core::WorkerPool>(),
                                                   unused<core::WorkerPool>(),
                                                   unused<core::WorkerPool>(),
                                                   {}};
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

namespace {

using nlohmann::json;

const json& resolved(const json& schema) {
  const auto reference = schema.find("$ref");
  if (reference == schema.end()) return schema;
  const auto text = reference->get<std::string>();
  const json::json_pointer place(text.substr(text.find('#') + 1));
  const auto& frames = Descriptions::get().asyncapi();
  return resolved(frames.contains(place) ? frames.at(place) : Descriptions::get().openapi().at(place));
}

/// The names of an object's fields, each with those of its own; of an object of any shape, and of what is none, null.
/// Of one of several they are put together.
json fields_of(const json& wanted) {
  const json& schema = resolved(wanted);
  json fields;
  for (const auto* list : {"oneOf", "allOf"}) {
    for (const auto& one : schema.value(list, json::array())) {
      if (auto more = fields_of(one); !more.is_null()) fields.update(more);
    }
  }
  if (schema.contains("items")) return fields_of(schema["items"]);
  const bool nothing = schema.value("type", "") == "object" && schema.value("additionalProperties", true) == false;
  if (fields.is_null() && (nothing || schema.contains("properties"))) fields = json::object();
  const auto properties = schema.value("properties", json::object());
  for (const auto& [name, field] : properties.items()) fields[name] = fields_of(field);
  return fields;
}

}  // namespace

TEST_CASE("descriptions: frames.proto has every frame and field of asyncapi.yaml, and no other", "[descriptions]") {
  json described = json::object();
  for (const auto& [key, message] : Descriptions::get().asyncapi()["components"]["messages"].items()) {
    auto name = message["name"].get<std::string>();
    if (const auto dot = name.find('.'); dot != std::string::npos) name[dot] = '_';
    auto data = fields_of(message["payload"]["properties"]["data"]);
    if (data.is_null()) data = json::object();  // of a client, with nothing in it
    if (described.contains(name)) data.update(described[name]);
    described[name] = std::move(data);
  }
  // What the schema has one message for, and the descriptions several: people and oneself, rooms with and without
  // members.
  const json::json_pointer members("/room/members");
  for (const auto* person :
       {"/friend_accepted/user", "/friend_request/request/from", "/friend_request/request/to", "/room_invited/from"}) {
    for (const auto* own : {"email", "email_verified", "email_pending"}) {
      described[json::json_pointer(person)][own] = nullptr;
    }
  }
  described["welcome"]["user"]["deleted"] = nullptr;
  described["room_invited"][members] = described["room_updated"][members];
  auto frames = describe_protobuf("Frame");
  frames.erase("id");
  CHECK(json::diff(described, frames) == json::array());
}

}  // namespace netherlink::test
