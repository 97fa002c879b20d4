#include "contract/rooms/room_fixture.hpp"

#include <algorithm>

namespace netherlink::room::testing {
namespace {

/// Holds until it is true; the test's own time limit is the patience.
template <class Condition>
void wait_until(const Condition& condition) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(60);
  while (!condition()) {
    REQUIRE(std::chrono::steady_clock::now() < deadline);
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
}

Options short_grace(int grace_ms) {
  Options options;
  options.seat_grace = std::chrono::milliseconds(grace_ms);
  return options;
}

}  // namespace

TEMPLATE_LIST_TEST_CASE("rooms: whoever races for the last seats, there are never more", "[rooms][race]", Engines) {
  Rooms<TestType> rooms({}, 2);
  const auto room = rooms.make(1, 4);
  std::atomic<int> joined{0}, full{0};
  in_parallel(12, [&](int i) {
    const auto answer = rooms.at(static_cast<std::size_t>(i)).join(2 + i, room.id, {});
    if (answer) ++joined;
    if (code_of(answer) == "room.full") ++full;
  });
  CHECK(joined == 3);
  CHECK(full == 9);
  CHECK(rooms.members(room.id).size() == 4);
  CHECK(must(rooms.database->rooms().seats(0, 100)).size() == 4);
}

TEMPLATE_LIST_TEST_CASE("rooms: one person who joins many rooms at once is in one", "[rooms][race]", Engines) {
  Rooms<TestType> rooms({}, 2);
  std::vector<RoomId> all;
  for (UserId owner = 1; owner <= 6; ++owner) all.push_back(rooms.make(owner).id);
  for (const bool leave_other : {false, true}) {
    std::atomic<int> joined{0}, elsewhere{0};
    in_parallel(6, [&](int i) {
      JoinRequest request;
      request.leave_other = leave_other;
      const auto answer =
          rooms.at(static_cast<std::size_t>(i)).join(leave_other ? 21 : 20, all[static_cast<std::size_t>(i)], request);
      if (answer) ++joined;
      if (code_of(answer) == "room.in_another") ++elsewhere;
    });
    if (!leave_other) CHECK(joined == 1);
    CHECK(elsewhere == (leave_other ? 0 : 5));
    std::size_t seats = 0;
    for (const auto id : all) {
      const auto members = rooms.members(id);
      seats += static_cast<std::size_t>(std::ranges::count(members, leave_other ? 21 : 20));
    }
    CHECK(seats == 1);
  }
}

TEMPLATE_LIST_TEST_CASE("rooms: owners who leave at once leave an owner or nothing", "[rooms][race]", Engines) {
  Rooms<TestType> rooms({}, 2);
  for (int round = 0; round < 5; ++round) {
    const auto room = rooms.make(1, 8);
    for (UserId user = 2; user <= 4; ++user) must(rooms.service().join(user, room.id, {}));
    in_parallel(3, [&](int i) { must(rooms.at(static_cast<std::size_t>(i)).leave(1 + i, room.id)); });
    const auto left = must(rooms.service().find(4, room.id));
    CHECK(left.owner_id == 4);
    CHECK(left.seats.size() == 1);
    in_parallel(2, [&](int i) { (void)rooms.at(static_cast<std::size_t>(i)).leave(4, room.id); });
    CHECK_FALSE(must(rooms.database->rooms().find(room.id)));
  }
  CHECK(must(rooms.database->rooms().seats(0, 100)).empty());
}

TEMPLATE_LIST_TEST_CASE("rooms: people who quick join at once meet", "[rooms][race]", Engines) {
  Rooms<TestType> rooms({}, 2);
  std::mutex mutex;
  std::set<RoomId> ids;
  int created = 0;
  in_parallel(8, [&](int i) {
    const auto answer = must(rooms.at(static_cast<std::size_t>(i)).quick_join(1 + i, i % 2 == 0 ? "Go" : "GO", false));
    const std::lock_guard lock(mutex);
    ids.insert(answer.room.id);
    created += answer.created ? 1 : 0;
  });
  CHECK(ids.size() == 1);
  CHECK(created == 1);
  CHECK(rooms.members(*ids.begin()).size() == 8);
  // It is full by now: the next ones meet in another.
  const auto next = must(rooms.service().quick_join(9, "go", false));
  CHECK(next.created);
  CHECK(must(rooms.service().quick_join(10, "go", false)).room.id == next.room.id);
  CHECK(code_of(rooms.service().quick_join(10, "chess", false)) == "room.in_another");
  must(rooms.service().kick(9, next.room.id, 10));
  CHECK(must(rooms.service().quick_join(10, "go", false)).created);
}

TEMPLATE_LIST_TEST_CASE("rooms: a seat is kept for a while, and given up by whichever replica is left", "[rooms]",
                        Engines) {
  Rooms<TestType> rooms(short_grace(100), 2);
  rooms.people.go(9);
  const auto room = rooms.make(1);
  must(rooms.service().join(2, room.id, {}));
  must(rooms.service().join(3, room.id, {}));
  rooms.at(0).start();
  rooms.at(1).start();
  (void)rooms.events.take();
  rooms.people.go(1);
  rooms.people.go(2);
  wait_until([&] { return rooms.members(room.id) == std::vector<UserId>{3}; });
  CHECK(must(rooms.service().find(3, room.id)).owner_id == 3);
  auto told = rooms.events.take();
  for (const auto* once : {"dropped 1", "dropped 2"}) CHECK(std::ranges::count(told, once) == 1);

  // A crash of everything that knew who is there: what is stored is enough.
  rooms.people.go(3);
  wait_until([&] { return !must(rooms.database->rooms().find(room.id)); });
  told = rooms.events.take();
  CHECK(std::ranges::count(told, "closed empty") == 1);
}

TEMPLATE_LIST_TEST_CASE("rooms: who comes back in time keeps the seat", "[rooms]", Engines) {
  Rooms<TestType> rooms(short_grace(3'600'000));
  const auto room = rooms.make(1);
  rooms.service().start();
  rooms.people.go(1);
  rooms.service().moved(1);
  wait_until([&] { return !must(rooms.service().find(1, room.id)).seats.front().online(); });
  rooms.people.come(1);
  rooms.service().moved(1);
  wait_until([&] { return must(rooms.service().find(1, room.id)).seats.front().online(); });
}

TEMPLATE_LIST_TEST_CASE("rooms: nobody loses a seat while it is not known who is there", "[rooms]", Engines) {
  Rooms<TestType> rooms(short_grace(0));
  rooms.people.known = false;
  rooms.people.go(1);
  const auto room = rooms.make(1), canary = rooms.make(2);
  rooms.service().start();
  for (int i = 0; i < 10; ++i) must(rooms.service().find(1, room.id));
  rooms.people.known = true;
  wait_until([&] { return !must(rooms.database->rooms().find(room.id)); });
  CHECK(must(rooms.database->rooms().find(canary.id)));
}

TEMPLATE_LIST_TEST_CASE("rooms: a deleted account leaves, and cannot come back", "[rooms]", Engines) {
  Rooms<TestType> rooms;
  const auto room = rooms.make(1);
  must(rooms.service().join(2, room.id, {}));
  must(rooms.database->users().erase(1, "hash", core::now_ms()));
  must(rooms.service().forget(1));
  must(rooms.service().forget(1));
  CHECK(must(rooms.service().find(2, room.id)).owner_id == 2);
  CHECK(code_of(rooms.service().join(1, room.id, {})) == "auth.session_revoked");
}

}  // namespace netherlink::room::testing
