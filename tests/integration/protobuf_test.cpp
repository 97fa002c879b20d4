// The subprotocol netherlink.v1.proto beside netherlink.v1.json. What is tested over sockets runs in both encodings
// (group integration_protobuf); here is what only binary frames can get wrong, and both in one conversation.
#include "support/catch.hpp"
#include "support/person.hpp"
#include "support/protobuf_frames.hpp"
#include "support/server_process.hpp"

namespace netherlink::test {
namespace {

using nlohmann::json;

ServerProcess& server() {
  static ServerProcess process;
  return process;
}

WsClient speaking(const Person& person, const std::string& subprotocol) {
  WsClient::Options options;
  options.subprotocol = subprotocol;
  return {server().port(), person.token, options};
}

constexpr const char* in_json = "netherlink.v1.json";
constexpr const char* in_protobuf = "netherlink.v1.proto";

/// The next frame to a Frame that is sent as these bytes.
json answer_to(WsClient& socket, std::string_view bytes) {
  socket.send_frame(0x2, bytes);
  return socket.receive().value();
}

}  // namespace

TEST_CASE("protobuf: the same message in both encodings", "[protobuf]") {
  Person ada(server(), "ada"), bob(server(), "bob");
  auto sender = speaking(ada, in_protobuf);
  CHECK(sender.handshake().header("sec-websocket-protocol") == in_protobuf);
  auto as_json = speaking(bob, in_json), as_protobuf = speaking(bob, in_protobuf);
  CHECK(as_json.welcome()["user"] == as_protobuf.welcome()["user"]);
  CHECK(as_json.welcome()["conversations"] == as_protobuf.welcome()["conversations"]);

  const std::string conversation = ada.with(bob);
  const json sent{{"conversation_id", conversation},
                  {"client_msg_id", unique("both")},
                  {"kind", "custom"},
                  {"content", "\xf0\x9f\x8e\xae 你好"},
                  {"extra", {{"x", {1, 2.5, nullptr, "y"}}, {"big", 9007199254740993}}},
                  {"mentions", {bob.id}}};
  const auto ack = sender.ask("message.send", sent, "message.ack");
  const auto one = as_json.expect("message.new")["message"], other = as_protobuf.expect("message.new")["message"];
  CHECK(one == other);
  CHECK(one["extra"] == sent["extra"]);
  CHECK(one["content"] == sent["content"]);
  CHECK(one["sent_at"] == ack["sent_at"]);

  as_json.ask("message.react", {{"message_id", ack["message_id"]}, {"emoji", "👍"}, {"on", true}}, "ok");
  CHECK(sender.expect("message.updated")["message"]["reactions"][0]["count"] == 1);
  CHECK(as_protobuf.expect("message.updated") == as_json.expect("message.updated"));
}

TEST_CASE("protobuf: a burst arrives in order, own acks between it", "[protobuf]") {
  Person ada(server(), "ada"), bob(server(), "bob");
  auto one = speaking(ada, in_protobuf), other = speaking(bob, in_json), third = speaking(bob, in_protobuf);
  const std::string conversation = ada.with(bob);
  for (int i = 0; i < 100; ++i) {
    one.send("message.send", text_message(conversation, "a" + std::to_string(i)));
    third.send("message.send", text_message(conversation, "b" + std::to_string(i)));
  }
  for (WsClient* socket : {&one, &other, &third}) {
    for (int seq = 1; seq <= 200;) {
      const auto frame = socket->receive().value();
      if (frame["type"] == "message.new") CHECK(frame["data"]["message"]["seq"] == seq++);
      if (frame["type"] == "message.ack") CHECK(frame["data"]["seq"] == seq++);
    }
  }
}

TEST_CASE("protobuf: what is no Frame is an error, and the socket stays open", "[protobuf]") {
  Person ada(server(), "ada");
  auto socket = speaking(ada, in_protobuf);
  using namespace std::string_view_literals;
  for (const auto bytes : {"\xff"sv, "\x0a\x05"sv, "\x22\x7f\x0a"sv, "\x08\x01"sv, "\x0a\x02\xc3\x28"sv, "\x00"sv,
                           "\x22\x04\x0a\x7f\x61\x62"sv, "\x23"sv, "\x22\xff\xff\xff\xff\x0f"sv}) {
    const auto frame = answer_to(socket, bytes);
    CHECK(frame["type"] == "error");
    CHECK(frame["data"]["code"] == "frame.malformed");
  }
  for (const auto bytes :
       {""sv, "\x0a\x01\x37"sv, "\xba\x3e\x00"sv, "\xa2\x01\x00"sv}) {  // nothing, unknown, a welcome
    CHECK(answer_to(socket, bytes)["data"]["code"] == "frame.unknown_type");
  }
  auto malformed = to_protobuf({{"type", "message.send"}, {"id", "x"}, {"data", text_message("world", "hello")}});
  for (std::size_t size = 1; size < malformed.size(); ++size) {
    // Cut anywhere, it is refused or lacks something: nothing of it is taken.
    const auto frame = answer_to(socket, std::string_view(malformed).substr(0, size));
    if (frame["type"] != "error") CHECK(frame["type"] == "message.ack");
  }
  CHECK(answer_to(socket, "\x52\x00"sv)["type"] == "pong");
  CHECK(socket.close() == 1000);
}

TEST_CASE("protobuf: what proto3 leaves away is zero, false or empty", "[protobuf]") {
  Person ada(server(), "ada"), bob(server(), "bob");
  auto socket = speaking(ada, in_protobuf);
  auto message = text_message(ada.with(bob), "");
  const auto refused = socket.request("message.send", message);
  CHECK(refused["data"]["code"] == "request.invalid");
  CHECK(refused["data"]["client_msg_id"] == message["client_msg_id"]);
  message["content"] = "text is the first kind";
  CHECK(socket.ask("message.send", message, "message.ack")["seq"] == 1);
  message["client_msg_id"] = unique("odd");
  message["kind"] = "no such kind";
  CHECK(socket.request("message.send", message)["data"]["code"] == "request.invalid");
  CHECK(socket.request("message.recall", {{"message_id", "0"}})["data"]["code"] == "request.invalid");
  socket.ask("presence.watch", {{"user_ids", json::array()}}, "ok");
  socket.ask("presence.watch", {{"user_ids", {ada.id, bob.id}}}, "ok");
  socket.ask("typing", {{"conversation_id", ada.with(bob)}, {"on", false}}, "ok");
  socket.ask("rooms.watch", {{"filter", {{"has_space", false}}}}, "ok");
}

TEST_CASE("protobuf: each subprotocol has its kind of message", "[protobuf]") {
  Person ada(server(), "ada");
  auto binary = speaking(ada, in_protobuf), text = speaking(ada, in_json);
  binary.send_frame(0x1, R"({"type":"ping","data":{}})");
  CHECK(binary.wait_close() == 1003);
  text.send_frame(0x2, "\x52\x00");
  CHECK(text.wait_close() == 1003);
}

TEST_CASE("protobuf: the lobby can be pulled in it", "[protobuf]") {
  Person ada(server(), "ada");
  for (int i = 0; i < 20; ++i) ada.say("world", "hello " + std::to_string(i));
  const std::string pull = "/api/v1/chat/pull/lobby?after_seq=0";
  const auto as_json = ada.http.get(pull);
  const auto plain = ada.http.get(pull, {{"Accept", "application/x-protobuf"}});
  const auto zipped = ada.http.get(pull, {{"Accept", "application/x-protobuf"}, {"Accept-Encoding", "gzip"}});
  CHECK(plain.header("content-type") == "application/x-protobuf");
  CHECK(zipped.header("content-encoding") == "gzip");
  CHECK(plain.body == zipped.body);
  CHECK(zipped.length < plain.length);
  CHECK(plain.length < as_json.length);
  CHECK(from_protobuf("LobbyBatch", plain.body) == as_json.json);
}

}  // namespace netherlink::test
