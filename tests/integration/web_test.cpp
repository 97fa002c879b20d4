#include <string>

#include "support/catch.hpp"
#include "support/person.hpp"

namespace netherlink::test {
namespace {

ServerProcess& server() {
  static ServerProcess process;
  return process;
}

bool has_client(HttpClient& http) {
  return http.get("/favicon.svg").status == 200;
}

/// The first `/assets/NAME` that the page asks for and that ends so.
std::string asset(const std::string& page, const std::string& ending) {
  for (auto at = page.find("/assets/"); at != std::string::npos; at = page.find("/assets/", at + 1)) {
    const auto name = page.substr(at, page.find('"', at) - at);
    if (name.ends_with(ending)) return name;
  }
  return {};
}

}  // namespace

TEST_CASE("web: every page of the client is the one page", "[web]") {
  HttpClient http(server().port());
  const auto index = http.get("/");
  CHECK(index.status == 200);
  CHECK(index.header("content-type").starts_with("text/html"));
  for (const auto* path : {"/sign-in", "/sign-up", "/c/world", "/friends", "/rooms", "/room/17", "/group/9",
                           "/invite/AbC-1", "/settings", "/settings/privacy"}) {
    INFO(path);
    const auto page = http.get(path);
    CHECK(page.status == 200);
    CHECK(page.body == index.body);
    CHECK(page.header("content-security-policy") == index.header("content-security-policy"));
  }
  const auto policy = index.header("content-security-policy");
  CHECK(policy.find("default-src 'none'") != std::string::npos);
  CHECK(policy.find("unsafe") == std::string::npos);
  CHECK(policy.find("connect-src 'self' http://127.0.0.1:*;") != std::string::npos);
  CHECK(policy.find("frame-ancestors 'none'") != std::string::npos);
}

TEST_CASE("web: what is no page and no file is not found", "[web]") {
  HttpClient http(server().port());
  for (const auto* path : {"/assets/nothing.js", "/assets/index.html", "/assets/..%2f..%2fetc%2fpasswd", "/assets/",
                           "/room/1/2", "/api/v1/nothing", "/api/settings", "/index.html"}) {
    INFO(path);
    const auto answer = http.get(path);
    CHECK(answer.status == 404);
    CHECK(answer.code() == "resource.not_found");
  }
  CHECK(http.request("POST", "/rooms").status == 405);
}

TEST_CASE("web: the page is asked for again, its files are kept for ever", "[web]") {
  HttpClient http(server().port());
  if (!has_client(http)) return;  // built without node
  const auto index = http.get("/");
  CHECK(index.header("cache-control") == "no-cache");
  const auto tag = index.header("etag");
  REQUIRE_FALSE(tag.empty());
  const std::string weak = "W/" + tag;
  for (const std::string& known : {tag, weak, "\"other\", " + tag, std::string("*")}) {
    INFO(known);
    const auto again = http.get("/", {{"If-None-Match", known}});
    CHECK(again.status == 304);
    CHECK(again.body.empty());
    CHECK(again.header("etag") == tag);
  }
  CHECK(http.get("/", {{"If-None-Match", "\"other\""}}).status == 200);
  for (const auto* ending : {".js", ".css"}) {
    const auto name = asset(index.body, ending);
    INFO(name);
    REQUIRE_FALSE(name.empty());
    const auto file = http.get(name);
    CHECK(file.status == 200);
    CHECK(file.header("cache-control") == "public, max-age=31536000, immutable");
    CHECK(file.header("x-content-type-options") == "nosniff");
    CHECK(file.header("content-encoding").empty());
  }
  CHECK(http.get("/sw.js").header("cache-control") == "no-cache");
  // Its own policy is that of the worker: without it nothing could be kept for a time without network.
  CHECK(http.get("/sw.js").header("content-security-policy").find("connect-src 'self'") != std::string::npos);
}

TEST_CASE("web: files come compressed to who can read that", "[web]") {
  HttpClient http(server().port());
  if (!has_client(http)) return;
  const auto name = asset(http.get("/").body, ".js");
  const auto plain = http.get(name);
  const auto coded = [&](const std::string& accepted) { return http.get(name, {{"Accept-Encoding", accepted}}); };
  for (const auto* accepted : {"br", "gzip, deflate, br", "gzip;q=1, BR;q=0.1"}) {
    INFO(accepted);
    const auto answer = coded(accepted);
    CHECK(answer.header("content-encoding") == "br");
    CHECK(answer.body.size() < plain.body.size());
    CHECK(answer.header("vary").find("Accept-Encoding") != std::string::npos);
    CHECK(answer.header("etag") != plain.header("etag"));
  }
  CHECK(coded("gzip").header("content-encoding") == "gzip");
  CHECK(coded("gzip, br;q=0").header("content-encoding") == "gzip");
  for (const auto* accepted : {"identity", "br;q=0, gzip;q=0.0", "zstd", ""}) {
    INFO(accepted);
    CHECK(coded(accepted).body == plain.body);
  }
  const auto head = http.request("HEAD", name);
  CHECK(head.status == 200);
  CHECK(head.body.empty());
  CHECK(head.header("content-length") == std::to_string(plain.body.size()));
}

}  // namespace netherlink::test
