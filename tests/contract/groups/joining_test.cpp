#include <algorithm>

#include "contract/groups/group_fixture.hpp"

namespace netherlink::im::testing {

TEMPLATE_LIST_TEST_CASE("joining: a link opens its group until it is ended", "[groups]", Engines) {
  Groups<TestType> f;
  const auto id = f.make();
  const auto link = must(f.service.make_link(1, id, 3600, 3));
  CHECK(link.code.size() == 12);
  CHECK(link.expires_at - link.created_at == 3'600'000);
  CHECK(must(f.database->groups().find_link(link.code))->max_uses == 3);
  const auto joined = must(f.service.join(2, link.code));
  REQUIRE(joined);
  CHECK(joined->my_role == Role::member);
  CHECK(joined->group.member_count == 2);
  const auto notice = f.notice();
  CHECK(notice.joined == Users{2});
  CHECK(notice.actor == 2);
  CHECK(f.events.take_updated().size() == 1);
  // Who is in it already costs no use.
  for (const UserId again : {2, 1}) CHECK(must(f.service.join(again, link.code))->group.id == id);
  CHECK(must(f.database->groups().find_link(link.code))->uses == 1);
  CHECK(f.events.take_notices().empty());
  for (const auto* wrong : {"", "x", "nl2_Xb0fTq9e"}) CHECK(code_of(f.service.join(3, wrong)) == "group.link_invalid");
  CHECK(code_of(f.service.join(3, std::string(1000, 'x'))) == "group.link_invalid");

  const auto second = must(f.service.make_link(1, id, {}, {}));
  CHECK(code_of(f.service.make_link(2, id, {}, {})) == "group.forbidden");
  CHECK(code_of(f.service.end_links(2, id, "")) == "group.forbidden");
  CHECK(code_of(f.service.end_links(3, id, "")) == "resource.not_found");
  must(f.service.end_links(1, id, link.code));
  CHECK(code_of(f.service.join(3, link.code)) == "group.link_invalid");
  CHECK(must(f.service.join(3, second.code)));
  for (int i = 0; i < 2; ++i) must(f.service.end_links(1, id, ""));
  CHECK(code_of(f.service.join(4, second.code)) == "group.link_invalid");
  f.check_whole(id);
}

TEMPLATE_LIST_TEST_CASE("joining: a link is of one group alone, and ends with it", "[groups]", Engines) {
  Groups<TestType> f;
  const auto one = f.make(), other = f.make();
  const auto link = must(f.service.make_link(1, one, {}, {}));
  must(f.service.end_links(1, other, link.code));
  must(f.service.end_links(1, other, ""));
  CHECK(must(f.service.join(2, link.code)));
  must(f.service.dissolve(1, one));
  CHECK(code_of(f.service.join(3, link.code)) == "group.link_invalid");
}

TEMPLATE_LIST_TEST_CASE("joining: a link that is over opens nothing", "[groups]", Engines) {
  Groups<TestType> f({.links = 1});
  const auto id = f.make();
  GroupRepository::Ask ask;
  ask.group = id;
  ask.actor = 1;
  ask.now = 1000;
  must(f.database->groups().change(ask, [&](GroupDraft& draft) -> core::result<void> {
    draft.new_link = GroupLink{"expired-code", id, 1, 1000, 2000, 0, 0};
    return {};
  }));
  CHECK(code_of(f.service.join(2, "expired-code")) == "group.link_invalid");
  // And takes no room from those that do.
  const auto link = must(f.service.make_link(1, id, {}, 1));
  CHECK_FALSE(must(f.database->groups().find_link("expired-code")));
  CHECK(code_of(f.service.make_link(1, id, {}, {})) == "group.too_many");
  CHECK(must(f.service.join(2, link.code)));
  CHECK(code_of(f.service.join(3, link.code)) == "group.link_invalid");
  CHECK(must(f.service.join(2, link.code)));
  must(f.service.make_link(1, id, {}, {}));
}

TEMPLATE_LIST_TEST_CASE("joining: a link is used as often as it may be, whoever races", "[groups]", Engines) {
  Groups<TestType> f;
  for (int round = 0; round < 4; ++round) {
    const auto id = f.make();
    const auto link = must(f.service.make_link(1, id, {}, 3));
    std::atomic<int> in{0}, invalid{0};
    in_parallel(8, [&](int i) {
      const auto code = code_of(f.service.join(2 + i, link.code));
      if (code.empty()) ++in;
      if (code == "group.link_invalid") ++invalid;
    });
    CHECK(in == 3);
    CHECK(invalid == 5);
    CHECK(f.members(id).size() == 4);
    f.check_whole(id);
  }
}

TEMPLATE_LIST_TEST_CASE("joining: the same person at once joins once", "[groups]", Engines) {
  Groups<TestType> f;
  const auto id = f.make();
  const auto link = must(f.service.make_link(1, id, {}, {}));
  in_parallel(4, [&](int) { CHECK(must(f.service.join(2, link.code))); });
  CHECK(must(f.database->groups().find_link(link.code))->uses == 1);
  CHECK(f.events.take_notices().size() == 1);
  f.check_whole(id);
}

TEMPLATE_LIST_TEST_CASE("joining: where it is asked for, admins let people in", "[groups]", Engines) {
  Groups<TestType> f({.requests = 3});
  const auto id = f.make(1, {2}, f.joined_by(GroupJoin::request));
  f.promote(id, 2);
  const auto link = must(f.service.make_link(2, id, {}, 4));
  for (int i = 0; i < 2; ++i) CHECK_FALSE(must(f.service.join(3, link.code)));
  CHECK(must(f.database->groups().find_link(link.code))->uses == 1);
  // Admins alone hear of it.
  CHECK(f.events.take_notices().empty());
  CHECK(f.events.take_updated().empty());
  const auto told = f.events.take_updated_for();
  REQUIRE(told.size() == 2);
  CHECK(told[0].first == 1);
  for (const UserId user : {4, 5}) CHECK_FALSE(must(f.service.join(user, link.code)));
  CHECK(code_of(f.service.join(6, link.code)) == "group.too_many");
  CHECK(must(f.database->groups().find_link(link.code))->uses == 3);
  CHECK(f.members(id) == Users{1, 2});
  CHECK(must(f.service.find(2, id)).group.pending_requests == 3);
  CHECK(code_of(f.service.requests(9, id, {}, 10)) == "resource.not_found");
  const auto first = must(f.service.requests(2, id, {}, 2));
  CHECK(first.items.size() == 2);
  CHECK(must(f.service.requests(2, id, first.next, 2)).items.size() == 1);

  f.forget_told();
  CHECK(must(f.service.accept(2, id, 3)).role == Role::member);
  CHECK(f.notice().joined == Users{3});
  CHECK(must(f.service.accept(2, id, 3)).user_id == 3);
  CHECK(f.events.take_notices().empty());
  CHECK(code_of(f.service.accept(3, id, 4)) == "group.forbidden");
  must(f.service.reject(2, id, 4));
  CHECK(code_of(f.service.reject(2, id, 4)) == "resource.not_found");
  CHECK(code_of(f.service.accept(2, id, 4)) == "resource.not_found");
  CHECK(f.events.take_notices().empty());
  // A ban takes the request with it.
  must(f.service.ban(2, id, 5));
  CHECK(must(f.service.requests(1, id, {}, 10)).items.empty());
  CHECK(f.members(id) == Users{1, 2, 3});
  f.check_whole(id);
}

TEMPLATE_LIST_TEST_CASE("joining: where nobody is let in by links, none is made and none works", "[groups]", Engines) {
  Groups<TestType> f;
  const auto id = f.make();
  const auto link = must(f.service.make_link(1, id, {}, {}));
  GroupSettings settings;
  settings.join = GroupJoin::invite;
  must(f.service.edit(1, id, settings));
  CHECK(code_of(f.service.make_link(1, id, {}, {})) == "group.forbidden");
  CHECK(code_of(f.service.join(2, link.code)) == "group.link_invalid");
  CHECK(must(f.service.add(1, id, Users{2})).size() == 1);
  settings.join = GroupJoin::link;
  must(f.service.edit(1, id, settings));
  CHECK(must(f.service.join(3, link.code)));
}

TEMPLATE_LIST_TEST_CASE("joining: a request is answered once, by one answer", "[groups]", Engines) {
  Groups<TestType> f;
  const auto id = f.make(1, {2}, f.joined_by(GroupJoin::request));
  f.promote(id, 2);
  const auto link = must(f.service.make_link(1, id, {}, {}));
  for (UserId user = 3; user <= 8; ++user) {
    (void)must(f.service.join(user, link.code));
    f.forget_told();
    std::atomic<int> accepted{0}, rejected{0};
    in_parallel(2, [&](int i) {
      if (i == 0 && f.service.accept(1, id, user)) ++accepted;
      if (i == 1 && f.service.reject(2, id, user)) ++rejected;
    });
    CHECK(accepted + rejected == 1);
    CHECK(f.role(id, user).has_value() == (accepted == 1));
  }
  f.check_whole(id);
}

}  // namespace netherlink::im::testing
