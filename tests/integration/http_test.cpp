#include <fstream>
#include <sstream>

#include "support/catch.hpp"
#include "support/person.hpp"

namespace netherlink::test {
namespace {

using nlohmann::json;

ServerProcess& server() {
  static ServerProcess process({"http.cors_origins=https://game.example"});
  return process;
}

std::string request_line(std::string_view method, std::string_view target) {
  return std::string(method) + " " + std::string(target) + " HTTP/1.1\r\nHost: 127.0.0.1\r\n";
}

/// One hostile request on a connection of its own: the status that it gets.
HttpAnswer raw(const std::string& bytes, std::string_view method = {}, std::string_view target = {}) {
  HttpClient http(server().port());
  http.send_raw(bytes);
  return http.receive(method, target);
}

std::string file(const std::string& name) {
  std::ifstream stream(std::string(NETHERLINK_SOURCE_DIR) + "/" + name, std::ios::binary);
  std::stringstream text;
  text << stream.rdbuf();
  return text.str();
}

}  // namespace

TEST_CASE("http: the server tells about itself", "[http]") {
  HttpClient http(server().port());
  CHECK(http.get("/healthz").status == 200);
  CHECK(http.get("/readyz").status == 200);
  CHECK(http.get("/").status == 200);
  CHECK(http.get("/openapi.yaml").body == file("api/openapi.yaml"));
  CHECK(http.get("/asyncapi.yaml").body == file("api/asyncapi.yaml"));
  const auto config = http.get("/api/v1/client-config").json;
  CHECK(config["heartbeat"]["interval"] == 30);
  CHECK(config["limits"]["content_bytes"] == 8192);
  CHECK(config["limits"]["client_msg_id_chars"] == 64);
  CHECK(config["limits"]["history_page"] == 200);
  CHECK(config["features"]["vpn"] == false);
  const auto metrics = http.get("/metrics").body;
  for (const auto* name :
       {"netherlink_ws_connections", "netherlink_http_requests_total{", "netherlink_http_request_seconds_bucket{",
        "process_resident_memory_bytes", "netherlink_store_connected"}) {
    INFO(name);
    CHECK(metrics.find(name) != std::string::npos);
  }
}

TEST_CASE("http: unknown paths and methods", "[http]") {
  HttpClient http(server().port());
  for (const auto* target :
       {"/nothing", "/api/v1", "/api/v1/", "/api/v1/users/me/", "/healthz/", "/API/v1/users/me", "//healthz"}) {
    INFO(target);
    const auto answer = http.get(target);
    CHECK(answer.status == 404);
    CHECK(answer.code() == "resource.not_found");
  }
  const auto wrong = http.request("DELETE", "/api/v1/auth/login");
  CHECK(wrong.status == 405);
  CHECK(wrong.code() == "method.not_allowed");
  CHECK(wrong.header("allow").find("POST") != std::string::npos);
  const auto me = http.request("POST", "/api/v1/users/me", json::object());
  CHECK(me.status == 405);
  for (const auto* method : {"GET", "HEAD", "PATCH", "OPTIONS"})
    CHECK(me.header("allow").find(method) != std::string::npos);
  CHECK(http.request("BREW", "/healthz").status == 405);
}

TEST_CASE("http: everything that is not public needs a token", "[http]") {
  HttpClient http(server().port());
  const auto open = Descriptions::get().open_operations();
  for (const auto& operation : Descriptions::get().operations()) {
    const auto space = operation.find(' ');
    const auto method = operation.substr(0, space);
    auto target = operation.substr(space + 1);
    if (open.contains(operation) || target == "/ws") continue;
    if (const auto variable = target.find('{'); variable != std::string::npos) {
      target.replace(variable, target.find('}') - variable + 1,
                     target.find("conversations") != std::string::npos ? "world" : "1");
    }
    INFO(operation);
    const auto answer = http.request(method, target);
    CHECK(answer.status == 401);
    CHECK(answer.code() == "auth.required");
    CHECK(answer.header("www-authenticate").find("Bearer") == 0);
  }
}

TEST_CASE("http: HEAD answers like GET without a body, OPTIONS with Allow", "[http]") {
  Person ada(server(), "ada");
  const auto get = ada.http.get("/api/v1/users/me"), head = ada.http.request("HEAD", "/api/v1/users/me");
  CHECK(head.status == 200);
  CHECK(head.body.empty());
  CHECK(head.header("content-length") == get.header("content-length"));
  CHECK(head.header("content-type") == get.header("content-type"));
  CHECK(ada.http.request("HEAD", "/nothing").status == 404);
  HttpClient http(server().port());
  const auto options = http.request("OPTIONS", "/api/v1/chat/messages");
  CHECK(options.status == 204);
  CHECK(options.header("allow").find("POST") != std::string::npos);
  CHECK(http.request("OPTIONS", "/nothing").status == 404);
}

TEST_CASE("http: pages of allowed origins may call, others may not", "[http]") {
  HttpClient http(server().port());
  const Headers preflight{{"Access-Control-Request-Method", "POST"},
                          {"Access-Control-Request-Headers", "authorization,content-type"}};
  auto from = [&](const std::string& origin) {
    auto headers = preflight;
    headers.emplace_back("Origin", origin);
    return http.request("OPTIONS", "/api/v1/chat/messages", std::nullopt, headers);
  };
  const auto allowed = from("https://game.example");
  CHECK(allowed.status == 204);
  CHECK(allowed.header("access-control-allow-origin") == "https://game.example");
  CHECK(allowed.header("access-control-allow-methods").find("POST") != std::string::npos);
  CHECK(allowed.header("access-control-allow-headers").find("uthorization") != std::string::npos);
  CHECK(allowed.header("vary").find("Origin") != std::string::npos);
  for (const auto* origin :
       {"https://evil.example", "http://game.example", "https://game.example.evil.example", "null"}) {
    INFO(origin);
    CHECK(from(origin).header("access-control-allow-origin").empty());
  }
  CHECK(http.get("/healthz", {{"Origin", "https://game.example"}}).header("access-control-allow-origin") ==
        "https://game.example");
  CHECK(http.get("/nothing", {{"Origin", "https://game.example"}}).header("access-control-allow-origin") ==
        "https://game.example");
}

TEST_CASE("http: bodies must be JSON objects of bounded size and depth", "[http]") {
  HttpClient http(server().port());
  const auto post = [&](std::string_view body, std::string_view type = "application/json") {
    return http.request_text("POST", "/api/v1/auth/login", body, type);
  };
  const std::string good = R"({"username":"nobody","password":"no such password"})";
  CHECK(post(good).status == 401);
  CHECK(post(good, "application/json; charset=utf-8").status == 401);
  CHECK(post(good, "Application/JSON").status == 401);
  for (const auto* type : {"text/plain", "application/x-www-form-urlencoded", "application/jsonp", "nonsense"}) {
    INFO(type);
    CHECK(post(good, type).code() == "request.unsupported_media_type");
  }
  CHECK(post(good, "").status == 415);
  for (const auto& bad :
       {std::string(), std::string("{"), std::string("[]"), std::string("null"), std::string("7"), good + "x",
        good + good, std::string("{'a':1}"), std::string("{\"a\":1,}"), std::string("\xEF\xBB\xBF") + good,
        std::string("{\"username\":\"\xFF\xFE\"}"), std::string("{\"a\":NaN}"), std::string("{\"a\":01}"),
        std::string(40, '{'), R"({"a":)" + std::string(40, '[') + std::string(40, ']') + "}"}) {
    INFO(bad);
    const auto answer = post(bad);
    CHECK(answer.status == 400);
    CHECK(answer.code() == "request.malformed");
  }
  CHECK(post(R"({"username":"a","username":"b","password":"no such password"})").status / 100 == 4);
}

TEST_CASE("http: a body over the limit is refused before it is read", "[http]") {
  HttpClient http(server().port());
  http.send_raw(request_line("POST", "/api/v1/auth/login") +
                "Content-Type: application/json\r\nContent-Length: 1048577\r\n\r\n");
  CHECK(http.receive("POST", "/api/v1/auth/login").code() == "request.too_large");
  HttpClient chunked(server().port());
  chunked.send_raw(request_line("POST", "/api/v1/auth/login") +
                   "Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n100001\r\n" +
                   std::string(0x100001, 'x'));
  CHECK(chunked.receive("POST", "/api/v1/auth/login").status == 413);
  HttpClient fresh(server().port());
  const auto most = R"({"username":"nobody","password":")" + std::string(1'000'000, 'x') + "\"}";
  CHECK(fresh.request_text("POST", "/api/v1/auth/login", most).code() == "request.invalid");
}

TEST_CASE("http: chunked bodies and 100-continue", "[http]") {
  HttpClient http(server().port());
  const std::string head = request_line("POST", "/api/v1/auth/login") + "Content-Type: application/json\r\n";
  http.send_raw(head + "Transfer-Encoding: chunked\r\n\r\n5\r\n{\"use\r\n");
  http.send_raw("28;ext=1\r\nrname\":\"nobody\",\"password\":\"never this\"}\r\n0\r\nTrailer: x\r\n\r\n");
  CHECK(http.receive("POST", "/api/v1/auth/login").status == 401);

  const std::string body = R"({"username":"nobody","password":"no such password"})";
  http.send_raw(head + "Expect: 100-continue\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n");
  CHECK(http.receive().status == 100);
  http.send_raw(body);
  CHECK(http.receive("POST", "/api/v1/auth/login").status == 401);
  CHECK(raw(head + "Expect: a miracle\r\nContent-Length: 2\r\n\r\n{}").status == 417);

  HttpClient large(server().port());
  large.send_raw(head + "Expect: 100-continue\r\nContent-Length: 99999999\r\n\r\n");
  CHECK(large.receive("POST", "/api/v1/auth/login").status == 413);
}

TEST_CASE("http: pipelined requests are answered in their order", "[http]") {
  Person ada(server(), "ada");
  std::string all;
  const auto authorization = "Authorization: Bearer " + ada.token + "\r\n\r\n";
  const std::string login = R"({"username":"nobody","password":"no such password"})";
  all += request_line("POST", "/api/v1/auth/login") +
         "Content-Type: application/json\r\nContent-Length: " + std::to_string(login.size()) + "\r\n\r\n" + login;
  all += request_line("GET", "/healthz") + "\r\n";
  all += request_line("GET", "/api/v1/users/me") + authorization;
  all += request_line("HEAD", "/healthz") + "\r\n";
  all += request_line("GET", "/nothing") + "\r\n";
  all += request_line("GET", "/api/v1/conversations") + authorization;
  HttpClient http(server().port());
  http.send_raw(all);
  CHECK(http.receive("POST", "/api/v1/auth/login").status == 401);
  CHECK(http.receive("GET", "/healthz").json.contains("status"));
  CHECK(http.receive("GET", "/api/v1/users/me").json["id"] == ada.id);
  CHECK(http.receive("HEAD", "/healthz").status == 200);
  CHECK(http.receive("GET", "/nothing").status == 404);
  CHECK(http.receive("GET", "/api/v1/conversations").status == 200);

  std::string many;
  for (int i = 0; i < 200; ++i) many += request_line("GET", i % 2 == 0 ? "/healthz" : "/nothing") + "\r\n";
  http.send_raw(many);
  for (int i = 0; i < 200; ++i)
    REQUIRE(http.receive("GET", i % 2 == 0 ? "/healthz" : "/nothing").status == (i % 2 == 0 ? 200 : 404));
}

TEST_CASE("http: connections are kept, or closed when asked", "[http]") {
  HttpClient http(server().port());
  http.send_raw(request_line("GET", "/healthz") + "Connection: close\r\n\r\n");
  CHECK(http.receive("GET", "/healthz").header("connection") == "close");
  CHECK(http.closed_by_server());
  http.send_raw("GET /healthz HTTP/1.0\r\n\r\n");
  CHECK(http.receive("GET", "/healthz").status == 200);
  CHECK(http.closed_by_server());
  // Byte by byte is as good as at once.
  for (const char byte : request_line("GET", "/healthz") + "\r\n") http.send_raw(std::string_view(&byte, 1));
  CHECK(http.receive("GET", "/healthz").status == 200);
}

TEST_CASE("http: what is not HTTP gets a precise answer and ends its connection alone", "[http]") {
  const std::string host = "Host: 127.0.0.1\r\n";
  CHECK(raw("nonsense\r\n\r\n").status == 400);
  CHECK(raw("GET /healthz\r\n\r\n").status == 400);
  CHECK(raw("GET /healthz HTTP/2.0\r\n" + host + "\r\n").code() == "request.version_unsupported");
  CHECK(raw("GET /healthz HTTP/1.1\r\n\r\n").status == 400);
  CHECK(raw("GET /healthz HTTP/1.1\r\n" + host + "bad header\r\n\r\n").status == 400);
  CHECK(raw("GET /healthz HTTP/1.1\r\n" + host + "name : value\r\n\r\n").status == 400);
  CHECK(raw("GET /healthz HTTP/1.1\r\n" + host +
            "x: a\x01"
            "b\r\n\r\n")
            .status == 400);
  CHECK(raw("G\x01T /healthz HTTP/1.1\r\n" + host + "\r\n").status == 400);
  CHECK(raw("GET /%zz HTTP/1.1\r\n" + host + "\r\n").status == 400);
  CHECK(raw("POST /api/v1/auth/login HTTP/1.1\r\n" + host + "Content-Length: -1\r\n\r\n").status == 400);
  CHECK(
      raw("POST /api/v1/auth/login HTTP/1.1\r\n" + host + "Content-Length: 1\r\nContent-Length: 2\r\n\r\nxx").status ==
      400);
  CHECK(raw("POST /api/v1/auth/login HTTP/1.1\r\n" + host +
            "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n")
            .status == 400);
  CHECK(raw("POST /api/v1/auth/login HTTP/1.1\r\n" + host +
                "Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
            "POST", "/api/v1/auth/login")
            .status == 400);
  CHECK(raw("GET /healthz HTTP/1.1\r\n" + host + "x: " + std::string(20'000, 'x') + "\r\n\r\n").code() ==
        "request.headers_too_large");
  CHECK(raw("GET /" + std::string(20'000, 'x') + " HTTP/1.1\r\n" + host + "\r\n").status / 100 == 4);
  HttpClient fine(server().port());
  CHECK(fine.get("/healthz").status == 200);
}

TEST_CASE("http: traces are continued and requests have ids, in the log too", "[http]") {
  Person ada(server(), "ada");
  const std::string trace = "0af7651916cd43dd8448eb211c80319c", span = "b7ad6b7169203331";
  const auto answer = ada.http.get("/api/v1/users/me", {{"traceparent", "00-" + trace + "-" + span + "-01"}});
  const auto returned = answer.header("traceparent");
  REQUIRE(returned.size() == 55);
  CHECK(returned.substr(0, 36) == "00-" + trace + "-");
  CHECK(returned.substr(36, 16) != span);
  CHECK(returned.substr(52) == "-01");
  const auto id = answer.header("x-request-id");
  CHECK_FALSE(id.empty());
  CHECK(server().wait_for_log(trace));
  CHECK(server().wait_for_log(id));
  for (const auto* bad : {"00-0-0-01", "ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
                          "00-00000000000000000000000000000000-b7ad6b7169203331-01", "nonsense"}) {
    INFO(bad);
    const auto fresh = ada.http.get("/healthz", {{"traceparent", bad}}).header("traceparent");
    REQUIRE(fresh.size() == 55);
    CHECK(fresh.find(trace) == std::string::npos);
  }
  CHECK(ada.http.get("/healthz").header("x-request-id") != ada.http.get("/healthz").header("x-request-id"));
}

TEST_CASE("http: every answer carries the security headers", "[http]") {
  HttpClient http(server().port());
  for (const auto* target : {"/", "/healthz", "/nothing", "/api/v1/users/me"}) {
    INFO(target);
    const auto answer = http.get(target);
    CHECK(answer.header("x-content-type-options") == "nosniff");
    CHECK_FALSE(answer.header("content-security-policy").empty());
    CHECK_FALSE(answer.header("referrer-policy").empty());
    CHECK(answer.header("x-frame-options") == "DENY");
    CHECK(answer.header("server").find('/') == std::string::npos);
  }
}

}  // namespace netherlink::test
