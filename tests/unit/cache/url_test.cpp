#include "cache/redis/url.hpp"

#include <stdexcept>

#include "support/catch.hpp"

using namespace netherlink::cache::redis;

TEST_CASE("The URL of one server") {
  const auto plain = parse_url("redis://localhost");
  CHECK(plain.kind == Url::Kind::standalone);
  CHECK(plain.endpoints == std::vector<Endpoint>{{"localhost", 6379}});
  CHECK(plain.database == 0);
  const auto full = parse_url("redis://chat:p%40ss%3Aw%2F@[::1]:7000/3");
  CHECK(full.user == "chat");
  CHECK(full.password == "p@ss:w/");
  CHECK(full.endpoints == std::vector<Endpoint>{{"::1", 7000}});
  CHECK(full.database == 3);
  CHECK(parse_url("redis://:secret@h:1/").user.empty());
  CHECK(parse_url("redis://:secret@h:1/").password == "secret");
}

TEST_CASE("The URL of sentinels and of a cluster") {
  const auto sentinel = parse_url("redis+sentinel://:secret@a:1,b,[::1]:3/main/2");
  CHECK(sentinel.kind == Url::Kind::sentinel);
  CHECK(sentinel.endpoints == std::vector<Endpoint>{{"a", 1}, {"b", 26379}, {"::1", 3}});
  CHECK(sentinel.master == "main");
  CHECK(sentinel.database == 2);
  CHECK(sentinel.password == "secret");
  const auto cluster = parse_url("redis+cluster://a:1,b:2");
  CHECK(cluster.kind == Url::Kind::cluster);
  CHECK(cluster.endpoints.size() == 2);
}

TEST_CASE("A wrong URL is refused without being quoted") {
  for (const char* url : {"", "redis:", "http://h", "redis://", "redis://h:0", "redis://h:70000", "redis://h:x",
                          "redis://h:1/x", "redis://h:1/-1", "redis://:@h", "redis://secret@h", "redis://u:secret%4@h",
                          "redis://u:secret%zz@h", "redis://[::1", "redis://[::1]x", "redis+sentinel://secret:1",
                          "redis+sentinel://secret:1/", "redis+cluster://u:secret@h:1/1", "redis://u:secret@,h"}) {
    INFO(url);
    try {
      parse_url(url);
      FAIL("accepted");
    } catch (const std::invalid_argument& error) {
      CHECK(std::string(error.what()).find("secret") == std::string::npos);
    }
  }
}
