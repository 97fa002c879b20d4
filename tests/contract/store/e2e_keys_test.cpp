#include <algorithm>
#include <atomic>
#include <set>
#include <thread>

#include "engines.hpp"

namespace netherlink::store::testing {
namespace {

using e2e::KeyRepository;

constexpr core::UserId ada = 1, bob = 2, eve = 3;
const KeyRepository::Limits limits{2, 20};

struct Keys {
  explicit Keys(Store& opened) : store(opened), keys(opened.e2e_keys()) {
    for (const auto id : {ada, bob, eve}) {
      user::User user;
      user.id = id;
      user.username = "person-" + std::to_string(id);
      must(store.users().insert(user, user.username, "", "hash"));
    }
  }

  void sign_in(core::SessionId id, core::UserId user, core::Timestamp lives = 1'000'000) {
    user::Session session;
    session.id = id;
    session.user_id = user;
    session.expires_at = core::now_ms() + lives;
    must(store.sessions().insert(session));
  }
  void sign_out(core::SessionId id, core::UserId user) {
    must(store.sessions().revoke(user, std::vector{id}, core::now_ms()));
  }

  e2e::Device device(e2e::DeviceId id, core::SessionId session, core::UserId user, const std::string& identity = "i") {
    e2e::Device made;
    made.id = id;
    made.user_id = user;
    made.session_id = session;
    made.keys = {identity + std::to_string(session), "signing", "signature", {"pre-1", "pre-key", "pre-signature"}};
    made.created_at = made.updated_at = core::now_ms();
    return made;
  }

  static std::vector<e2e::SignedKey> one_time(int from, int to) {
    std::vector<e2e::SignedKey> made;
    for (int i = from; i <= to; ++i) {
      const auto number = std::to_string(i);
      made.push_back({"id-" + number, "key-" + number, "signature-" + number});
    }
    return made;
  }

  KeyRepository::Claimed claim(e2e::DeviceId device, core::UserId owner = ada, bool one_time = true) {
    const KeyRepository::Wanted wanted{owner, device, one_time};
    return must(keys.claim(std::span(&wanted, 1))).front();
  }

  Store& store;
  KeyRepository& keys;
};

template <class Result>
std::string code_of(const Result& result) {
  return result ? std::string() : std::string(result.error().code().name);
}

template <class Job>
void in_parallel(int count, const Job& job) {
  std::atomic<int> ready{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < count; ++i) {
    threads.emplace_back([&, i] {
      for (++ready; ready < count;) std::this_thread::yield();
      job(i);
    });
  }
  for (auto& thread : threads) thread.join();
}

}  // namespace

TEMPLATE_LIST_TEST_CASE("what a device publishes is found as it was", "[e2e]", Engines) {
  TestType database;
  Keys f(*database);
  f.sign_in(11, ada);
  const auto device = f.device(101, 11, ada);
  const auto published = must(f.keys.publish(device, Keys::one_time(1, 3), limits));
  CHECK(published.list_changed);
  CHECK(published.own.version == 1);
  CHECK(published.own.one_time_keys == 3);
  CHECK_FALSE(published.own.pre_key_used);
  const auto list = must(f.keys.devices(ada));
  CHECK(list.version == 1);
  REQUIRE(list.devices.size() == 1);
  const auto& stored = list.devices.front();
  CHECK(stored.id == 101);
  CHECK(stored.user_id == ada);
  CHECK(stored.session_id == 11);
  CHECK(stored.keys.identity_key == device.keys.identity_key);
  CHECK(stored.keys.signing_key == "signing");
  CHECK(stored.keys.signature == "signature");
  CHECK(stored.keys.signed_pre_key == device.keys.signed_pre_key);
  CHECK(stored.created_at == device.created_at);
  CHECK(must(f.keys.of_session(11))->id == 101);
  CHECK_FALSE(must(f.keys.of_session(12)));
  CHECK_FALSE(must(f.keys.own(12)));
  CHECK(must(f.keys.devices(bob)).version == 0);

  // Again, under another id: it stays the device that it was.
  const auto again = must(f.keys.publish(f.device(102, 11, ada), Keys::one_time(2, 5), limits));
  CHECK_FALSE(again.list_changed);
  CHECK(again.own.device.id == 101);
  CHECK(again.own.one_time_keys == 5);
  // Another identity is another device.
  const auto other = must(f.keys.publish(f.device(103, 11, ada, "other"), Keys::one_time(1, 1), limits));
  CHECK(other.list_changed);
  CHECK(other.own.device.id == 103);
  CHECK(other.own.version == 2);
  CHECK(other.own.one_time_keys == 1);
  CHECK_FALSE(f.claim(101).bundle);
}

TEMPLATE_LIST_TEST_CASE("what cannot be published is not", "[e2e]", Engines) {
  TestType database;
  Keys f(*database);
  CHECK(code_of(f.keys.publish(f.device(101, 11, ada), {}, limits)) == "auth.session_revoked");
  f.sign_in(11, ada);
  CHECK(code_of(f.keys.publish(f.device(101, 11, bob), {}, limits)) == "auth.session_revoked");
  CHECK(code_of(f.keys.publish(f.device(101, 11, ada), Keys::one_time(1, 21), limits)) == "e2e.too_many_keys");
  CHECK(must(f.keys.devices(ada)).version == 0);
  must(f.keys.publish(f.device(101, 11, ada), Keys::one_time(1, 20), limits));
  CHECK(code_of(f.keys.publish(f.device(101, 11, ada), Keys::one_time(21, 21), limits)) == "e2e.too_many_keys");
  auto changed = Keys::one_time(3, 3);
  changed.front().key = "another";
  CHECK(code_of(f.keys.publish(f.device(101, 11, ada), changed, limits)) == "e2e.key_id_taken");
  auto pre_key = f.device(101, 11, ada);
  pre_key.keys.signed_pre_key.key = "another";
  CHECK(code_of(f.keys.publish(pre_key, {}, limits)) == "e2e.key_id_taken");
  f.sign_in(12, ada);
  f.sign_in(13, ada);
  must(f.keys.publish(f.device(102, 12, ada), {}, limits));
  CHECK(code_of(f.keys.publish(f.device(103, 13, ada), {}, limits)) == "e2e.too_many_devices");
  CHECK(must(f.keys.publish(f.device(104, 12, ada, "other"), {}, limits)).own.device.id == 104);
  f.sign_in(14, bob, -1);
  CHECK(code_of(f.keys.publish(f.device(105, 14, bob), {}, limits)) == "auth.session_revoked");
}

TEMPLATE_LIST_TEST_CASE("a claimed key is gone, the oldest first", "[e2e]", Engines) {
  TestType database;
  Keys f(*database);
  f.sign_in(11, ada);
  const auto keys = Keys::one_time(1, 12);
  must(f.keys.publish(f.device(101, 11, ada), keys, limits));
  for (std::size_t i = 0; i < 2; ++i) {
    const auto claimed = f.claim(101);
    REQUIRE(claimed.bundle);
    CHECK(claimed.bundle->one_time_key == keys[i]);
    CHECK(claimed.left == 11 - i);
  }
  // Whoever had enough gets the signed pre-key, which says nothing about how many there are.
  const auto spared = f.claim(101, ada, false);
  CHECK_FALSE(spared.bundle->one_time_key);
  CHECK_FALSE(spared.pre_key_first_used);
  CHECK_FALSE(must(f.keys.own(11))->pre_key_used);
  CHECK(spared.bundle->device.keys.signed_pre_key.key == "pre-key");
  CHECK(must(f.keys.own(11))->one_time_keys == 10);
  // It does not come back.
  CHECK(must(f.keys.publish(f.device(101, 11, ada), keys, limits)).own.one_time_keys == 10);
  CHECK_FALSE(f.claim(101, bob).bundle);
  CHECK_FALSE(f.claim(999).bundle);

  const std::vector<KeyRepository::Wanted> mixed{{ada, 999, true}, {ada, 101, true}};
  const auto some = must(f.keys.claim(mixed));
  CHECK_FALSE(some[0].bundle);
  CHECK(some[1].bundle->one_time_key == keys[2]);
  CHECK(must(f.keys.claim({})).empty());
}

TEMPLATE_LIST_TEST_CASE("the end of the keys is told once for each signed pre-key", "[e2e]", Engines) {
  TestType database;
  Keys f(*database);
  f.sign_in(11, ada);
  must(f.keys.publish(f.device(101, 11, ada), {}, limits));
  CHECK(f.claim(101).pre_key_first_used);
  CHECK_FALSE(f.claim(101).pre_key_first_used);
  CHECK(must(f.keys.own(11))->pre_key_used);
  auto renewed = f.device(101, 11, ada);
  renewed.keys.signed_pre_key = {"pre-2", "new-key", "new-signature"};
  CHECK_FALSE(must(f.keys.publish(renewed, {}, limits)).own.pre_key_used);
  const auto claimed = f.claim(101);
  CHECK(claimed.pre_key_first_used);
  CHECK(claimed.bundle->device.keys.signed_pre_key == renewed.keys.signed_pre_key);
}

TEMPLATE_LIST_TEST_CASE("each key goes to one of those who race for it", "[e2e]", Engines) {
  TestType database;
  Keys f(*database);
  for (core::SessionId session : {11, 12}) {
    f.sign_in(session, ada);
    must(f.keys.publish(f.device(90 + session, session, ada), Keys::one_time(1, 15), limits));
  }
  constexpr int people = 4, each = 5;
  std::vector<std::vector<KeyRepository::Claimed>> got(people);
  in_parallel(people + 1, [&](int i) {
    if (i == people) {
      // Meanwhile the device fills up.
      for (int n = 0; n < 5; ++n) must(f.keys.publish(f.device(101, 11, ada), Keys::one_time(16 + n, 16 + n), limits));
      return;
    }
    std::vector<KeyRepository::Wanted> both{{ada, 101, true}, {ada, 102, true}};
    if (i % 2 == 1) std::ranges::reverse(both);
    for (int n = 0; n < each; ++n) {
      auto claimed = must(f.keys.claim(both));
      got[static_cast<std::size_t>(i)].insert(got[static_cast<std::size_t>(i)].end(), claimed.begin(), claimed.end());
    }
  });
  std::map<e2e::DeviceId, std::set<std::string>> keys;
  std::map<e2e::DeviceId, std::size_t> without;
  for (const auto& some : got) {
    for (const auto& one : some) {
      REQUIRE(one.bundle);
      const auto id = one.bundle->device.id;
      if (one.bundle->one_time_key) {
        CHECK(keys[id].insert(one.bundle->one_time_key->id).second);
      } else {
        ++without[id];
      }
    }
  }
  CHECK(keys[102].size() == 15);
  CHECK(without[102] == people * each - 15);
  CHECK(keys[101].size() + without[101] == people * each);
  CHECK(keys[101].size() + must(f.keys.own(11))->one_time_keys == 20);
}

TEMPLATE_LIST_TEST_CASE("a device ends with its session", "[e2e]", Engines) {
  TestType database;
  Keys f(*database);
  for (core::SessionId session : {11, 12}) {
    f.sign_in(session, ada);
    must(f.keys.publish(f.device(90 + session, session, ada), Keys::one_time(1, 2), limits));
  }
  f.sign_in(21, bob);
  must(f.keys.publish(f.device(111, 21, bob), {}, limits));
  f.sign_out(11, ada);
  // At once for everybody, though nobody has removed it yet.
  CHECK_FALSE(f.claim(101).bundle);
  CHECK(must(f.keys.devices(ada)).devices.size() == 1);
  CHECK_FALSE(must(f.keys.of_session(11)));
  const std::vector<core::SessionId> ended{11, 99};
  const auto removed = must(f.keys.remove_sessions(ended));
  REQUIRE(removed.size() == 1);
  CHECK(removed.front().user_id == ada);
  CHECK(removed.front().version == 3);
  CHECK(must(f.keys.remove_sessions(ended)).empty());
  CHECK(must(f.keys.devices(ada)).version == 3);

  // What nobody was told of is found, a few at a time.
  f.sign_out(12, ada);
  f.sign_out(21, bob);
  auto sweep = must(f.keys.remove_ended(0, 1));
  CHECK(sweep.last == 102);
  REQUIRE(sweep.removed.size() == 1);
  CHECK(sweep.removed.front().user_id == ada);
  sweep = must(f.keys.remove_ended(sweep.last, 5));
  CHECK(sweep.last == 0);
  REQUIRE(sweep.removed.size() == 1);
  CHECK(sweep.removed.front().user_id == bob);
  CHECK(must(f.keys.remove_ended(0, 5)).removed.empty());
  must(f.keys.remove_user(ada));
}

TEMPLATE_LIST_TEST_CASE("those whom devices concern", "[e2e]", Engines) {
  TestType database;
  Keys f(*database);
  auto& conversations = database->conversations();
  CHECK(must(f.keys.circle(ada, 10)).empty());
  must(conversations.ensure_single(im::ConversationId::single(ada, bob), 1));
  for (const auto user : {ada, eve}) must(conversations.join(user, "group_7", 0, 1));
  for (const core::UserId user : {ada, bob, core::UserId{4}}) must(conversations.join(user, "world", 0, 1));
  CHECK(must(f.keys.circle(ada, 10)) == std::vector{bob, eve});
  CHECK(must(f.keys.circle(ada, 1)) == std::vector{bob});
  CHECK(must(f.keys.circle(ada, 0)).empty());
  CHECK(must(f.keys.circle(bob, 10)) == std::vector{ada});
  const std::vector<core::UserId> others{bob, eve, 4};
  CHECK(must(f.keys.companions(ada, others)) == std::vector{eve});
  CHECK(must(f.keys.companions(bob, others)).empty());
  must(database->friends().change(eve, ada, [](friends::Pair& pair) -> core::result<void> {
    pair.i_block = true;
    return {};
  }));
  CHECK(must(f.keys.circle(ada, 10)) == std::vector{bob});
}

}  // namespace netherlink::store::testing
