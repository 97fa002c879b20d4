#include <thread>

#include "support/catch.hpp"
#include "support/person.hpp"

namespace netherlink::test {
namespace {

using nlohmann::json;

ServerProcess& server() {
  static ServerProcess process;
  return process;
}

HttpAnswer refused(const std::string& token, WsClient::Options options = {}) {
  try {
    WsClient socket(server().port(), token, options);
  } catch (const HandshakeRefused& refusal) {
    return refusal.answer;
  }
  FAIL("the handshake was not refused");
  return {};
}

HttpAnswer raw_handshake(const std::string& token, const std::string& headers,
                         const std::string& line = "GET /ws HTTP/1.1") {
  HttpClient http(server().port());
  http.send_raw(line + "\r\nHost: 127.0.0.1\r\nAuthorization: Bearer " + token + "\r\n" + headers + "\r\n");
  return http.receive("GET", "/ws");
}

}  // namespace

TEST_CASE("ws: the token may stand in three places", "[ws][json]") {
  Person ada(server(), "ada");
  using Place = WsClient::TokenPlace;
  for (const auto place : {Place::header, Place::query, Place::subprotocol}) {
    WsClient::Options options;
    options.place = place;
    options.subprotocol = place == Place::header ? "netherlink.v1.json" : "";
    WsClient socket(server().port(), ada.token, options);
    CHECK(socket.welcome()["session_id"] == ada.session_id);
    const auto chosen = socket.handshake().header("sec-websocket-protocol");
    CHECK(chosen == (place == Place::query ? "" : "netherlink.v1.json"));
    CHECK(socket.close() == 1000);
  }
}

TEST_CASE("ws: welcome comes first and tells who and where one is", "[ws]") {
  Person ada(server(), "ada");
  const auto& welcome = ada.socket().welcome();
  CHECK(welcome["user"] == ada.login["user"]);
  CHECK(welcome["session_id"] == ada.session_id);
  CHECK(welcome["heartbeat"] == ada.login["heartbeat"]);
  CHECK(welcome["more"] == false);
  REQUIRE(welcome["conversations"].size() == 1);
  CHECK(welcome["conversations"][0]["conversation_id"] == "world");
}

TEST_CASE("ws: a refused handshake is a plain problem", "[ws]") {
  Person ada(server(), "ada");
  WsClient::Options options;
  options.place = WsClient::TokenPlace::nowhere;
  CHECK(refused("", options).code() == "auth.required");
  for (const auto place :
       {WsClient::TokenPlace::header, WsClient::TokenPlace::query, WsClient::TokenPlace::subprotocol}) {
    options.place = place;
    const auto answer = refused("not.a.token", options);
    CHECK(answer.status == 401);
    CHECK(answer.code() == "auth.invalid_token");
  }
  options.place = WsClient::TokenPlace::query;
  options.headers = {{"Origin", "https://evil.example"}};
  const auto foreign = refused(ada.token, options);
  CHECK(foreign.status == 403);
  CHECK(foreign.code() == "auth.origin_forbidden");
  options.headers = {{"Origin", "http://127.0.0.1"}};
  CHECK(WsClient(server().port(), ada.token, options).close() == 1000);
}

TEST_CASE("ws: what is no handshake is refused", "[ws]") {
  Person ada(server(), "ada");
  const std::string upgrade = "Upgrade: websocket\r\nConnection: Upgrade\r\n",
                    version = "Sec-WebSocket-Version: 13\r\n", key = "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";
  CHECK(raw_handshake(ada.token, "").status == 426);
  CHECK(raw_handshake(ada.token, version + key + "Connection: Upgrade\r\n").status == 426);
  CHECK(raw_handshake(ada.token, version + key + "Upgrade: websocket\r\n").status == 426);
  CHECK(raw_handshake(ada.token, upgrade + version).status == 400);
  CHECK(raw_handshake(ada.token, upgrade + version + "Sec-WebSocket-Key: short\r\n").status == 400);
  const auto old = raw_handshake(ada.token, upgrade + key + "Sec-WebSocket-Version: 8\r\n");
  CHECK(old.status == 426);
  CHECK(old.header("sec-websocket-version") == "13");
  CHECK(raw_handshake(ada.token, "Upgrade: WebSocket\r\nConnection: keep-alive, upgrade\r\n" + version + key).status ==
        101);
  HttpClient http(server().port());
  http.set_token(ada.token);
  CHECK(http.request("POST", "/ws", json::object()).status == 405);
}

TEST_CASE("ws: frames that say nothing known are answered, and the socket stays open", "[ws][json]") {
  Person ada(server(), "ada");
  auto& socket = ada.socket();
  const auto unknown = socket.request("no.such.type", json::object());
  CHECK(unknown["type"] == "error");
  CHECK(unknown["data"]["code"] == "frame.unknown_type");
  for (const auto* name : {"welcome", "message.new", "message.ack", "pong", "error", "", "Ping"}) {
    INFO(name);
    CHECK(socket.request(name, json::object())["data"]["code"] == "frame.unknown_type");
  }
  for (const auto* text : {"", " ", "nonsense", "{", "[]", "null", "7", "\"ping\"", "{}", R"({"data":{}})",
                           R"({"type":7,"data":{}})", R"({"type":"ping","data":[]})", R"({"type":"ping","data":{}}x)",
                           R"({"type":"ping","id":7,"data":{}})", R"({"type":"ping","id":{},"data":{}})"}) {
    INFO(text);
    socket.send_text(text);
    CHECK(socket.expect("error")["code"] == "frame.malformed");
  }
  std::string deep = R"({"type":"ping","data":{"a":)";
  for (int i = 0; i < 100; ++i) deep += '[';
  for (int i = 0; i < 100; ++i) deep += ']';
  socket.send_text(deep + "}}");
  CHECK(socket.expect("error")["code"] == "frame.malformed");
  CHECK(socket.ask("ping", json::object(), "pong").contains("server_time"));
  CHECK(socket.ask("ping", {{"unknown", "field"}}, "pong").contains("server_time"));
}

TEST_CASE("ws: commands are answered with ok or with what is wrong", "[ws][json]") {
  Person ada(server(), "ada"), bob(server(), "bob"), eve(server(), "eve");
  auto& socket = ada.socket();
  const auto code = [&](std::string_view type, const json& data) {
    return socket.request(type, data)["data"].value("code", "");
  };
  CHECK(code("message.read", json::object()) == "request.invalid");
  CHECK(code("message.read", {{"conversation_id", "world"}, {"seq", "1"}}) == "request.invalid");
  CHECK(code("message.read", {{"conversation_id", "nonsense"}, {"seq", 1}}) == "request.invalid");
  CHECK(code("message.received", {{"conversation_id", bob.with(eve)}, {"seq", 1}}) == "chat.not_member");
  CHECK(code("message.read", {{"conversation_id", "group_77"}, {"seq", 1}}) == "chat.not_member");
  CHECK(code("message.send", json::object()) == "request.invalid");
  CHECK(code("auth.refresh", json::object()) == "request.invalid");
  CHECK(socket.ask("message.read", {{"conversation_id", "world"}, {"seq", 0}}, "ok") == json::object());
  socket.send_text(R"({"type":"ping","data":{}})");
  CHECK(socket.expect("pong").contains("server_time"));
}

TEST_CASE("ws: fragments, control frames in between, and pings", "[ws][json]") {
  Person ada(server(), "ada");
  auto& socket = ada.socket();
  socket.send_frame(0x1, R"({"type":"pi)", {false});
  socket.send_frame(0x9, "are you there");
  socket.send_frame(0x0, R"(ng","id":"cut",)", {false});
  socket.send_frame(0x0, "", {false});
  socket.send_frame(0x0, R"("data":{}})");
  CHECK(socket.expect("pong").contains("server_time"));
  socket.send_frame(0xA, "nobody asked");
  const auto bytes = std::string("\x81\x80\x12\x34\x56\x78", 6);
  for (const char byte : bytes) socket.send_raw(std::string_view(&byte, 1));
  CHECK(socket.expect("error")["code"] == "frame.malformed");
}

TEST_CASE("ws: what breaks RFC 6455 closes the socket with its code", "[ws][json]") {
  Person ada(server(), "ada");
  const auto code_after = [&](const auto& offence) {
    WsClient socket(server().port(), ada.token);
    offence(socket);
    return socket.wait_close();
  };
  using Bits = WsClient::FrameBits;
  const std::string ping = R"({"type":"ping","data":{}})";
  CHECK(code_after([&](WsClient& s) { s.send_frame(0x1, ping, Bits{true, false, 0}); }) == 1002);
  for (const auto reserved : std::initializer_list<std::uint8_t>{1, 2, 4}) {
    CHECK(code_after([&](WsClient& s) { s.send_frame(0x1, ping, Bits{true, true, reserved}); }) == 1002);
  }
  for (const auto opcode : std::initializer_list<std::uint8_t>{3, 7, 11, 15})
    CHECK(code_after([&](WsClient& s) { s.send_frame(opcode, ""); }) == 1002);
  CHECK(code_after([&](WsClient& s) { s.send_frame(0x0, ping); }) == 1002);
  CHECK(code_after([&](WsClient& s) { s.send_frame(0x9, "x", Bits{false, true, 0}); }) == 1002);
  CHECK(code_after([&](WsClient& s) { s.send_frame(0x9, std::string(126, 'x')); }) == 1002);
  CHECK(code_after([&](WsClient& s) {
          s.send_frame(0x1, "{", Bits{false, true, 0});
          s.send_frame(0x1, "}");
        }) == 1002);
  CHECK(code_after([&](WsClient& s) { s.send_frame(0x8, "x"); }) == 1002);
  for (const int bad : {0, 999, 1004, 1005, 1006, 1015, 2999, 5000}) {
    INFO(bad);
    const std::string payload{static_cast<char>(bad >> 8), static_cast<char>(bad)};
    CHECK(code_after([&](WsClient& s) { s.send_frame(0x8, payload); }) == 1002);
  }
  CHECK(code_after([&](WsClient& s) { s.send_frame(0x8, "\x03\xE8\xFF"); }) == 1007);
  CHECK(code_after([&](WsClient& s) { s.send_frame(0x1, "\"\xC0\xAF\""); }) == 1007);
  CHECK(code_after([&](WsClient& s) { s.send_frame(0x1, "\"\xED\xA0\x80\"", Bits{false, true, 0}); }) == 1007);
  CHECK(code_after([&](WsClient& s) { s.send_frame(0x1, "\xF0\x9F\x98"); }) == 1007);
  CHECK(code_after([&](WsClient& s) { s.send_frame(0x2, "binary"); }) == 1003);
  CHECK(code_after([&](WsClient& s) { s.send_raw(std::string("\x81\xFF\x00\x00\x00\x00\x10\x00\x00\x00mask", 14)); }) ==
        1009);
  CHECK(code_after([&](WsClient& s) {
          for (int i = 0; i < 5; ++i) s.send_frame(i == 0 ? 0x1 : 0x0, std::string(20'000, 'x'), Bits{false, true, 0});
        }) == 1009);
}

TEST_CASE("ws: a client may say goodbye, or just go", "[ws]") {
  Person ada(server(), "ada"), bob(server(), "bob");
  for (const int code : {1000, 1001, 3000, 4999}) {
    WsClient socket(server().port(), ada.token);
    CHECK(socket.close(code) == code);
  }
  WsClient bare(server().port(), ada.token);
  bare.send_frame(0x8, "");
  CHECK((bare.wait_close() == 1005 || bare.wait_close() == 1000));
  WsClient gone(server().port(), ada.token);
  gone.drop();
  CHECK(bob.say("world", "is there anybody out there")["duplicate"] == false);
}

TEST_CASE("ws: a token ends its socket when it expires, unless a newer one comes", "[ws][time]") {
  ServerProcess brief({"auth.access_ttl=6s"});
  Person ada(brief, "ada"), bob(brief, "bob");
  auto& expires = ada.socket();
  auto& renewed = bob.socket();
  Person stranger(brief, "stranger");
  CHECK(renewed.request("auth.refresh", {{"access_token", "garbage"}})["data"]["code"] == "auth.invalid_token");
  CHECK(renewed.request("auth.refresh", {{"access_token", stranger.token}})["data"]["code"] == "auth.invalid_token");
  const auto until = Clock::now() + milliseconds(8000);
  HttpClient http(brief.port());
  auto refresh_token = bob.refresh_token;
  while (Clock::now() < until) {
    const auto tokens = http.post("/api/v1/auth/refresh", {{"refresh_token", refresh_token}}).json;
    refresh_token = tokens.at("refresh_token");
    CHECK(renewed.ask("auth.refresh", {{"access_token", tokens.at("access_token")}}, "auth.refreshed")["expires_in"] <=
          6);
    std::this_thread::sleep_for(milliseconds(500));
  }
  CHECK(expires.wait_close() == 4001);
  CHECK(ada.http.get("/api/v1/users/me").code() == "auth.token_expired");
  CHECK(renewed.wait_close() == 4001);
}

TEST_CASE("ws: who is silent is closed, who pings is not", "[ws][time]") {
  ServerProcess strict({"heartbeat.interval=1s", "heartbeat.min_interval=1s", "heartbeat.probe_count=2"});
  Person ada(strict, "ada"), bob(strict, "bob");
  WsClient::Options deaf;
  deaf.answer_pings = false;
  WsClient silent(strict.port(), ada.token, deaf);
  auto& lively = bob.socket();
  const auto until = Clock::now() + milliseconds(4000);
  while (Clock::now() < until) {
    lively.ask("ping", json::object(), "pong");
    std::this_thread::sleep_for(milliseconds(200));
  }
  CHECK(silent.wait_close() == 4003);
  CHECK(lively.ask("ping", json::object(), "pong").contains("server_time"));
}

TEST_CASE("ws: who does not read is closed with 4004, the others are served", "[ws]") {
  ServerProcess tight({"ws.send_queue_bytes=64KiB"});
  Person ada(tight, "ada"), bob(tight, "bob"), eve(tight, "eve");
  WsClient::Options options;
  options.receive_buffer = 4096;
  WsClient slow(tight.port(), eve.token, options);
  bob.socket();
  const auto closed = [&] {
    HttpClient http(tight.port());
    return http.get("/metrics").body.find("netherlink_slow_clients_closed_total 1") != std::string::npos;
  };
  const std::string large(8000, 'x');
  int sent = 0;
  while (sent < 4000 && !closed()) {
    for (int i = 0; i < 20; ++i, ++sent) {
      ada.say("world", large);
      bob.socket().expect("message.new");
    }
  }
  CHECK(closed());
  CHECK(slow.wait_close() == 4004);
  CHECK(bob.say("world", "and life goes on")["seq"] == sent + 1);
}

TEST_CASE("ws: who sends more than may be in flight waits, and loses nothing", "[ws]") {
  ServerProcess narrow({"ws.max_in_flight=4"});
  Person ada(narrow, "ada"), bob(narrow, "bob");
  constexpr int count = 1000;
  for (int i = 0; i < count; ++i) {
    ada.socket().send("message.send", text_message(ada.with(bob), "one of very many, " + std::to_string(i)));
  }
  for (int i = 0; i < count; ++i) REQUIRE(ada.socket().expect("message.ack")["seq"] == i + 1);
}

TEST_CASE("ws: a user has so many sockets and no more", "[ws]") {
  ServerProcess few({"ws.max_sessions_per_user=2"});
  Person ada(few, "ada"), bob(few, "bob");
  WsClient first(few.port(), ada.token), second(few.port(), ada.token);
  int outcome = 0;
  try {
    WsClient third(few.port(), ada.token);
    outcome = 1;
  } catch (const HandshakeRefused& refusal) {
    outcome = refusal.answer.status;
  } catch (const SocketClosed& closed) {
    outcome = closed.code;
  }
  CHECK((outcome == 429 || outcome == 1008));
  CHECK(bob.socket().welcome()["user"]["id"] == bob.id);
}

}  // namespace netherlink::test
