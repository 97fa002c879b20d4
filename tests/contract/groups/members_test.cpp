#include <algorithm>

#include "contract/groups/group_fixture.hpp"

namespace netherlink::im::testing {
namespace {

constexpr Timestamp far = 4'000'000'000'000;

}  // namespace

TEMPLATE_LIST_TEST_CASE("members: roles and muting change, and are told to whom they concern", "[groups]", Engines) {
  Groups<TestType> f;
  const auto id = f.make(1, {2, 3, 4});
  auto member = must(f.service.change_member(1, id, 2, {Role::admin, std::nullopt}));
  CHECK(member.role == Role::admin);
  auto notice = f.notice();
  CHECK(notice.changed == Users{2});
  CHECK(notice.extra == R"({"event":"group.member_changed","user_id":"2","user_ids":["2"],"role":"admin"})");
  auto told = f.events.take_updated_for();
  REQUIRE(told.size() == 1);
  CHECK(told[0].second == member);
  CHECK(f.events.take_updated().empty());

  member = must(f.service.change_member(2, id, 3, {std::nullopt, far}));
  CHECK(member.muted_until == far);
  CHECK(f.membership(id, 3)->muted_until == far);
  CHECK(f.notice().extra == R"({"event":"group.member_changed","user_id":"3","user_ids":["3"],)"
                            R"("muted_until":"2096-10-02T07:06:40.000Z"})");
  CHECK(must(f.service.change_member(2, id, 3, {std::nullopt, far})).muted_until == far);
  CHECK(f.events.take_notices().empty());
  CHECK(must(f.service.change_member(2, id, 3, {std::nullopt, 0})).muted_until == 0);
  CHECK(f.notice().content == "A member may write again.");
  CHECK(code_of(f.service.change_member(2, id, 3, {std::nullopt, 1})) == "request.invalid");
  CHECK(code_of(f.service.change_member(2, id, 3, {Role::admin, std::nullopt})) == "group.forbidden");
  CHECK(code_of(f.service.change_member(2, id, 1, {std::nullopt, far})) == "group.forbidden");
  CHECK(code_of(f.service.change_member(1, id, 1, {Role::member, std::nullopt})) == "group.forbidden");
  CHECK(code_of(f.service.change_member(1, id, 9, {Role::admin, std::nullopt})) == "resource.not_found");
  CHECK(code_of(f.service.change_member(9, id, 9, {Role::admin, std::nullopt})) == "resource.not_found");
  CHECK(must(f.service.change_member(1, id, 2, {Role::member, far})).role == Role::member);
  CHECK(f.membership(id, 2)->muted_until == far);
  f.check_whole(id);
}

TEMPLATE_LIST_TEST_CASE("members: who is removed or banned is out", "[groups]", Engines) {
  Groups<TestType> f;
  const auto id = f.make(1, {2, 3, 4});
  f.promote(id, 2);
  CHECK(code_of(f.service.remove(3, id, 4)) == "group.forbidden");
  CHECK(code_of(f.service.remove(2, id, 1)) == "group.forbidden");
  CHECK(code_of(f.service.remove(2, id, 9)) == "resource.not_found");
  CHECK(code_of(f.service.remove(9, id, 3)) == "resource.not_found");
  must(f.service.remove(2, id, 3));
  auto notice = f.notice();
  CHECK(notice.left == Users{3});
  CHECK(notice.actor == 2);
  must(f.service.ban(2, id, 4));
  notice = f.notice();
  CHECK(notice.left == Users{4});
  CHECK(notice.extra == R"({"event":"group.member_banned","user_id":"4","user_ids":["4"]})");
  // Banning a stranger is nobody's business.
  must(f.service.ban(2, id, 5));
  CHECK(f.events.take_notices().empty());
  CHECK(code_of(f.service.ban(2, id, 77)) == "user.not_found");
  CHECK(code_of(f.service.ban(2, id, 1)) == "group.forbidden");
  CHECK(code_of(f.service.ban(2, id, 2)) == "group.forbidden");
  const auto link = must(f.service.make_link(1, id, {}, {}));
  CHECK(must(f.service.join(3, link.code)));
  CHECK(code_of(f.service.join(4, link.code)) == "group.forbidden");
  must(f.service.unban(2, id, 4));
  CHECK(must(f.service.join(4, link.code)));
  // Adding somebody on purpose lifts the ban.
  CHECK(must(f.service.add(1, id, Users{5})).size() == 1);
  CHECK(must(f.service.bans(1, id, {}, 10)).items.empty());
  CHECK(f.members(id) == Users{1, 2, 3, 4, 5});
  f.check_whole(id);
}

TEMPLATE_LIST_TEST_CASE("members: the eldest admin, then member, owns what the owner leaves", "[groups]", Engines) {
  Groups<TestType> f;
  const auto id = f.make(1, {4});
  must(f.service.add(1, id, Users{3}));
  must(f.service.add(1, id, Users{2}));
  f.promote(id, 2);
  must(f.service.change_member(1, id, 2, {std::nullopt, far}));
  f.forget_told();
  must(f.service.leave(1, id));
  CHECK(f.role(id, 2) == Role::owner);
  CHECK(f.membership(id, 2)->muted_until == 0);
  const auto notice = f.notice();
  CHECK(notice.left == Users{1});
  CHECK(notice.changed == Users{2});
  CHECK(notice.extra == R"({"event":"group.member_left","user_id":"1","user_ids":["1"],"owner_id":"2"})");
  CHECK(f.events.take_updated().size() == 1);
  f.check_whole(id);
  must(f.service.leave(2, id));
  CHECK(f.role(id, 4) == Role::owner);
  must(f.service.remove(3, id, 3));
  CHECK(f.role(id, 4) == Role::owner);
  f.check_whole(id);
  CHECK(code_of(f.service.leave(3, id)) == "resource.not_found");
  f.forget_told();
  must(f.service.leave(4, id));
  CHECK(f.notice().left == Users{4});
  CHECK_FALSE(must(f.database->groups().led(id)));
}

TEMPLATE_LIST_TEST_CASE("members: a group is handed over by its owner", "[groups]", Engines) {
  Groups<TestType> f;
  const auto id = f.make(1, {2, 3});
  CHECK(code_of(f.service.transfer(2, id, 3)) == "group.forbidden");
  CHECK(code_of(f.service.transfer(1, id, 1)) == "group.forbidden");
  CHECK(code_of(f.service.transfer(1, id, 9)) == "resource.not_found");
  CHECK(code_of(f.service.transfer(9, id, 2)) == "resource.not_found");
  must(f.service.transfer(1, id, 2));
  CHECK(f.role(id, 1) == Role::admin);
  CHECK(f.role(id, 2) == Role::owner);
  auto changed = f.notice().changed;
  std::ranges::sort(changed);
  CHECK(changed == Users{1, 2});
  const auto updated = f.events.take_updated();
  REQUIRE(updated.size() == 1);
  CHECK(updated[0].group.owner_id == 2);
  CHECK(updated[0].leaders.size() == 2);
  CHECK(code_of(f.service.transfer(1, id, 3)) == "group.forbidden");
  f.check_whole(id);
}

TEMPLATE_LIST_TEST_CASE("members: many who leave at once leave nothing behind", "[groups]", Engines) {
  Groups<TestType> f;
  for (int round = 0; round < 5; ++round) {
    const auto id = f.make(1, {2, 3, 4, 5});
    in_parallel(5, [&](int i) { must(f.service.leave(1 + i, id)); });
    CHECK_FALSE(must(f.database->groups().led(id)));
    CHECK(f.members(id).empty());
    std::size_t left = 0;
    for (const auto& notice : must(f.database->notices().find(f.events.take_notices()))) left += notice.left.size();
    CHECK(left == 5);
  }
}

TEMPLATE_LIST_TEST_CASE("members: an owner who leaves and one who is handed the group make one owner", "[groups]",
                        Engines) {
  Groups<TestType> f;
  for (int round = 0; round < 8; ++round) {
    const auto id = f.make(1, {2, 3});
    in_parallel(3, [&](int i) {
      if (i == 0) (void)f.service.transfer(1, id, 2);
      if (i == 1) (void)f.service.leave(1, id);
      if (i == 2) (void)f.service.leave(2, id);
    });
    CHECK(f.members(id) == Users{3});
    CHECK(f.role(id, 3) == Role::owner);
    f.check_whole(id);
  }
}

TEMPLATE_LIST_TEST_CASE("members: the last place is taken once", "[groups]", Engines) {
  Groups<TestType> f({.members = 4});
  for (int round = 0; round < 4; ++round) {
    const auto id = f.make(1, {2, 3});
    const auto link = must(f.service.make_link(1, id, {}, {}));
    std::atomic<int> in{0}, full{0};
    in_parallel(4, [&](int i) {
      const auto code = i < 2 ? code_of(f.service.join(4 + i, link.code)) : code_of(f.service.add(1, id, Users{4 + i}));
      if (code.empty()) ++in;
      if (code == "group.full") ++full;
    });
    CHECK(in == 1);
    CHECK(full == 3);
    f.check_whole(id);
  }
}

TEMPLATE_LIST_TEST_CASE("members: a place in one more group is taken once", "[groups]", Engines) {
  Groups<TestType> f({.per_user = 1});
  const auto a = f.make(1), b = f.make(2);
  const auto to_a = must(f.service.make_link(1, a, {}, {})), to_b = must(f.service.make_link(2, b, {}, {}));
  for (UserId user = 3; user <= 8; ++user) {
    std::atomic<int> in{0}, many{0};
    in_parallel(2, [&](int i) {
      const auto code = code_of(f.service.join(user, i == 0 ? to_a.code : to_b.code));
      if (code.empty()) ++in;
      if (code == "group.too_many") ++many;
    });
    CHECK(in == 1);
    CHECK(many == 1);
  }
  f.check_whole(a);
  f.check_whole(b);
}

TEMPLATE_LIST_TEST_CASE("members: who is banned while joining is out in the end", "[groups]", Engines) {
  Groups<TestType> f;
  const auto id = f.make();
  const auto link = must(f.service.make_link(1, id, {}, {}));
  for (UserId user = 2; user <= 8; ++user) {
    in_parallel(2, [&](int i) {
      if (i == 0) (void)f.service.join(user, link.code);
      if (i == 1) must(f.service.ban(1, id, user));
    });
    CHECK_FALSE(f.role(id, user));
    CHECK(code_of(f.service.join(user, link.code)) == "group.forbidden");
  }
  f.check_whole(id);
}

}  // namespace netherlink::im::testing
