#include <atomic>
#include <memory>
#include <thread>

#include "support/catch.hpp"
#include "support/person.hpp"

namespace netherlink::test {

using nlohmann::json;

TEST_CASE("limits: rates are limited, and when to come back is told", "[limits]") {
  ServerProcess limited({"rate_limits.enabled=true", "rate_limits.register_ip=3/0.1", "rate_limits.login_account=2/0.1",
                         "rate_limits.user=20/0.1", "rate_limits.message_user=5/0.1"});
  Person ada(limited, "ada"), bob(limited, "bob");
  HttpClient http(limited.port());
  const auto account = [&] { return json{{"username", unique("many")}, {"password", "correct horse battery"}}; };
  CHECK(http.post("/api/v1/auth/register", account()).status == 201);
  const auto refused = http.post("/api/v1/auth/register", account());
  CHECK(refused.status == 429);
  CHECK(refused.code() == "request.rate_limited");
  CHECK(std::stoi(refused.header("retry-after")) >= 1);
  CHECK(std::stoi(refused.header("retry-after")) <= 11);

  const json guess{{"username", ada.username}, {"password", "one guess of many"}};
  CHECK(http.post("/api/v1/auth/login", guess).status == 401);
  CHECK(http.post("/api/v1/auth/login", guess).status == 401);
  CHECK(http.post("/api/v1/auth/login", guess).status == 429);
  CHECK(http.post("/api/v1/auth/login", {{"username", bob.username}, {"password", bob.password}}).status == 200);

  for (int i = 0; i < 5; ++i)
    CHECK(bob.socket().request("message.send", text_message("world", "within the limit"))["type"] == "message.ack");
  const auto over = bob.socket().request("message.send", text_message("world", "one over the limit"))["data"];
  CHECK(over["code"] == "request.rate_limited");
  CHECK(over["retry_after_ms"] > 0);

  int answered = 0;
  while (answered < 40 && ada.http.get("/api/v1/users/me").status == 200) ++answered;
  CHECK(answered <= 20);
  CHECK(answered >= 15);
  CHECK(bob.http.get("/api/v1/users/me").status == 200);
}

TEST_CASE("limits: behind a trusted proxy each client has limits of its own", "[limits]") {
  ServerProcess limited({"rate_limits.enabled=true", "rate_limits.ip=5/0.1", "http.trusted_proxies=127.0.0.0/8"});
  HttpClient http(limited.port());
  const auto from = [&](const std::string& address) {
    return http.get("/api/v1/client-config", {{"X-Forwarded-For", address}}).status;
  };
  for (int i = 0; i < 5; ++i) CHECK(from("203.0.113.1") == 200);
  CHECK(from("203.0.113.1") == 429);
  CHECK(from("198.51.100.7, 203.0.113.1") == 429);
  CHECK(from("203.0.113.2") == 200);
}

TEST_CASE("limits: a burst of logins is refused when the pool is full, and the chat goes on", "[limits]") {
  ServerProcess busy({"auth.password_cost=moderate", "auth.password_threads=1", "auth.password_queue=2"});
  Person ada(busy, "ada");
  ada.socket();
  std::atomic<int> served{0}, refused{0}, other{0};
  std::vector<std::thread> burst;
  for (int i = 0; i < 16; ++i) {
    burst.emplace_back([&] {
      try {
        HttpClient http(busy.port());
        const auto answer = http.post("/api/v1/auth/login", {{"username", ada.username}, {"password", ada.password}});
        const bool busy_answer =
            answer.status == 503 && answer.code() == "server.overloaded" && !answer.header("retry-after").empty();
        ++(answer.status == 200 ? served : busy_answer ? refused : other);
      } catch (const std::exception&) {
        ++other;
      }
    });
  }
  CHECK(ada.say("world", "said in the middle of a burst")["seq"] == 1);
  for (auto& thread : burst) thread.join();
  CHECK(served >= 1);
  CHECK(refused >= 1);
  CHECK(other == 0);
}

TEST_CASE("limits: who does not finish a request is turned away, others are served", "[limits]") {
  ServerProcess strict({"http.header_timeout=1s", "http.body_timeout=1s", "http.idle_timeout=1s"});
  std::vector<std::unique_ptr<HttpClient>> slow;
  for (int i = 0; i < 50; ++i) {
    slow.push_back(std::make_unique<HttpClient>(strict.port()));
    slow.back()->send_raw("GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\nx-slow: ");
  }
  HttpClient body(strict.port());
  body.send_raw(
      "POST /api/v1/auth/login HTTP/1.1\r\nHost: 127.0.0.1\r\n"
      "Content-Type: application/json\r\nContent-Length: 100\r\n\r\n{");
  HttpClient silent(strict.port());
  silent.socket();
  HttpClient brisk(strict.port());
  CHECK(brisk.get("/healthz").status == 200);
  for (auto& connection : slow) {
    CHECK(connection->receive().code() == "request.timeout");
    CHECK(connection->closed_by_server());
  }
  CHECK(body.receive("POST", "/api/v1/auth/login").code() == "request.timeout");
  CHECK(silent.closed_by_server());
  CHECK(brisk.closed_by_server());
  CHECK(brisk.get("/healthz").status == 200);
}

TEST_CASE("limits: connections over the limit are refused, and served again when others leave", "[limits]") {
  ServerProcess small({"http.max_connections=4"});
  std::vector<std::unique_ptr<HttpClient>> held;
  for (int i = 0; i < 4; ++i) {
    held.push_back(std::make_unique<HttpClient>(small.port()));
    REQUIRE(held.back()->get("/healthz").status == 200);
  }
  HttpClient extra(small.port());
  try {
    CHECK(extra.get("/healthz").status == 503);
  } catch (const ConnectionLost&) {
    SUCCEED("closed without an answer");
  }
  held.clear();
  int status = 0;
  for (int i = 0; i < 200 && status != 200; ++i) {
    try {
      HttpClient again(small.port());
      status = again.get("/healthz").status;
    } catch (const ConnectionLost&) {
      std::this_thread::sleep_for(milliseconds(20));
    }
  }
  CHECK(status == 200);
}

}  // namespace netherlink::test
