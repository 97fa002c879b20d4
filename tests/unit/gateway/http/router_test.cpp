#include "gateway/http/router.hpp"

#include <algorithm>
#include <random>
#include <stdexcept>

#include "support/catch.hpp"

using namespace netherlink::gateway;

namespace {

Route route(std::string_view method, std::string_view pattern) {
  return {.method = method, .pattern = pattern, .handler = [](const Request&) { return Response::no_content(); }};
}

Router sample() {
  Router router;
  router.add({route("GET", "/users/{id}"), route("GET", "/users/me"), route("PATCH", "/users/me"), route("GET", "/"),
              route("POST", "/things/{id}/read"), route("DELETE", "/things/{id}/parts/{part}"),
              route("GET", "/things/all/read")});
  return router;
}

using Methods = std::vector<std::string_view>;

}  // namespace

TEST_CASE("paths find their routes and parameters", "[router]") {
  const auto router = sample();
  CHECK(router.match("GET", "/").route->pattern == "/");
  const auto user = router.match("GET", "/users/42");
  REQUIRE(user.route);
  CHECK(user.route->pattern == "/users/{id}");
  CHECK(user.params.at("id") == "42");
  const auto part = router.match("DELETE", "/things/a b/parts/é");
  REQUIRE(part.route);
  CHECK(part.params.at("id") == "a b");
  CHECK(part.params.at("part") == "é");
}

TEST_CASE("a literal goes before a parameter", "[router]") {
  const auto router = sample();
  const auto me = router.match("GET", "/users/me");
  CHECK(me.route->pattern == "/users/me");
  CHECK(me.params.empty());
  CHECK(router.match("GET", "/things/all/read").route->pattern == "/things/all/read");
  CHECK(router.match("POST", "/things/7/read").route->pattern == "/things/{id}/read");
}

TEST_CASE("a literal goes before a parameter in whatever order and company", "[router]") {
  std::vector<std::string_view> patterns{"/",      "/a",       "/{x}",       "/a/{x}",     "/a/b",
                                         "/{x}/b", "/a/{x}/c", "/a/b/c",     "/a/{x}/{y}", "/s/{x}",
                                         "/s",     "/a/b/{y}", "/{x}/{y}/c", "/r/{x}/{y}"};
  std::mt19937 random(1);
  for (int round = 0; round < 200; ++round) {
    std::shuffle(patterns.begin(), patterns.end(), random);
    Router router;
    for (const auto pattern : patterns) router.add(route("GET", pattern));
    for (const std::string_view path : {"/", "/a", "/a/b", "/a/b/c", "/s"}) {
      REQUIRE(router.match("GET", path).route->pattern == path);
    }
    CHECK(router.match("GET", "/a/z/c").route->pattern == "/a/{x}/c");
    CHECK(router.match("GET", "/a/b/z").route->pattern == "/a/b/{y}");
    CHECK(router.match("GET", "/z").route->pattern == "/{x}");
  }
}

TEST_CASE("HEAD finds GET", "[router]") {
  const auto router = sample();
  CHECK(router.match("HEAD", "/users/me").route->method == "GET");
  CHECK_FALSE(router.match("HEAD", "/things/7/read").route);
}

TEST_CASE("a wrong method is told the right ones", "[router]") {
  const auto router = sample();
  const auto match = router.match("PUT", "/users/me");
  CHECK_FALSE(match.route);
  CHECK(match.allowed == Methods{"GET", "HEAD", "PATCH", "OPTIONS"});
  CHECK(router.match("get", "/users/me").allowed.size() == 4);  // methods have case
}

TEST_CASE("other paths match nothing", "[router]") {
  const auto router = sample();
  for (const auto* path : {"", "*", "users/me", "/users", "/users/", "/users/me/", "/users//", "//users/me",
                           "/users/1/2", "/things//read", "/things/read", "/USERS/me", "/things/1/parts/"}) {
    INFO(path);
    const auto match = router.match("GET", path);
    CHECK_FALSE(match.route);
    CHECK(match.allowed.empty());
  }
}

TEST_CASE("two routes for one method and path are a mistake", "[router]") {
  auto router = sample();
  CHECK_THROWS_AS(router.add(route("GET", "/users/{id}")), std::logic_error);
}
