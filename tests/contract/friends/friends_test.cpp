#include <algorithm>

#include "contract/friends/friend_fixture.hpp"

namespace netherlink::friends::testing {
namespace {

using Strings = std::vector<std::string>;

}  // namespace

TEMPLATE_LIST_TEST_CASE("a request is stored as it was made, and answered once", "[friends]", Engines) {
  Friends<TestType> f;
  const auto made = must(f.service.request(1, 2, "Grüße \U0001F44B: 'quoted' :name"));
  CHECK(must(f.database->friends().find_request(made.id)) == made);
  CHECK(must(f.service.requests(2, true, {}, 10)).items == std::vector{made});
  CHECK(must(f.service.requests(1, false, {}, 10)).items == std::vector{made});
  CHECK(must(f.service.requests(1, true, {}, 10)).items.empty());
  CHECK(code_of(f.service.accept(1, made.id)) == "resource.not_found");
  CHECK(code_of(f.service.accept(3, made.id)) == "resource.not_found");
  CHECK(must(f.service.accept(2, made.id)).status == Request::Status::accepted);
  CHECK(must(f.service.accept(2, made.id)).status == Request::Status::accepted);
  CHECK(code_of(f.service.reject(2, made.id)) == "resource.not_found");
  CHECK(f.are_friends(1, 2));
  CHECK(f.events.take() == Strings{"requested 1 2", "befriended 2 1"});
  const auto friends = must(f.service.friends(1, {}, 10)).items;
  REQUIRE(friends.size() == 1);
  CHECK(friends[0].user == 2);
  CHECK(friends[0].since > 0);
}

TEMPLATE_LIST_TEST_CASE("after a rejection the next request is a new one", "[friends]", Engines) {
  Friends<TestType> f;
  const auto first = must(f.service.request(1, 2, "first"));
  must(f.service.reject(2, first.id));
  CHECK(must(f.service.reject(2, first.id)).status == Request::Status::rejected);
  CHECK(f.events.take() == Strings{"requested 1 2", "withdrawn 1 2"});
  const auto second = must(f.service.request(1, 2, "second"));
  CHECK(second.id != first.id);
  CHECK(code_of(f.service.accept(2, first.id)) == "resource.not_found");
  must(f.service.accept(2, second.id));
  CHECK(f.are_friends(1, 2));
}

TEMPLATE_LIST_TEST_CASE("requests that cross make friends exactly once", "[friends]", Engines) {
  Friends<TestType> f;
  for (int round = 0; round < 20; ++round) {
    core::result<Request> made[2];
    in_parallel(2, [&](int i) { made[i] = f.service.request(i == 0 ? 1 : 2, i == 0 ? 2 : 1, ""); });
    for (const auto& one : made) REQUIRE(one.has_value());
    CHECK(f.are_friends(1, 2));
    const auto told = f.events.take();
    CHECK(std::ranges::count_if(told, [](const auto& text) { return text.starts_with("befriended"); }) == 1);
    CHECK(must(f.service.requests(1, true, {}, 10)).items.empty());
    CHECK(must(f.service.requests(2, true, {}, 10)).items.empty());
    must(f.service.remove(1, 2));
    f.events.take();
  }
}

TEMPLATE_LIST_TEST_CASE("the same done at once by many is done once", "[friends]", Engines) {
  Friends<TestType> f;
  std::atomic<int> asked{0}, pending{0}, blocked{0}, removed{0};
  in_parallel(4, [&](int) {
    const auto code = code_of(f.service.request(1, 2, ""));
    if (code.empty()) ++asked;
    if (code == "friend.request_pending") ++pending;
  });
  CHECK(asked == 1);
  CHECK(pending == 3);
  const auto request = must(f.service.requests(2, true, {}, 10)).items.front();
  f.events.take();
  in_parallel(4, [&](int) { must(f.service.accept(2, request.id)); });
  CHECK(f.events.take() == Strings{"befriended 2 1"});
  in_parallel(4, [&](int) {
    if (f.service.remove(2, 1)) ++removed;
  });
  CHECK(removed == 1);
  in_parallel(4, [&](int) {
    if (f.service.block(1, 2)) ++blocked;
  });
  CHECK(blocked == 4);
  CHECK(must(f.service.blocked(1, {}, 10)).items == std::vector<UserId>{2});
}

TEMPLATE_LIST_TEST_CASE("a block and a request at once leave a block alone", "[friends]", Engines) {
  Friends<TestType> f;
  for (int round = 0; round < 20; ++round) {
    in_parallel(2, [&](int i) {
      if (i == 0) must(f.service.block(1, 2));
      if (i == 1) (void)f.service.request(2, 1, "");
    });
    CHECK(f.standing(2, 1).blocked);
    CHECK(must(f.service.requests(1, true, {}, 10)).items.empty());
    CHECK(must(f.service.requests(2, false, {}, 10)).items.empty());
    must(f.service.unblock(1, 2));
  }
}

TEMPLATE_LIST_TEST_CASE("a block is felt on both sides and told to nobody", "[friends]", Engines) {
  Friends<TestType> f;
  f.befriend(1, 2);
  must(f.service.request(1, 3, ""));
  must(f.service.request(4, 1, ""));
  f.events.take();
  for (const UserId other : {2, 3, 4}) must(f.service.block(1, other));
  CHECK(f.events.take() == Strings{"separated 1 2", "withdrawn 4 1"});
  for (const UserId other : {2, 3, 4}) {
    CHECK_FALSE(f.standing(1, other).reachable());
    CHECK_FALSE(f.standing(other, 1).reachable());
    CHECK(code_of(f.service.request(other, 1, "")) == "user.not_reachable");
    CHECK(code_of(f.service.request(1, other, "")) == "user.not_reachable");
  }
  CHECK(must(f.service.blocked(1, {}, 2)).next == UserId{3});
  CHECK(must(f.service.blocked(1, UserId{3}, 2)).items == std::vector<UserId>{4});
  const auto before = f.events.changed();
  must(f.service.block(1, 2));
  must(f.service.unblock(2, 1));
  CHECK(f.events.changed() == before);
  must(f.service.unblock(1, 2));
  CHECK(f.standing(2, 1).reachable());
  CHECK_FALSE(f.are_friends(1, 2));
}

TEMPLATE_LIST_TEST_CASE("limits hold when many race for the last place", "[friends]", Engines) {
  Friends<TestType> f({.friends = 2, .pending_requests = 3, .blocks = 2, .message_bytes = 10});
  std::atomic<int> asked{0}, befriended{0}, blocked{0};
  in_parallel(6, [&](int i) {
    const auto code = code_of(f.service.request(1, 2 + i, ""));
    if (code.empty()) ++asked;
    if (!code.empty() && code != "friend.too_many") asked = 100;
  });
  CHECK(asked == 3);
  const auto requests = must(f.service.requests(1, false, {}, 10)).items;
  in_parallel(3, [&](int i) {
    const auto& request = requests[static_cast<std::size_t>(i)];
    if (f.service.accept(request.to, request.id)) ++befriended;
  });
  CHECK(befriended == 2);
  CHECK(must(f.service.friends(1, {}, 10)).items.size() == 2);
  in_parallel(5, [&](int i) {
    if (f.service.block(9, 1 + i)) ++blocked;
  });
  CHECK(blocked == 2);
  CHECK(code_of(f.service.request(8, 9, "12345678901")) == "request.invalid");
  CHECK(code_of(f.service.request(8, 8, "")) == "request.invalid");
  CHECK(code_of(f.service.block(8, 8)) == "request.invalid");
  CHECK(code_of(f.service.request(8, 77, "")) == "user.not_found");
  CHECK(code_of(f.service.request(77, 8, "")) == "auth.session_revoked");
}

TEMPLATE_LIST_TEST_CASE("a deleted account is nobody's friend, whoever asks meanwhile", "[friends]", Engines) {
  Friends<TestType> f;
  f.befriend(1, 2);
  must(f.service.request(1, 3, ""));
  must(f.service.block(4, 1));
  f.events.take();
  in_parallel(4, [&](int i) {
    if (i == 0) must(f.database->users().erase(1, "hash", 5));
    if (i != 0) (void)f.service.request(5 + i, 1, "");
  });
  must(f.service.forget(1));
  must(f.service.forget(1));
  CHECK(code_of(f.service.request(5, 1, "")) == "user.not_found");
  CHECK(code_of(f.service.request(1, 5, "")) == "auth.session_revoked");
  for (UserId other = 2; other <= 9; ++other) {
    CHECK_FALSE(f.are_friends(other, 1));
    CHECK_FALSE(f.standing(other, 1).exists);
    CHECK(must(f.service.requests(other, false, {}, 10)).items.empty());
  }
  CHECK(must(f.service.blocked(4, {}, 10)).items.empty());
  const auto told = f.events.take();
  CHECK(std::ranges::count(told, "separated 1 2") == 1);
}

TEMPLATE_LIST_TEST_CASE("lists page while they change", "[friends]", Engines) {
  Friends<TestType> f;
  for (UserId other = 2; other <= 9; ++other) must(f.service.request(other, 1, ""));
  std::vector<UserId> seen;
  std::optional<std::int64_t> cursor;
  do {
    const auto page = must(f.service.requests(1, true, cursor, 3));
    for (const auto& request : page.items) {
      seen.push_back(request.from);
      must(f.service.accept(1, request.id));
    }
    cursor = page.next;
  } while (cursor);
  CHECK(seen == std::vector<UserId>{9, 8, 7, 6, 5, 4, 3, 2});
  seen.clear();
  do {
    const auto page = must(f.service.friends(1, cursor, 3));
    for (const auto& friendship : page.items) {
      seen.push_back(friendship.user);
      must(f.service.remove(1, friendship.user));
    }
    cursor = page.next;
  } while (cursor);
  CHECK(seen == std::vector<UserId>{2, 3, 4, 5, 6, 7, 8, 9});
}

}  // namespace netherlink::friends::testing
