// What is decided before a handler runs, and what happens when it fails.
#include "support/catch.hpp"
#include "test_server.hpp"

using namespace netherlink;
using namespace netherlink::test;

namespace {

std::string code(const RawAnswer& answer) {
  const auto at = answer.body.find("\"code\":\"");
  return at == std::string::npos ? "" : answer.body.substr(at + 8, answer.body.find('"', at + 8) - at - 8);
}

std::string bearer(const std::string& token) {
  return "Authorization: Bearer " + token + "\r\n";
}

}  // namespace

TEST_CASE("unknown paths, wrong methods, OPTIONS", "[http]") {
  HttpTestServer server;
  TcpSocket socket(server.port());
  const auto unknown = ask(socket, get("/nothing"));
  CHECK(unknown.status == 404);
  CHECK(code(unknown) == "resource.not_found");
  CHECK(unknown.has("Content-Type: application/problem+json"));
  const auto wrong = ask(socket, "DELETE /io HTTP/1.1\r\nHost: a\r\n\r\n");
  CHECK(wrong.status == 405);
  CHECK(wrong.has("Allow: GET, HEAD, POST, OPTIONS"));
  CHECK(ask(socket, "DELETE /token HTTP/1.1\r\nHost: a\r\n\r\n").status == 405);  // before the token
  const auto options = ask(socket, "OPTIONS /io HTTP/1.1\r\nHost: a\r\n\r\n");
  CHECK(options.status == 204);
  CHECK(options.has("Allow: GET, HEAD, POST, OPTIONS"));
  CHECK(ask(socket, "OPTIONS /nothing HTTP/1.1\r\nHost: a\r\n\r\n").status == 404);
  CHECK(ask(socket, "OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n").status == 204);
  CHECK(ask(socket, "TRACE /io HTTP/1.1\r\nHost: a\r\n\r\n").status == 405);
}

TEST_CASE("everything that is not open needs a good token", "[http]") {
  HttpTestServer server;
  TcpSocket socket(server.port());
  const auto none = ask(socket, get("/token"));
  CHECK(none.status == 401);
  CHECK(code(none) == "auth.required");
  CHECK(none.has("WWW-Authenticate: Bearer"));
  CHECK(code(ask(socket, get("/token", "Authorization: Basic YTpi\r\n"))) == "auth.required");
  const auto invalid = ask(socket, get("/token", bearer("rubbish")));
  CHECK(code(invalid) == "auth.invalid_token");
  CHECK(invalid.has("WWW-Authenticate: Bearer error=\"invalid_token\""));
  CHECK(code(ask(socket, get("/token", bearer(server.token(7, std::chrono::seconds(-1)))))) == "auth.token_expired");
  CHECK(ask(socket, get("/token", "authorization: bearer  " + server.token() + "\r\n")).body == "42");
  server.cache().revoked_sessions().add(9, core::now_ms() + 60'000);
  CHECK(code(ask(socket, get("/token", bearer(server.token(9))))) == "auth.session_revoked");
  CHECK(ask(socket, get("/token", bearer(server.token(8)))).status == 200);
}

TEST_CASE("media types", "[http]") {
  HttpTestServer server;
  TcpSocket socket(server.port());
  const auto with = [&](std::string_view type, std::string_view more = "") {
    return ask(socket, "POST /io HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n" + std::string(type) + std::string(more) +
                           "\r\n{}")
        .status;
  };
  for (const auto* good :
       {"Content-Type: application/json\r\n", "Content-Type: Application/JSON ; charset=\"utf-8\"\r\n",
        "Content-Type: application/json;charset=UTF-8\r\n"}) {
    INFO(good);
    CHECK(with(good) == 200);
  }
  for (const auto* bad : {"", "Content-Type: text/plain\r\n", "Content-Type: application/json; charset=latin1\r\n",
                          "Content-Type: application/jsonx\r\n", "Content-Type: x/application/json\r\n"}) {
    INFO(bad);
    CHECK(with(bad) == 415);  // and the connection goes on: the body was there
  }
  CHECK(with("Content-Type: application/json\r\n", "Content-Encoding: gzip\r\n") == 415);
}

TEST_CASE("failing handlers answer 500 and nothing more", "[http]") {
  HttpTestServer server;
  TcpSocket socket(server.port());
  for (const auto* path : {"/throw", "/throw-later", "/drop"}) {
    INFO(path);
    const auto answer = ask(socket, get(path));
    CHECK(answer.status == 500);
    CHECK(code(answer) == "server.internal");
    CHECK(answer.body.find("bug") == std::string::npos);
  }
  CHECK(ask(socket, get("/io")).status == 200);
}

TEST_CASE("a full pool refuses at once", "[http]") {
  HttpTestServer server;
  std::vector<TcpSocket> clients;
  for (int i = 0; i < 4; ++i) clients.emplace_back(server.port());
  for (auto& client : clients) client.send(get("/full"));  // one runs, one waits
  REQUIRE(eventually([&] {
    return std::count_if(clients.begin(), clients.end(), [](const TcpSocket& c) { return c.readable(); }) >= 2;
  }));
  server.release();
  int refused = 0;
  for (auto& client : clients) {
    const auto answer = read_answer(client);
    if (answer.status != 503) continue;
    ++refused;
    CHECK(code(answer) == "server.overloaded");
    CHECK(answer.has("Retry-After: 1"));
    CHECK(ask(client, get("/io")).status == 200);
  }
  CHECK(refused >= 2);
}

TEST_CASE("buckets by address, by user, by kind", "[http]") {
  auto config = HttpTestServer::plain_config();
  config.rate_limits.enabled = true;
  config.rate_limits.ip = {50, 0.01};
  config.rate_limits.user = {3, 0.01};
  config.rate_limits.login_ip = {2, 0.5};
  HttpTestServer server(config);
  TcpSocket socket(server.port());
  const auto authorised = get("/token", bearer(server.token()));
  for (int i = 0; i < 3; ++i) CHECK(ask(socket, authorised).status == 200);
  const auto limited = ask(socket, authorised);
  CHECK(limited.status == 429);
  CHECK(code(limited) == "request.rate_limited");
  CHECK(limited.has("Retry-After: 100"));
  CHECK(ask(socket, post("/login", "{}")).status == 200);
  CHECK(ask(socket, post("/login", "{}")).status == 200);
  CHECK(ask(socket, post("/login", "{}")).has("Retry-After: 2"));
  int status = 200;
  for (int i = 0; i < 60 && status == 200; ++i) status = ask(socket, get("/io")).status;
  CHECK(status == 429);
  CHECK(ask(socket, get("/nothing")).status == 429);
  CHECK(ask(socket, get("/token")).status == 429);  // guessing tokens is counted too
  CHECK(ask(socket, get("/probe")).status == 200);
}

TEST_CASE("buckets follow the client behind a trusted proxy", "[http]") {
  auto config = HttpTestServer::plain_config();
  config.rate_limits.enabled = true;
  config.rate_limits.ip = {1, 0.01};
  config.http.trusted_proxies = {"127.0.0.0/8"};
  HttpTestServer server(config);
  TcpSocket socket(server.port());
  CHECK(ask(socket, get("/who", "X-Forwarded-For: 9.9.9.9, 1.2.3.4\r\n")).body == "1.2.3.4");
  CHECK(ask(socket, get("/who", "X-Forwarded-For: 8.8.8.8, 1.2.3.4\r\n")).status == 429);
  CHECK(ask(socket, get("/who", "X-Forwarded-For: 1.2.3.5\r\n")).status == 200);
}

TEST_CASE("pages of allowed origins alone", "[http]") {
  auto config = HttpTestServer::plain_config();
  config.http.cors_origins = {"https://game.example"};
  HttpTestServer server(config);
  TcpSocket socket(server.port());
  const auto preflight = ask(socket,
                             "OPTIONS /io HTTP/1.1\r\nHost: a\r\nOrigin: https://game.example\r\n"
                             "Access-Control-Request-Method: POST\r\n\r\n");
  CHECK(preflight.status == 204);
  CHECK(preflight.has("Access-Control-Allow-Origin: https://game.example"));
  CHECK(preflight.has("Access-Control-Allow-Methods: GET, HEAD, POST, OPTIONS"));
  CHECK(preflight.header("Access-Control-Allow-Headers").find("Authorization") != std::string::npos);
  const auto allowed = ask(socket, get("/nothing", "Origin: https://game.example\r\n"));
  CHECK(allowed.has("Access-Control-Allow-Origin: https://game.example"));
  CHECK(allowed.has("Vary: Origin"));
  const auto foreign = ask(socket, get("/io", "Origin: https://other.example\r\n"));
  CHECK(foreign.header("Access-Control-Allow-Origin").empty());
  CHECK(foreign.has("Vary: Origin"));
  config.http.cors_origins = {"*"};
  HttpTestServer all(config);
  TcpSocket other(all.port());
  CHECK(ask(other, get("/io", "Origin: https://any.example\r\n")).has("Access-Control-Allow-Origin: *"));
}

TEST_CASE("upgrades are handed over with what came behind them", "[http]") {
  HttpTestServer server;
  TcpSocket socket(server.port());
  const std::string upgrade = "Upgrade: WebSocket\r\nConnection: keep-alive, Upgrade\r\n";
  const auto plain = ask(socket, get("/echo"));
  CHECK(plain.status == 426);
  CHECK(plain.has("Upgrade: websocket"));
  CHECK(ask(socket, "POST /echo HTTP/1.1\r\nHost: a\r\n" + upgrade + "\r\n").status == 405);
  const auto refused = ask(socket, get("/echo", upgrade));
  CHECK(refused.status == 403);
  CHECK(refused.has("Content-Type: application/problem+json"));
  socket.send(get("/io") + get("/echo", upgrade + "Sec-WebSocket-Protocol: echo\r\n") + "early");
  CHECK(read_answer(socket).body == "io");
  const auto switched = read_answer(socket);
  CHECK(switched.status == 101);
  CHECK(switched.has("Connection: Upgrade"));
  CHECK(switched.header("Content-Length").empty());
  CHECK(socket.read_exactly(5) == "early");
  socket.send("late");
  CHECK(socket.read_exactly(4) == "late");
  CHECK(server.open_connections() == 1);
  socket.close();
  CHECK(eventually([&] { return server.open_connections() == 0; }));
}
