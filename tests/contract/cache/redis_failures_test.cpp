#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <fstream>
#include <sstream>
#include <thread>

#include "replicas.hpp"
#include "support/catch.hpp"

using namespace netherlink;
using namespace netherlink::test;
using namespace std::chrono_literals;

namespace {

/// How long a caller was kept.
template <class Call>
milliseconds time_of(Call call) {
  const auto start = Clock::now();
  call();
  return std::chrono::duration_cast<milliseconds>(Clock::now() - start);
}

/// What is logged meanwhile: the log writes to the standard output.
std::string logged(const std::function<void()>& work) {
  const TemporaryFolder folder;
  const auto file = (folder.path() / "log").string();
  std::fflush(stdout);
  const int before = ::dup(STDOUT_FILENO), out = ::open(file.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
  ::dup2(out, STDOUT_FILENO);
  work();
  std::fflush(stdout);
  ::dup2(before, STDOUT_FILENO);
  ::close(before);
  ::close(out);
  std::stringstream text;
  text << std::ifstream(file).rdbuf();
  return text.str();
}

}  // namespace

TEST_CASE("Redis is killed and comes back without its data") {
  RedisServer server;
  Replicas replicas(server.url());
  REQUIRE(replicas.whole());
  replicas.one().hot_messages().append("a", run(1, 3));
  REQUIRE(kept(replicas.one(), "a", 1, 3));

  server.kill();
  CHECK(eventually([&] { return !replicas.one().connected() && !replicas.two().connected(); }));
  CHECK_FALSE(replicas.one().interest().reliable());
  CHECK(asked(replicas.one(), "c:all") == Names{"?"});
  CHECK_FALSE(replicas.one().hot_messages().range("a", 1, 3));
  CHECK_FALSE(replicas.one().summaries().find(std::vector<std::string>{"u"})[0]);
  CHECK_FALSE(replicas.one().rate_limiter().take("a", {1, 0.001}));
  CHECK(replicas.one().rate_limiter().take("a", {1, 0.001}));
  replicas.one().interest().add(std::vector<std::string>{"c:late"});
  replicas.two().interest().remove(std::vector<std::string>{"c:two"});
  replicas.two().interest().add(std::vector<std::string>{"c:two"});
  const int before = replicas.returns[0];

  server.start();
  CHECK(replicas.returned(before + 1));
  CHECK(replicas.whole());
  CHECK(found(replicas.two(), "c:late") == Names{"one"});
  CHECK_FALSE(replicas.one().hot_messages().range("a", 1, 3));
  replicas.one().hot_messages().append("a", run(4, 5));
  CHECK(replicas.two().interest().reliable());
  CHECK(kept(replicas.one(), "a", 4, 5));
}

TEST_CASE("Redis is killed and comes back with its data: copies of its former life are not read") {
  RedisServer::Options options;
  options.keeps_data = true;
  RedisServer server(options);
  Replicas replicas(server.url());
  replicas.one().hot_messages().append("a", run(1, 3));
  replicas.one().summaries().put("u", "old", 1min);
  REQUIRE(summary(replicas.one(), "u"));
  server.kill();
  REQUIRE(eventually([&] { return !replicas.one().connected() && !replicas.two().connected(); }));
  // Redis does not hear of these, and what it had when it died is older.
  replicas.one().hot_messages().replace("a", 2, bytes("new"));
  replicas.one().summaries().forget("u");
  replicas.one().interest().remove(std::vector<std::string>{"c:one"});
  server.start();
  CHECK(replicas.returned(1));
  CHECK(replicas.whole());
  CHECK_FALSE(replicas.two().hot_messages().range("a", 1, 3));
  CHECK_FALSE(replicas.two().summaries().find(std::vector<std::string>{"u"})[0]);
  CHECK(eventually([&] { return found(replicas.two(), "c:one").empty(); }));
}

TEST_CASE("Interest survives FLUSHALL") {
  RedisServer server;
  Replicas replicas(server.url());
  REQUIRE(replicas.whole());
  server.flush();
  CHECK(replicas.returned(1));
  CHECK(replicas.whole());
}

TEST_CASE("Interest that Redis lost alone is found out and registered again") {
  RedisServer server;
  Replicas replicas(server.url());
  REQUIRE(replicas.whole());
  const int before = replicas.returns[1];
  server.command({"DEL", "nl:i:c:two"});
  CHECK(eventually([&] { return replicas.returns[1] > before; }));
  CHECK(replicas.whole());
}

TEST_CASE("A replica that died is not named after its lease, and is taken out of the sets") {
  RedisServer server;
  const auto cache = make_redis(server.url(), "one");
  add(*cache, "c:1");
  const auto time = server.command({"TIME"});
  const auto until = (std::stoll(time.substr(0, time.find('\n'))) + 3) * 1000;
  server.command({"ZADD", "nl:alive", std::to_string(until), "ghost~01"});
  server.command({"SADD", "nl:i:c:1", "ghost~01"});
  CHECK(found(*cache, "c:1") == Names{"ghost", "one"});
  CHECK(eventually([&] { return found(*cache, "c:1") == Names{"one"}; }));
  CHECK(eventually([&] { return server.command({"SISMEMBER", "nl:i:c:1", "ghost~01"}) == "0"; }));
  // One that was never alive neither.
  server.command({"SADD", "nl:i:c:1", "nobody~02"});
  CHECK(eventually([&] { return found(*cache, "c:1") == Names{"one"}; }));
}

TEST_CASE("A replica whose lease ran out registers again") {
  RedisServer server;
  Replicas replicas(server.url());
  REQUIRE(replicas.whole());
  const int before = replicas.returns[0];
  server.command({"DEL", "nl:alive"});
  CHECK(eventually([&] { return replicas.returns[0] > before; }));
  CHECK(replicas.whole());
}

TEST_CASE("A Redis that stands still does not keep callers") {
  RedisServer server;
  Replicas replicas(server.url());
  REQUIRE(replicas.whole());
  replicas.one().hot_messages().append("a", run(1, 3));
  REQUIRE(kept(replicas.one(), "a", 1, 3));
  server.pause();
  auto& cache = replicas.one();
  const auto first = time_of([&] { CHECK(asked(cache, "c:all") == Names{"?"}); });
  CHECK(first < 2000ms);
  // Whoever comes later does not even wait; generous, for a busy machine.
  const auto later = time_of([&] {
    for (int i = 0; i < 100; ++i) {
      asked(cache, "c:all");
      cache.hot_messages().range("a", 1, 3);
      cache.hot_messages().append("a", run(i, i));
      cache.rate_limiter().take("a", {5, 1});
      cache.summaries().find(std::vector<std::string>{"u"});
    }
  });
  CHECK(later < 5000ms);
  const auto added = time_of([&] { cache.interest().add(std::vector<std::string>{"c:new"}); });
  CHECK(added < 2000ms);
  CHECK_FALSE(cache.interest().reliable());
  CHECK(eventually([&] { return !cache.connected(); }));
  server.resume();
  CHECK(replicas.whole());
  CHECK(eventually([&] { return found(replicas.two(), "c:new") == Names{"one"}; }));
}

TEST_CASE("Without Redis from the start, and when it comes") {
  auto server = std::make_unique<RedisServer>();
  const auto url = server->url();
  server->kill();
  cache::RedisCacheOptions options;
  options.url = url;
  options.instance = "one";
  const auto cache = cache::make_redis_cache(options);
  std::atomic<int> returns{0};
  cache->on_return([&] { ++returns; });
  CHECK_FALSE(cache->connected());
  CHECK_FALSE(cache->interest().reliable());
  std::vector<std::string> topics;
  for (int i = 0; i < 3000; ++i) topics.push_back("c:" + std::to_string(i));
  cache->interest().add(topics);
  CHECK_FALSE(cache->rate_limiter().take("a", {1, 0.001}));
  CHECK(cache->rate_limiter().take("a", {1, 0.001}));
  server->start();
  CHECK(eventually([&] { return cache->interest().reliable() && returns == 1; }));
  CHECK(eventually([&] {
    const auto answers = cache->interest().find(topics);
    return std::count(answers.begin(), answers.end(), Names{"one"}) == 3000;
  }));
}

TEST_CASE("A wrong password is said clearly, and never the password") {
  RedisServer::Options options;
  options.password = "correct-horse";
  RedisServer server(options);
  const auto log = logged([&] {
    cache::RedisCacheOptions wrong;
    wrong.url = "redis://:battery-staple@" + server.address();
    const auto cache = cache::make_redis_cache(wrong);
    std::this_thread::sleep_for(500ms);
    CHECK_FALSE(cache->connected());
    CHECK_FALSE(cache->interest().reliable());
    wrong.url = "redis://" + server.address();
    const auto none = cache::make_redis_cache(wrong);
    std::this_thread::sleep_for(500ms);
    CHECK_FALSE(none->connected());
  });
  CHECK(log.find("refuses user or password: WRONGPASS") != std::string::npos);
  CHECK(log.find("wants a password") != std::string::npos);
  CHECK(log.find("battery-staple") == std::string::npos);
  CHECK(std::count(log.begin(), log.end(), '\n') <= 4);

  // What docs/cache.md says is enough.
  const auto made = server.command({"ACL", "SETUSER", "chat", "on", ">p@ss:w/o,rd%", "~nl:*", "~??????????:nl*",
                                    "+@all", "-@dangerous", "+info", "+role", "+client|setname", "+cluster|slots"});
  REQUIRE(made == "OK");
  const auto cache = make_redis("redis://chat:p%40ss%3Aw%2Fo%2Crd%25@" + server.address() + "/3");
  cache->summaries().put("u", "A", 1min);
  CHECK(summary(*cache, "u"));
  cache->hot_messages().append("a", run(1, 1));
  CHECK(kept(*cache, "a", 1, 1));
  add(*cache, "c:1");
  CHECK(found(*cache, "c:1") == Names{"a"});
  CHECK(server.command({"INFO", "keyspace"}).find("db3:keys") != std::string::npos);
}

TEST_CASE("Scripts that Redis forgot are sent again") {
  RedisServer server;
  const auto cache = make_redis(server.url());
  server.command({"SCRIPT", "FLUSH"});
  cache->hot_messages().append("a", run(1, 3));
  cache->hot_messages().append("a", run(4, 4));
  cache->hot_messages().replace("a", 4, bytes("new"));
  const auto found = kept(*cache, "a", 1, 4);
  REQUIRE(found);
  CHECK(*found->back().bytes == "new");
}

TEST_CASE("A full Redis refuses: misses, and nobody claims to be known") {
  RedisServer server;
  const auto cache = make_redis(server.url(), "one");
  server.command({"CONFIG", "SET", "maxmemory", "1"});
  cache->interest().add(std::vector<std::string>{"c:1"});
  CHECK_FALSE(cache->interest().reliable());
  cache->hot_messages().append("a", run(1, 3));
  CHECK_FALSE(cache->hot_messages().range("a", 1, 3));
  server.command({"CONFIG", "SET", "maxmemory", "0"});
  CHECK(eventually([&] { return cache->interest().reliable(); }));
  CHECK(found(*cache, "c:1") == Names{"one"});
}

TEST_CASE("A change that Redis did not hear of makes its copy a miss") {
  RedisServer server;
  const auto cache = make_redis(server.url(), "one");
  cache->hot_messages().append("a", run(1, 3));
  cache->summaries().put("u", "old", 1min);
  REQUIRE(kept(*cache, "a", 1, 3));
  server.pause();
  cache->hot_messages().replace("a", 2, bytes("new"));
  cache->summaries().forget("u");
  REQUIRE(eventually([&] { return !cache->connected(); }));
  server.resume();
  REQUIRE(eventually([&] { return cache->connected(); }));
  // The server may have heard of it in the end: new or a miss, but not the old.
  for (int i = 0; i < 50; ++i) {
    const auto entry = cache->hot_messages().range("a", 2, 2);
    CHECK((!entry || *entry->front().bytes == "new"));
    CHECK_FALSE(cache->summaries().find(std::vector<std::string>{"u"})[0]);
    std::this_thread::sleep_for(10ms);
  }
}

TEST_CASE("Huge pipelines neither hang nor lose their order") {
  RedisServer server;
  cache::MemoryCacheOptions options;
  options.hot_messages = 100;
  const auto cache = make_redis(server.url(), "one", options);
  // More than is let through at once: what is given up must leave no hole.
  for (core::Seq seq = 1; seq <= 800; ++seq) cache->hot_messages().append("a", run(seq, seq, 100'000));
  REQUIRE(eventually([&] {
    cache->hot_messages().append("a", run(801, 810));
    return cache->hot_messages().range("a", 801, 810).has_value();
  }));
  std::vector<std::string> topics;
  for (int i = 0; i < 20'000; ++i) topics.push_back("c:" + std::to_string(i));
  cache->interest().add(topics);
  CHECK(eventually([&] { return cache->interest().reliable(); }));
  // A find has a time limit, which a slow machine exceeds with all of them at once.
  constexpr std::size_t slice = 500;
  for (std::size_t at = 0; at < topics.size(); at += slice) {
    const std::vector some(topics.begin() + static_cast<std::ptrdiff_t>(at),
                           topics.begin() + static_cast<std::ptrdiff_t>(at + slice));
    REQUIRE(eventually([&] {
      const auto answers = cache->interest().find(some);
      return std::count(answers.begin(), answers.end(), Names{"one"}) == static_cast<std::ptrdiff_t>(slice);
    }));
  }
}

TEST_CASE("A cache goes away in the middle of everything") {
  RedisServer server;
  for (int i = 0; i < 10; ++i) {
    auto cache = make_redis(server.url(), "one");
    std::atomic<bool> stop{false};
    std::thread user([&] {
      while (!stop) {
        cache->hot_messages().append("a", run(1, 3));
        cache->interest().remove(std::vector<std::string>{"c:1"});
        cache->rate_limiter().take("a", {1e6, 1e6});
      }
    });
    std::this_thread::sleep_for(10ms);
    if (i == 5) server.pause();
    stop = true;
    user.join();
    CHECK(time_of([&] { cache.reset(); }) < 5000ms);
    if (i == 5) server.resume();
  }
}

TEST_CASE("A forgotten summary stays away for a moment, not for ever") {
  RedisServer server;
  const auto cache = make_redis(server.url(), "one");
  cache->summaries().forget("u");
  std::string key;
  REQUIRE(eventually([&] { return !(key = server.command({"KEYS", "*nl:s*"})).empty(); }));
  const auto left = std::stoi(server.command({"PTTL", key}));
  CHECK(left > 0);
  CHECK(left <= 5000);
  server.command({"PEXPIRE", key, "1"});
  CHECK(eventually([&] {
    cache->summaries().put("u", "new", 1min);
    return cache->summaries().find(std::vector<std::string>{"u"})[0] != nullptr;
  }));
}
