// Who is there, over all replicas (cache::Presence).
#include <algorithm>

#include "netherlink/cache/presence.hpp"
#include "replicas.hpp"
#include "support/catch.hpp"

using namespace netherlink;
using namespace netherlink::test;
using namespace std::chrono_literals;

namespace {

using Users = std::vector<core::UserId>;

core::UserId next_user() {
  static core::UserId last = 1000;
  return ++last;
}

/// Until the replica is entered: its first sweep.
std::unique_ptr<cache::Cache> replica(Engine engine, const std::string& name) {
  auto cache = make_cache(engine, {}, name);
  eventually([&] { return cache->connected(); });
  cache->presence().sweep();
  return cache;
}

bool is_online(cache::Cache& cache, core::UserId user) {
  return cache.presence().online(Users{user}) == Users{user};
}

}  // namespace

TEST_CASE("Alone, who comes first comes online and who goes last goes offline") {
  const auto engine = GENERATE(Engine::memory, Engine::standalone, Engine::sentinel, Engine::cluster);
  INFO(name_of(engine));
  const auto one = replica(engine, "one");
  const Users ada{next_user()}, bob{next_user()};
  CHECK(one->presence().enter(ada) == ada);
  CHECK(one->presence().online(Users{ada[0], bob[0]}) == ada);
  CHECK(one->presence().leave(ada) == ada);
  CHECK(one->presence().online(ada).empty());
}

TEST_CASE("Of two replicas one alone hears that somebody came or went") {
  const auto engine = GENERATE(Engine::standalone, Engine::sentinel, Engine::cluster);
  INFO(name_of(engine));
  const auto one = replica(engine, "one"), two = replica(engine, "two");
  const Users ada{next_user()};
  CHECK(one->presence().enter(ada) == ada);
  CHECK(two->presence().enter(ada).empty());
  CHECK(is_online(*one, ada[0]));
  CHECK(is_online(*two, ada[0]));
  CHECK(one->presence().leave(ada).empty());
  CHECK(is_online(*one, ada[0]));
  CHECK(two->presence().leave(ada) == ada);
  CHECK_FALSE(is_online(*one, ada[0]));
}

TEST_CASE("People of a replica that retired are found by another, once") {
  RedisServer server;
  auto one = make_redis(server.url(), "one"), two = make_redis(server.url(), "two");
  REQUIRE(eventually([&] { return one->connected() && two->connected(); }));
  one->presence().sweep();
  two->presence().sweep();
  const Users both{next_user(), next_user()}, shared{both[0]};
  one->presence().enter(both);
  two->presence().enter(shared);
  one->presence().retire(1ms);
  one.reset();
  Users gone;
  CHECK(eventually([&] {
    for (const auto user : two->presence().sweep().gone) gone.push_back(user);
    return !gone.empty();
  }));
  CHECK(gone == Users{both[1]});
  CHECK(two->presence().sweep().gone.empty());
  CHECK(is_online(*two, shared[0]));
}

TEST_CASE("People of a replica that died are found when its lease is over", "[time]") {
  RedisServer server;
  auto two = make_redis(server.url(), "two");
  const Users ada{next_user()};
  {
    auto one = make_redis(server.url(), "one");
    REQUIRE(eventually([&] { return one->connected() && two->connected(); }));
    one->presence().sweep();
    one->presence().enter(ada);
  }
  two->presence().sweep();
  CHECK(is_online(*two, ada[0]));
  CHECK(eventually([&] {
    std::this_thread::sleep_for(100ms);
    return two->presence().sweep().gone == ada;
  }));
  CHECK_FALSE(is_online(*two, ada[0]));
}

TEST_CASE("What Redis lost is entered again, and those who came online by that are told") {
  RedisServer server;
  const auto one = make_redis(server.url(), "one"), two = make_redis(server.url(), "two");
  REQUIRE(eventually([&] { return one->connected() && two->connected(); }));
  one->presence().sweep();
  two->presence().sweep();
  const Users ada{next_user()};
  one->presence().enter(ada);
  server.command({"FLUSHALL"});
  one->presence().sweep();  // finds that it is not known any more
  CHECK(eventually([&] { return one->presence().sweep().back == ada; }));
  CHECK(is_online(*two, ada[0]));
}

TEST_CASE("Without Redis a replica goes by what it knows") {
  RedisServer server;
  const auto one = make_redis(server.url(), "one");
  REQUIRE(eventually([&] { return one->connected(); }));
  one->presence().sweep();
  server.pause();
  const Users ada{next_user()};
  CHECK(one->presence().enter(ada) == ada);
  CHECK(one->presence().online(ada) == ada);
  CHECK(one->presence().sweep().gone.empty());
  server.resume();
  CHECK(eventually([&] {
    one->presence().sweep();
    return server.command({"EXISTS", "nl:{p}:u:" + std::to_string(ada[0])}).find('1') != std::string::npos;
  }));
}
