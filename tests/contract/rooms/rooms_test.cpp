#include "contract/rooms/room_fixture.hpp"

#include "netherlink/user/names.hpp"

namespace netherlink::room::testing {

using Members = std::vector<UserId>;

TEMPLATE_LIST_TEST_CASE("rooms: what is changed is stored", "[rooms]", Engines) {
  Rooms<TestType> rooms;
  auto& service = rooms.service();
  NewRoom wanted;
  wanted.name = "Friday night";
  wanted.game = "Minecraft";
  wanted.max_players = 3;
  wanted.password = "sesame";
  wanted.visibility = Visibility::friends;
  const auto made = must(service.create(1, wanted, false));
  const auto stored = must(rooms.database->rooms().find(made.id));
  REQUIRE(stored);
  CHECK(*stored == made);
  CHECK(must(rooms.database->conversations().find(1, "room_" + std::to_string(made.id)))->role == im::Role::owner);

  RoomChange change;
  change.name = "Saturday";
  change.password.emplace(std::nullopt);
  change.max_players = 2;
  change.visibility = Visibility::everyone;
  CHECK(code_of(service.update(2, made.id, change)) == "resource.not_found");
  must(service.update(1, made.id, change));
  const auto changed = *must(rooms.database->rooms().find(made.id));
  CHECK(changed.name == "Saturday");
  CHECK(changed.password_hash.empty());
  CHECK(changed.version > made.version);
  CHECK(code_of(service.update(2, made.id, change)) == "room.forbidden");
  must(service.join(2, made.id, {}));
  change.max_players = 1;
  CHECK(code_of(service.update(1, made.id, change)) == "room.full");
  CHECK(must(rooms.database->conversations().titles(std::vector<std::string>{"room_" + std::to_string(made.id)}))
            .begin()
            ->second == "Saturday");

  CHECK(code_of(service.close(2, made.id)) == "room.forbidden");
  must(service.close(1, made.id));
  CHECK_FALSE(must(rooms.database->rooms().find(made.id)));
  CHECK(code_of(service.find(1, made.id)) == "resource.not_found");
  CHECK_FALSE(must(rooms.database->conversations().find(1, "room_" + std::to_string(made.id))));
  CHECK(must(rooms.database->rooms().seats(0, 10)).empty());
}

TEMPLATE_LIST_TEST_CASE("rooms: a person is in one room at a time", "[rooms]", Engines) {
  Rooms<TestType> rooms;
  auto& service = rooms.service();
  const auto first = rooms.make(1), second = rooms.make(2);
  CHECK(code_of(service.join(1, second.id, {})) == "room.in_another");
  CHECK(code_of(service.create(1, {.name = "x", .game = "x"}, false)) == "room.in_another");
  must(service.join(3, first.id, {}));
  JoinRequest leaving;
  leaving.leave_other = true;
  must(service.join(1, second.id, leaving));
  CHECK(rooms.members(first.id) == Members{3});
  CHECK(must(service.find(3, first.id)).owner_id == 3);
  CHECK(rooms.members(second.id) == Members{2, 1});
  const auto third = must(service.create(3, {.name = "x", .game = "x"}, true));
  CHECK_FALSE(must(rooms.database->rooms().find(first.id)));
  CHECK(rooms.members(third.id) == Members{3});

  // What fails leaves everything as it was.
  const auto full = rooms.make(4, 1);
  CHECK(code_of(service.join(3, full.id, leaving)) == "room.full");
  CHECK(rooms.members(third.id) == Members{3});
}

TEMPLATE_LIST_TEST_CASE("rooms: links end by time, by use, and when they are replaced", "[rooms]", Engines) {
  Rooms<TestType> rooms;
  auto& service = rooms.service();
  NewRoom wanted{.name = "x", .game = "x"};
  wanted.visibility = Visibility::nobody;
  const auto room = must(service.create(1, wanted, false));
  CHECK(code_of(service.join(2, room.id, {})) == "resource.not_found");
  CHECK(code_of(service.make_link(2, room.id, {}, {})) == "resource.not_found");
  const auto link = must(service.make_link(1, room.id, {}, 2));
  must(service.join_by_code(2, link.code, {}));
  must(service.join_by_code(2, link.code, {}));  // is in it: no use
  must(service.join_by_code(3, link.code, {}));
  CHECK(code_of(service.join_by_code(4, link.code, {})) == "room.link_invalid");
  const auto other = must(service.make_link(1, room.id, {}, {}));
  CHECK(code_of(service.join_by_code(4, link.code, {})) == "room.link_invalid");
  CHECK(code_of(service.make_link(2, room.id, {}, {})) == "room.forbidden");
  must(service.drop_link(1, room.id));
  CHECK(code_of(service.join_by_code(4, other.code, {})) == "room.link_invalid");
  const auto over = must(service.make_link(1, room.id, std::chrono::seconds(0), {}));
  CHECK(code_of(service.join_by_code(4, over.code, {})) == "room.link_invalid");
}

TEMPLATE_LIST_TEST_CASE("rooms: whoever was removed stays out until the owner invites them", "[rooms]", Engines) {
  Rooms<TestType> rooms;
  auto& service = rooms.service();
  const auto room = rooms.make(1);
  must(service.join(2, room.id, {}));
  must(service.join(3, room.id, {}));
  CHECK(code_of(service.kick(2, room.id, 3)) == "room.forbidden");
  CHECK(code_of(service.kick(1, room.id, 9)) == "user.not_found");
  must(service.kick(1, room.id, 3));
  CHECK(rooms.members(room.id) == Members{1, 2});
  CHECK(code_of(service.join(3, room.id, {})) == "room.banned");
  const auto link = must(service.make_link(1, room.id, {}, {}));
  CHECK(code_of(service.join_by_code(3, link.code, {})) == "room.banned");
  CHECK(code_of(service.invite(1, room.id, 3)) == "user.not_reachable");
  rooms.befriend(1, 3);
  rooms.befriend(2, 3);
  CHECK(code_of(service.invite(2, room.id, 3)) == "room.forbidden");
  must(service.invite(1, room.id, 3));
  must(service.join(3, room.id, {}));
}

TEMPLATE_LIST_TEST_CASE("rooms: a password keeps out whoever was not invited", "[rooms]", Engines) {
  Options options;
  options.guesses = {3, 0.001};
  Rooms<TestType> rooms(options);
  auto& service = rooms.service();
  NewRoom wanted{.name = "x", .game = "x"};
  wanted.password = "sesame";
  const auto room = must(service.create(1, wanted, false));
  JoinRequest wrong, right;
  wrong.password = "salami";
  right.password = "sesame";
  CHECK(code_of(service.join(2, room.id, {})) == "room.wrong_password");
  CHECK(code_of(service.join(2, room.id, wrong)) == "room.wrong_password");
  must(service.join(2, room.id, right));
  for (int i = 0; i < 3; ++i) CHECK(code_of(service.join(3, room.id, wrong)) == "room.wrong_password");
  const auto refused = service.join(3, room.id, right);
  CHECK(code_of(refused) == "request.rate_limited");
  CHECK(refused.error().retry_after());
  rooms.befriend(2, 3);
  must(service.invite(2, room.id, 3));
  must(service.join(3, room.id, {}));
}

TEMPLATE_LIST_TEST_CASE("rooms: the list shows what the caller may know, however old the replica's copy", "[rooms]",
                        Engines) {
  Options options;
  options.list_max_age = std::chrono::milliseconds(0);
  Rooms<TestType> rooms(options, 2);
  NewRoom wanted{.name = "for friends", .game = "Go"};
  wanted.visibility = Visibility::friends;
  const auto shared = must(rooms.at(0).create(1, wanted, false));
  wanted.visibility = Visibility::nobody;
  const auto hidden = must(rooms.at(0).create(2, wanted, false));
  const auto open = rooms.make(3);
  rooms.befriend(1, 4);
  const auto ids = [&](std::size_t replica, UserId user) {
    std::vector<RoomId> found;
    for (const auto& item : must(rooms.at(replica).list(user, {})).items) found.push_back(item.id);
    return found;
  };
  for (const auto replica : {std::size_t{0}, std::size_t{1}}) {
    CHECK(ids(replica, 4) == std::vector<RoomId>{open.id, shared.id});
    CHECK(ids(replica, 5) == std::vector<RoomId>{open.id});
    CHECK(ids(replica, 2) == std::vector<RoomId>{open.id, hidden.id});
  }
  must(rooms.at(1).close(3, open.id));
  CHECK(ids(1, 5).empty());
  CHECK(ids(0, 5).empty());
}

}  // namespace netherlink::room::testing
