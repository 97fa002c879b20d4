#include "room/edit.hpp"

#include <algorithm>
#include <random>

#include "support/catch.hpp"

namespace netherlink::room {
namespace {

constexpr Timestamp now = 1000;

/// A room of user 1 with room for four, after `others` took seats.
Draft room_with(const std::vector<UserId>& others = {}) {
  Draft draft;
  draft.id = 7;
  Room room;
  room.id = 7;
  room.owner_id = 1;
  room.max_players = 4;
  Edit(draft, now).open(room, true);
  for (const auto user : others) Edit(draft, now + user).take_seat(user, true, "somebody");
  draft.notices.clear();
  return draft;
}

std::string code_of(const core::result<void>& result) {
  return result ? std::string() : std::string(result.error().code().name);
}

}  // namespace

TEST_CASE("room: it goes from waiting to playing to ended and back, by its owner alone", "[room]") {
  auto draft = room_with({2});
  Edit edit(draft, now);
  CHECK(code_of(edit.finish(1, "ada")) == "room.wrong_state");
  CHECK(code_of(edit.reopen(1, "ada")) == "room.wrong_state");
  CHECK(code_of(edit.start(2, "bob")) == "room.forbidden");
  CHECK(code_of(Edit(draft, now).set_ready(2, true)).empty());
  CHECK(code_of(edit.start(1, "ada")).empty());
  CHECK(draft.room->status == Status::playing);
  CHECK(code_of(edit.start(1, "ada")) == "room.wrong_state");
  CHECK(code_of(edit.set_ready(2, false)) == "room.wrong_state");
  CHECK(code_of(edit.reopen(1, "ada")) == "room.wrong_state");
  CHECK(code_of(edit.finish(2, "bob")) == "room.forbidden");
  CHECK(code_of(edit.finish(1, "ada")).empty());
  CHECK(draft.room->status == Status::ended);
  CHECK(code_of(edit.set_ready(2, false)) == "room.wrong_state");
  CHECK(code_of(edit.reopen(2, "bob")) == "room.forbidden");
  CHECK(code_of(edit.reopen(1, "ada")).empty());
  CHECK(draft.room->status == Status::waiting);
  CHECK_FALSE(draft.room->seat_of(2)->ready);
}

TEST_CASE("room: it starts when all others are ready, and a lone owner need not wait", "[room]") {
  auto alone = room_with();
  CHECK(code_of(Edit(alone, now).start(1, "ada")).empty());
  auto draft = room_with({2, 3});
  CHECK(Edit(draft, now).set_ready(2, true));
  Draft before = draft;
  CHECK(code_of(Edit(before, now).start(1, "ada")) == "room.not_ready");
  CHECK(Edit(draft, now).set_ready(3, true));
  CHECK(code_of(Edit(draft, now).start(1, "ada")).empty());
}

TEST_CASE("room: it passes on to who sits longest and is there, and ends with the last one", "[room]") {
  auto draft = room_with({2, 3, 4});
  draft.room->seat_of(2)->dropped_at = now;
  Edit edit(draft, now);
  edit.give_up_seat(1, Leave::left, 1, "ada");
  CHECK(draft.room->owner_id == 3);
  REQUIRE(draft.notices.size() == 2);
  CHECK(draft.notices[0].left == std::vector<UserId>{1});
  CHECK(draft.notices[1].changed == std::vector<UserId>{3});
  edit.give_up_seat(3, Leave::kicked, 3, "eve");
  CHECK(draft.room->owner_id == 4);
  edit.give_up_seat(4, Leave::left, 4, "dan");
  CHECK(draft.room->owner_id == 2);
  edit.give_up_seat(2, Leave::dropped, 2, "bob");
  CHECK_FALSE(draft.room);
  const auto news = edit.news();
  REQUIRE(news);
  CHECK_FALSE(news->after);
  CHECK(news->closed == "empty");
  CHECK(news->left.size() == 4);
}

TEST_CASE("room: nothing is told of what changed nothing", "[room]") {
  auto draft = room_with({2});
  Edit edit(draft, now);
  edit.hand_over(1, 1);
  CHECK(edit.set_ready(2, false));
  CHECK_FALSE(edit.news());
  CHECK(draft.notices.empty());
  edit.hand_over(2, 1);
  REQUIRE(edit.news());
  CHECK(edit.news()->after->owner_id == 2);
  REQUIRE(draft.notices.size() == 1);
  CHECK(draft.notices[0].changed == std::vector<UserId>{2, 1});
}

TEST_CASE("room: whatever is done in whatever order, it stays a room", "[room]") {
  std::mt19937 random(20260131);
  const auto pick = [&](int below) { return static_cast<int>(random() % static_cast<unsigned>(below)); };
  for (int round = 0; round < 200; ++round) {
    auto draft = room_with();
    for (int step = 0; step < 60 && draft.room; ++step) {
      const UserId user = 1 + pick(6);
      const bool sits = draft.room->seat_of(user) != nullptr;
      const auto before = *draft.room;
      Edit edit(draft, now + step);
      switch (pick(7)) {
        case 0:
        case 1:
          if (!sits && before.has_space() && before.status != Status::playing) edit.take_seat(user, pick(2) == 0, "x");
          break;
        case 2:
          if (sits) edit.give_up_seat(user, static_cast<Leave>(pick(3)), user, "x");
          break;
        case 3:
          if (sits) (void)edit.set_ready(user, pick(2) == 0);
          break;
        case 4:
          if (edit.start(user, "x")) {
            CHECK(before.status == Status::waiting);
            CHECK(before.owner_id == user);
            CHECK(std::ranges::all_of(before.seats, [&](auto& seat) { return seat.ready || seat.user_id == user; }));
          }
          break;
        case 5:
          if (edit.finish(user, "x")) CHECK(before.status == Status::playing);
          break;
        case 6:
          if (edit.reopen(user, "x")) CHECK(before.status == Status::ended);
          break;
      }
      if (!draft.room) continue;
      CHECK(draft.room->seat_of(draft.room->owner_id) != nullptr);
      CHECK(draft.room->seats.size() <= draft.room->max_players);
      CHECK_FALSE(draft.room->seats.empty());
    }
  }
}

}  // namespace netherlink::room
