#include <atomic>
#include <thread>

#include "replicas.hpp"
#include "support/catch.hpp"

using namespace netherlink;
using namespace netherlink::test;

TEST_CASE("One replica wants everything") {
  const auto cache = make_cache(Engine::memory);
  add(*cache, "c:1");
  CHECK(asked(*cache, "c:1") == Names{"?"});
  remove(*cache, "c:1");
  CHECK(asked(*cache, "c:1") == Names{"?"});
  CHECK(cache->interest().reliable());
}

TEST_CASE("On return of add() every replica finds it") {
  const auto engine = GENERATE(Engine::standalone, Engine::sentinel, Engine::cluster);
  INFO(name_of(engine));
  const auto one = make_cache(engine, {}, "one"), two = make_cache(engine, {}, "two~2");
  for (int i = 0; i < 20; ++i) {
    const auto topic = fresh("c");
    CHECK(found(*one, topic).empty());
    add(*two, topic);
    CHECK(found(*one, topic) == Names{"two~2"});
    CHECK(found(*two, topic) == Names{"two~2"});
    add(*one, topic);
    add(*one, topic);
    CHECK(found(*two, topic) == Names{"one", "two~2"});
    remove(*two, topic);
    CHECK(found(*two, topic) == Names{"one"});
    add(*two, topic);
    CHECK(found(*one, topic) == Names{"one", "two~2"});
  }
  CHECK(one->interest().reliable());
}

TEST_CASE("Many topics at once are answered in their order") {
  const auto engine = GENERATE(Engine::standalone, Engine::sentinel, Engine::cluster);
  INFO(name_of(engine));
  const auto one = make_cache(engine, {}, "one");
  std::vector<std::string> topics, even;
  for (int i = 0; i < 500; ++i) {
    topics.push_back(fresh("c"));
    if (i % 2 == 0) even.push_back(topics.back());
  }
  one->interest().add(even);
  std::vector<cache::Interest::Replicas> answers;
  REQUIRE(eventually([&] {
    answers = one->interest().find(topics);
    return one->interest().reliable() && answers.back().has_value();
  }));
  REQUIRE(answers.size() == topics.size());
  for (std::size_t i = 0; i < topics.size(); ++i) {
    REQUIRE(answers[i]);
    CHECK(*answers[i] == (i % 2 == 0 ? Names{"one"} : Names{}));
  }
  CHECK(one->interest().find({}).empty());
  one->interest().add({});
  one->interest().remove(even);
  CHECK(found(*one, even.back()).empty());
}

TEST_CASE("A replica that leaves is not named any more") {
  const auto engine = GENERATE(Engine::standalone, Engine::cluster);
  INFO(name_of(engine));
  const auto one = make_cache(engine, {}, "one");
  const auto topic = fresh("c");
  {
    const auto two = make_cache(engine, {}, "two");
    add(*two, topic);
    REQUIRE(found(*one, topic) == Names{"two"});
  }
  CHECK(eventually([&] { return found(*one, topic).empty(); }));
}

TEST_CASE("Adding and removing in a race ends as the last one wanted") {
  const auto engine = GENERATE(Engine::standalone, Engine::cluster);
  INFO(name_of(engine));
  const auto cache = make_cache(engine, {}, "one");
  const auto prefix = fresh("race");
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      const auto topic = prefix + std::to_string(t);
      for (int i = 0; i < 100; ++i) {
        add(*cache, topic);
        remove(*cache, topic);
      }
      if (t % 2 == 0) add(*cache, topic);
    });
  }
  for (auto& thread : threads) thread.join();
  for (int t = 0; t < 4; ++t) {
    CHECK(found(*cache, prefix + std::to_string(t)) == (t % 2 == 0 ? Names{"one"} : Names{}));
  }
}
