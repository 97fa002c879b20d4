#include <algorithm>

#include "contract/groups/group_fixture.hpp"

namespace netherlink::im::testing {

TEMPLATE_LIST_TEST_CASE("groups: one is made whole, and told", "[groups]", Engines) {
  Groups<TestType> f;
  auto settings = f.named("Gr\u00FC\u00DFe: 'quoted' :name \U0001F44B");
  settings.announcement = "line\nby line";
  settings.avatar_url = "https://example.org/a.png";
  settings.history = GroupHistory::all;
  settings.join = GroupJoin::request;
  const auto made = must(f.service.create(1, settings, Users{3, 2, 3, 1}));
  CHECK(made.my_role == Role::owner);
  CHECK(made.group.member_count == 3);
  const auto read = must(f.service.find(2, made.group.id));
  CHECK(read.group == made.group);
  CHECK(read.my_role == Role::member);
  CHECK(read.group.name == settings.name);
  CHECK(read.group.announcement == settings.announcement);
  CHECK(read.group.avatar_url == settings.avatar_url);
  CHECK(read.group.join == GroupJoin::request);
  f.check_whole(made.group.id);
  const auto conversation = made.group.conversation().text;
  CHECK(must(f.database->conversations().titles(std::vector{conversation})).at(conversation) == settings.name);

  const auto notice = f.notice();
  CHECK(notice.conversation.text == conversation);
  CHECK(notice.actor == 1);
  auto joined = notice.joined;
  std::ranges::sort(joined);
  CHECK(joined == Users{1, 2, 3});
  CHECK(notice.joined_seq == 0);
  CHECK(notice.extra == R"({"event":"group.created","user_ids":["3","2"]})");
  const auto updated = f.events.take_updated();
  REQUIRE(updated.size() == 1);
  CHECK(updated[0].group == made.group);
  REQUIRE(updated[0].leaders.size() == 1);
  CHECK(updated[0].leaders[0].role == Role::owner);
}

TEMPLATE_LIST_TEST_CASE("groups: who cannot be added is not, and nobody with them", "[groups]", Engines) {
  Groups<TestType> f;
  CHECK(code_of(f.service.create(2, f.named(), Users{1, 3})) == "user.not_reachable");
  CHECK(code_of(f.service.create(1, f.named(), Users{2, 77})) == "user.not_found");
  CHECK(must(f.service.groups(1, {}, 10)).items.empty());
  const auto id = f.make(1, {2});
  must(f.friends.block(4, 1));
  CHECK(code_of(f.service.add(1, id, Users{3, 4})) == "user.not_reachable");
  CHECK(code_of(f.service.add(1, id, Users{3, 77})) == "user.not_found");
  must(f.database->users().erase(5, "hash", 5));
  CHECK(code_of(f.service.add(1, id, Users{3, 5})) == "user.not_found");
  CHECK(f.members(id) == Users{1, 2});
  CHECK(f.events.take_notices().empty());
  // Whoever is in it stays in it, and need be nobody's friend to be passed over.
  must(f.friends.block(2, 1));
  CHECK(must(f.service.add(1, id, Users{2, 3})).size() == 1);
  CHECK(f.notice().joined == Users{3});
  CHECK(must(f.service.add(1, id, Users{2, 3, 1})).empty());
  CHECK(f.events.take_notices().empty());
  f.check_whole(id);
}

TEMPLATE_LIST_TEST_CASE("groups: texts and counts have their bounds", "[groups]", Engines) {
  Groups<TestType> f(
      {.members = 3, .per_user = 2, .added = 4, .links = 2, .bans = 1, .name_bytes = 8, .announcement_bytes = 4});
  for (const auto* name : {"", " x", "x ", "a\nb", "123456789", "\u200B"}) {
    INFO(name);
    CHECK(code_of(f.service.create(1, f.named(name), {})) == "request.invalid");
  }
  auto settings = f.named("12345678");
  settings.announcement = "12345";
  CHECK(code_of(f.service.create(1, settings, {})) == "request.invalid");
  settings.announcement = "1234";
  settings.avatar_url = "ftp://x";
  CHECK(code_of(f.service.create(1, settings, {})) == "request.invalid");
  settings.avatar_url = "";
  CHECK(code_of(f.service.create(1, settings, Users{2, 3, 4})) == "group.full");
  CHECK(code_of(f.service.create(1, settings, Users{2, 3, 4, 5, 6})) == "request.invalid");
  const auto id = f.make(1, {2, 3}, settings);
  CHECK(code_of(f.service.add(1, id, Users{4})) == "group.full");
  f.make(1);
  CHECK(code_of(f.service.create(1, f.named(), {})) == "group.too_many");
  must(f.service.ban(1, id, 8));
  must(f.service.ban(1, id, 8));
  CHECK(code_of(f.service.ban(1, id, 9)) == "group.too_many");
  for (int i = 0; i < 2; ++i) must(f.service.make_link(1, id, {}, {}));
  CHECK(code_of(f.service.make_link(1, id, {}, {})) == "group.too_many");
}

TEMPLATE_LIST_TEST_CASE("groups: what is changed is told, what is not is not", "[groups]", Engines) {
  Groups<TestType> f;
  const auto id = f.make(1, {2, 3});
  GroupSettings settings;
  settings.name = "Nether";
  CHECK(must(f.service.edit(1, id, settings)).group.name == "Nether");
  CHECK(f.events.take_notices().empty());
  CHECK(f.events.take_updated().empty());
  settings.name = "Overworld";
  CHECK(must(f.service.edit(1, id, settings)).group.name == "Overworld");
  CHECK(f.notice().extra == R"({"event":"group.changed","fields":["name"],"name":"Overworld"})");
  CHECK(f.events.take_updated().size() == 1);
  CHECK(must(f.database->conversations().titles(std::vector{ConversationId::group(id).text})).begin()->second ==
        "Overworld");
  CHECK(code_of(f.service.edit(2, id, settings)) == "group.forbidden");
  CHECK(code_of(f.service.edit(4, id, settings)) == "resource.not_found");
  CHECK(code_of(f.service.dissolve(2, id)) == "group.forbidden");
  must(f.service.dissolve(1, id));
  CHECK(code_of(f.service.find(1, id)) == "resource.not_found");
  const auto notice = f.notice();
  CHECK(notice.left == Users{1, 2, 3});
  CHECK(notice.content.empty());
  CHECK(f.members(id).empty());
  CHECK(code_of(f.service.dissolve(1, id)) == "resource.not_found");
}

TEMPLATE_LIST_TEST_CASE("groups: newcomers read what the group lets them", "[groups]", Engines) {
  Groups<TestType> f;
  const auto id = f.make(1, {2});
  CHECK(f.membership(id, 2)->visible_after == 0);
  // As if there were messages: the heads are read before the transaction.
  GroupRepository::Ask ask;
  ask.group = id;
  ask.actor = 1;
  ask.people = ask.joining = {3};
  ask.last_seq = 5;
  ask.notice = 9;
  const auto add = [](GroupDraft& draft) -> core::result<void> {
    for (auto& person : draft.people) {
      if (!person.member) person.member = GroupMember{person.user_id, Role::member, 0, 1};
    }
    return {};
  };
  must(f.database->groups().change(ask, add));
  CHECK(f.membership(id, 3)->joined_seq == 5);
  CHECK(f.membership(id, 3)->visible_after == 5);
  GroupSettings settings;
  settings.history = GroupHistory::all;
  must(f.service.edit(1, id, settings));
  CHECK(f.notice().changed == Users{3});
  CHECK(f.membership(id, 3)->visible_after == 0);
  CHECK(f.membership(id, 3)->joined_seq == 5);
  ask.people = ask.joining = {4};
  ask.notice = 10;
  must(f.database->groups().change(ask, add));
  CHECK(f.membership(id, 4)->visible_after == 0);
  settings.history = GroupHistory::joined;
  must(f.service.edit(1, id, settings));
  CHECK(f.membership(id, 4)->visible_after == 0);
}

TEMPLATE_LIST_TEST_CASE("groups: a deleted account leaves all of them", "[groups]", Engines) {
  Groups<TestType> f;
  const auto owned = f.make(1, {2, 3}), alone = f.make(1), other = f.make(2, {1});
  f.promote(owned, 3);
  const auto waiting = f.make(4, {}, f.joined_by(GroupJoin::request));
  const auto link = must(f.service.make_link(4, waiting, {}, {}));
  CHECK_FALSE(must(f.service.join(1, link.code)));
  must(f.service.ban(4, waiting, 5));
  must(f.database->users().erase(1, "hash", 5));
  for (int i = 0; i < 2; ++i) must(f.service.forget(1));
  CHECK(f.role(owned, 3) == Role::owner);
  CHECK(f.members(owned) == Users{2, 3});
  CHECK(f.members(other) == Users{2});
  CHECK(f.members(alone).empty());
  CHECK(must(f.service.requests(4, waiting, {}, 10)).items.empty());
  CHECK(code_of(f.service.join(1, link.code)) == "auth.session_revoked");
  f.check_whole(owned);
  f.check_whole(other);
}

TEMPLATE_LIST_TEST_CASE("groups: whoever is deleted while being added is in no group", "[groups]", Engines) {
  Groups<TestType> f;
  const auto id = f.make();
  for (UserId user = 2; user <= 5; ++user) {
    in_parallel(2, [&](int i) {
      if (i == 0) (void)f.service.add(1, id, Users{user});
      if (i == 1) {
        must(f.database->users().erase(user, "hash", 5));
        must(f.service.forget(user));
      }
    });
    CHECK(f.members(id) == Users{1});
  }
  f.check_whole(id);
}

TEMPLATE_LIST_TEST_CASE("groups: lists page while they change", "[groups]", Engines) {
  Groups<TestType> f({}, 12);
  std::vector<GroupId> made;
  for (int i = 0; i < 5; ++i) made.push_back(f.make(2, {1}));
  std::vector<GroupId> seen;
  std::optional<std::int64_t> cursor;
  do {
    const auto page = must(f.service.groups(1, cursor, 2));
    for (const auto& own : page.items) {
      seen.push_back(own.group.id);
      must(f.service.leave(1, own.group.id));
      f.make(1);
    }
    cursor = page.next;
  } while (cursor);
  std::ranges::reverse(seen);
  CHECK(seen == made);

  const auto id = f.make(1, {2, 3, 4, 5, 6, 7, 8});
  Users people;
  do {
    const auto page = must(f.service.members(1, id, cursor, 3));
    for (const auto& member : page.items) {
      people.push_back(member.user_id);
      if (member.user_id != 1) must(f.service.ban(1, id, member.user_id));
    }
    cursor = page.next;
  } while (cursor);
  CHECK(people == Users{1, 2, 3, 4, 5, 6, 7, 8});
  people.clear();
  do {
    const auto page = must(f.service.bans(1, id, cursor, 3));
    for (const auto& ban : page.items) {
      people.push_back(ban.user_id);
      CHECK(ban.banned_by == 1);
      must(f.service.unban(1, id, ban.user_id));
    }
    cursor = page.next;
  } while (cursor);
  CHECK(people == Users{2, 3, 4, 5, 6, 7, 8});
}

}  // namespace netherlink::im::testing
