#include <algorithm>
#include <atomic>

#include "contract/rooms/room_fixture.hpp"
#include "netherlink/vpn/ports.hpp"

namespace netherlink::vpn::testing {
namespace {

using room::testing::code_of;
using room::testing::in_parallel;
using room::testing::Rooms;
using store::testing::Engines;
using store::testing::must;
using namespace std::chrono_literals;

const Timestamp now = core::now_ms();
const std::vector<std::string> cells{"a", "b"};

void sign_in(store::Store& database, SessionId id, UserId user) {
  must(database.sessions().insert({.id = id,
                                   .user_id = user,
                                   .device = {.id = "desk", .name = "", .platform = ""},
                                   .created_at = now,
                                   .last_seen_at = now,
                                   .expires_at = now + 1'000'000}));
}

Node key(const std::string& cell, std::int64_t id, UserId user, SessionId session, const std::string& device = "desk") {
  Node node;
  node.cell = cell;
  node.key_id = id;
  node.user_id = user;
  node.device = device;
  node.session_id = session;
  node.control_user = user + 1000;
  node.issued_at = now + id;
  node.handed_at = now;
  node.expires_at = now + 60'000;
  return node;
}

Node used(Node node, std::int64_t id) {
  node.node_id = id;
  node.address = "100.64.0." + std::to_string(id);
  node.online = true;
  return node;
}

/// By key, those that are not to be removed.
std::vector<std::int64_t> kept(VpnRepository& vpn, const std::string& cell) {
  std::vector<std::int64_t> ids;
  for (const auto& node : must(vpn.nodes(cell))) {
    if (node.removed_at == 0) ids.push_back(node.key_id);
  }
  std::sort(ids.begin(), ids.end());
  return ids;
}

using Ids = std::vector<std::int64_t>;

}  // namespace

TEMPLATE_LIST_TEST_CASE("vpn: one writes at a time, and an old one is told", "[vpn]", Engines) {
  TestType database;
  auto& vpn = database->vpn();
  must(vpn.ensure_cells(cells));
  must(vpn.ensure_cells(cells));
  const auto first = must(vpn.acquire("a", "one", 10min));
  REQUIRE(first);
  CHECK_FALSE(must(vpn.acquire("a", "other", 10min)));
  CHECK(must(vpn.acquire("b", "other", 10min)));
  CHECK(must(vpn.renew(*first, 1ms)));
  CHECK(must(vpn.applied(*first, 1)));
  CHECK(must(vpn.applied(*first, 1)));
  std::optional<Lease> second;
  while (!second) second = must(vpn.acquire("a", "other", 10min));
  CHECK(second->epoch > first->epoch);
  CHECK_FALSE(must(vpn.renew(*first, 10min)));
  CHECK_FALSE(must(vpn.applied(*first, 7)));
  must(vpn.release(*first));
  CHECK(must(vpn.renew(*second, 10min)));
  must(vpn.release(*second));
  CHECK(must(vpn.acquire("a", "one", 10min)));

  const auto state = must(vpn.cells());
  REQUIRE(state.size() == 2);
  CHECK(state[0].applied == 1);
  CHECK(state[0].kept);
  must(vpn.note_down("a", 5));
  must(vpn.distrust("a"));
  CHECK(must(vpn.cells())[0].down_since == 5);
  CHECK(must(vpn.work("a", 0)).distrusted);
}

TEMPLATE_LIST_TEST_CASE("vpn: of many one gets the cell", "[vpn]", Engines) {
  TestType database;
  auto& vpn = database->vpn();
  must(vpn.ensure_cells(cells));
  std::atomic<int> winners{0};
  in_parallel(8, [&](int i) {
    if (must(vpn.acquire("a", "replica" + std::to_string(i), 10min))) ++winners;
  });
  CHECK(winners == 1);
}

TEMPLATE_LIST_TEST_CASE("vpn: rooms with two members and a cell are circles", "[vpn]", Engines) {
  Rooms<TestType> rooms;
  auto& vpn = rooms.database->vpn();
  must(vpn.ensure_cells(cells));
  const auto one = rooms.make(3), lone = rooms.make(4);
  must(rooms.service().join(1, one.id, {}));
  must(rooms.service().join(2, one.id, {}));
  CHECK(must(vpn.circles("a")).empty());
  const Ids both{one.id, lone.id};
  CHECK(must(vpn.touch_rooms(both)) == Ids{one.id});
  const auto before = must(vpn.work("a", 0)).wanted;
  CHECK(must(vpn.assign(one.id, "", "a")) == "a");
  CHECK(must(vpn.assign(one.id, "", "b")) == "a");
  CHECK(must(vpn.assign(lone.id, "", "a")) == "a");
  CHECK(must(vpn.work("a", 0)).wanted == before + 2);
  const Circle whole{.room = one.id, .members = {1, 2, 3}, .apart = {}};
  CHECK(must(vpn.circles("a")) == std::vector<Circle>{whole});
  CHECK(must(vpn.touch_rooms(both)).empty());
  CHECK(must(vpn.work("a", 0)).wanted == before + 3);
  must(rooms.database->friends().change(3, 1, [](friends::Pair& pair) -> core::result<void> {
    pair.i_block = true;
    return {};
  }));
  const Ids people{1, 3};
  must(vpn.touch_people(people));
  CHECK(must(vpn.work("a", 0)).wanted == before + 4);
  const Circle parted{.room = one.id, .members = {1, 2, 3}, .apart = {{1, 3}}};
  CHECK(must(vpn.circles("a")) == std::vector<Circle>{parted});

  const auto place = must(vpn.place(2));
  CHECK(place.room == one.id);
  CHECK(place.members == 3);
  CHECK(place.cell == "a");
  CHECK(must(vpn.place(9)).room == 0);
  CHECK(must(vpn.loads())[0].seats == 4);
  CHECK(must(vpn.assign(one.id, "b", "a")) == "a");
  CHECK(must(vpn.assign(one.id, "a", "b")) == "b");
  CHECK(must(vpn.circles("a")).empty());
  CHECK(must(vpn.circles("b")).size() == 1);
  must(rooms.service().close(3, one.id));
  must(vpn.purge_rooms());
  CHECK(must(vpn.cell_of(one.id)).empty());
  CHECK(must(vpn.cell_of(lone.id)) == "a");
}

TEMPLATE_LIST_TEST_CASE("vpn: a device is one node, and ends with its session", "[vpn]", Engines) {
  Rooms<TestType> rooms;
  auto& database = *rooms.database;
  auto& vpn = database.vpn();
  must(vpn.ensure_cells(cells));
  sign_in(database, 11, 1);
  sign_in(database, 12, 1);
  sign_in(database, 21, 2);
  CHECK(must(vpn.device_of(11)) == "desk");
  CHECK(code_of(vpn.device_of(99)) == "auth.session_revoked");
  CHECK(code_of(vpn.add(key("a", 1, 1, 99), 3)) == "auth.session_revoked");
  CHECK(code_of(vpn.add(key("a", 1, 1, 21), 3)) == "auth.session_revoked");
  must(vpn.add(key("a", 1, 1, 11), 3));
  CHECK(must(vpn.work("a", now - 1)).expected == 1);
  CHECK(must(vpn.work("a", now)).expected == 0);
  const std::vector<Node> came{used(key("a", 1, 1, 11), 5)};
  must(vpn.seen(came));
  CHECK(must(vpn.work("a", now - 1)).expected == 0);
  CHECK(must(vpn.nodes("a"))[0].address == "100.64.0.5");

  // The same device again: with another key in place, then elsewhere.
  must(vpn.add(key("a", 2, 1, 11), 3));
  const std::vector<Node> again{used(key("a", 2, 1, 11), 5)};
  must(vpn.seen(again));
  CHECK(kept(vpn, "a") == Ids{2});
  must(vpn.add(key("b", 1, 1, 11), 3));
  const std::vector<Node> moved{used(key("b", 1, 1, 11), 8)};
  must(vpn.seen(moved));
  CHECK(kept(vpn, "a").empty());
  CHECK(must(vpn.work("a", 0)).removals == 1);
  must(vpn.drop("a", Ids{2}));
  CHECK(must(vpn.nodes("a")).empty());

  const auto room = rooms.make(1);
  must(rooms.service().join(2, room.id, {}));
  must(vpn.assign(room.id, "", "b"));
  must(vpn.add(key("b", 2, 2, 21), 3));
  const Ids ids{room.id};
  const auto peers = must(vpn.peers(ids));
  REQUIRE(peers.size() == 1);
  CHECK(peers[0].second == Peer{1, "desk", "100.64.0.8", true});

  const Ids ended{11, 12};
  must(vpn.remove_sessions(ended));
  CHECK(kept(vpn, "b") == Ids{2});
  must(database.sessions().revoke(2, std::vector<SessionId>{21}, now));
  must(vpn.remove_ended("b"));
  CHECK(kept(vpn, "b").empty());
  must(vpn.remove_user(2));
  for (const auto& node : must(vpn.nodes("b"))) CHECK((node.session_id == 0) == (node.user_id == 2));
  must(vpn.drop_all("b"));
  CHECK(must(vpn.nodes("b")).empty());
}

TEMPLATE_LIST_TEST_CASE("vpn: too many devices, and numbers that begin again", "[vpn]", Engines) {
  Rooms<TestType> rooms;
  auto& database = *rooms.database;
  auto& vpn = database.vpn();
  must(vpn.ensure_cells(cells));
  sign_in(database, 11, 1);
  sign_in(database, 21, 2);
  for (const int id : {1, 2, 3}) must(vpn.add(key("a", id, 1, 11, "device " + std::to_string(id)), 2));
  CHECK(kept(vpn, "a") == Ids{2, 3});
  must(vpn.add(key("a", 2, 2, 21), 2));
  CHECK(kept(vpn, "a") == Ids{2, 3});
  for (const auto& node : must(vpn.nodes("a"))) {
    if (node.key_id == 2) CHECK(node.user_id == 2);
  }
  must(vpn.handed("a", 2, now + 5));
  CHECK(must(vpn.work("a", now + 4)).expected == 1);
}

}  // namespace netherlink::vpn::testing
