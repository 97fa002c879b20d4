#include "room/list.hpp"

#include <array>
#include <cstddef>

#include "netherlink/user/names.hpp"
#include "support/catch.hpp"

namespace netherlink::room {
namespace {

/// A list that reads nothing: what is put is there. So its repository is never touched.
struct Lists {
  alignas(RoomRepository) std::array<std::byte, sizeof(RoomRepository)> untouched{};
  RoomList list{*reinterpret_cast<RoomRepository*>(untouched.data()), std::chrono::hours(1)};
};

Listing room(RoomId id, const std::string& name, const std::string& game, std::size_t players = 1) {
  Listing made;
  made.id = id;
  made.name = name;
  made.name_key = user::folded(name);
  made.game = game;
  made.game_key = user::folded(game);
  made.max_players = 4;
  made.player_count = players;
  made.version = 1;
  return made;
}

std::vector<RoomId> ids(const ListPage& page) {
  std::vector<RoomId> found;
  for (const auto& item : page.items) found.push_back(item.id);
  return found;
}

}  // namespace

TEST_CASE("room: a filter asks for everything that it names", "[room]") {
  auto one = room(1, "Friday Night", "Minecraft", 3);
  CHECK(Filter{}.matches(one));
  CHECK(Filter{.game_key = "minecraft"}.matches(one));
  CHECK_FALSE(Filter{.game_key = "mine"}.matches(one));
  CHECK(Filter{.text_key = "day n"}.matches(one));
  CHECK(Filter{.text_key = "craft"}.matches(one));
  CHECK_FALSE(Filter{.text_key = "saturday"}.matches(one));
  CHECK(Filter{.status = Status::waiting, .has_password = false, .has_space = true}.matches(one));
  CHECK_FALSE(Filter{.status = Status::playing}.matches(one));
  CHECK_FALSE(Filter{.has_password = true}.matches(one));
  one.player_count = 4;
  CHECK_FALSE(Filter{.has_space = true}.matches(one));
  CHECK(Filter{.has_space = false}.matches(one));
}

TEST_CASE("room: pages of each order hold every room once", "[room]") {
  Lists lists;
  for (RoomId id = 1; id <= 25; ++id) {
    auto made = room(id, std::string(1, static_cast<char>('a' + id * 7 % 5)), "Go", static_cast<std::size_t>(id % 5));
    made.has_password = id % 3 == 0;
    lists.list.put(made);
  }
  CHECK(lists.list.size() == 25);
  const auto everything = [](const Listing&) { return true; };
  for (const auto sort : {Sort::newest, Sort::players, Sort::hot, Sort::name}) {
    const auto whole = lists.list.page({.filter = {}, .sort = sort, .cursor = {}, .limit = 200}, everything);
    REQUIRE(whole.has_value());
    CHECK(whole->items.size() == 25);
    CHECK(whole->next_cursor.empty());
    std::vector<RoomId> paged;
    std::string cursor;
    do {
      const auto page = lists.list.page({.filter = {}, .sort = sort, .cursor = cursor, .limit = 4}, everything);
      REQUIRE(page.has_value());
      for (const auto id : ids(*page)) paged.push_back(id);
      cursor = page->next_cursor;
    } while (!cursor.empty());
    CHECK(paged == ids(*whole));
  }
  const auto newest = lists.list.page({.filter = {}, .sort = Sort::newest, .cursor = {}, .limit = 2}, everything);
  CHECK(ids(*newest) == std::vector<RoomId>{25, 24});
  const auto hot = lists.list.page({.filter = {}, .sort = Sort::hot, .cursor = {}, .limit = 1}, everything);
  CHECK(hot->items.front().player_count == 3);
  CHECK_FALSE(hot->items.front().has_password);
  for (const auto* cursor : {"x", "MTox", "!", "OjI6"}) {
    CHECK(lists.list.page({.filter = {}, .sort = Sort::newest, .cursor = cursor, .limit = 2}, everything).has_error());
  }
}

TEST_CASE("room: what is older, or of a room that closed, does not come back into the list", "[room]") {
  Lists lists;
  auto made = room(1, "one", "Go");
  made.version = 5;
  lists.list.put(made);
  auto older = made;
  older.version = 4;
  older.name = "older";
  lists.list.put(older);
  const auto everything = [](const Listing&) { return true; };
  CHECK(lists.list.page({}, everything)->items.front().name == "one");
  auto closed = made;
  closed.closed = true;
  lists.list.put(closed);
  CHECK(lists.list.size() == 0);
  lists.list.put(made);
  CHECK(lists.list.size() == 0);
}

}  // namespace netherlink::room
