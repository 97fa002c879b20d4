// Messages with the client's time and the signature of its device (G9).
#include <fstream>

#include "support/catch.hpp"
#include "support/key_device.hpp"
#include "support/people.hpp"

namespace netherlink::test {
namespace {

using nlohmann::json;

ServerProcess& server() {
  static ServerProcess process;
  return process;
}

constexpr std::int64_t minute = 60'000;

/// Over REST, and once more over the socket: both must answer alike. The common code, empty: accepted.
std::string outcome(Person& person, const json& message) {
  const auto rest = person.http.post("/api/v1/chat/messages", message);
  const auto frame = person.socket().request("message.send", message);
  const auto over_socket = frame["data"].value("code", "");
  INFO(rest.body << "\n" << frame.dump());
  CHECK(rest.code() == over_socket);
  if (over_socket.empty()) CHECK(frame["data"]["duplicate"] == true);
  return rest.code();
}

json unsigned_message(const std::string& conversation, const std::string& text = "meet me at noon") {
  return text_message(conversation, text, unique("signed"));
}

}  // namespace

TEST_CASE("signed: readers get what they need to verify", "[e2e][signed]") {
  Person ada(server(), "ada"), bob(server(), "bob");
  KeyDevice phone(ada.id);
  REQUIRE(phone.publish(ada).status == 200);
  bob.socket();
  const auto first = ada.post(ada.with(bob), "before");
  auto message = unsigned_message(ada.with(bob), "meet me at \xf0\x9f\x95\x9b");
  message["reply_to"] = first["message_id"];
  message["mentions"] = {"all", bob.id};
  const auto now = epoch_ms();
  phone.sign_message(message, now);
  const auto ack = ada.socket().ask("message.send", message, "message.ack");
  const auto is_it = [&](const json& data) { return data["message"]["message_id"] == ack["message_id"]; };
  const auto pushed = bob.socket().expect("message.new", is_it)["message"];
  CHECK(pushed["client_time"] == to_rfc3339(now));
  CHECK(pushed["signature"] == message["signature"]);
  CHECK(pushed["signed_by"]["device_id"] == phone.id);
  CHECK(pushed["signed_by"]["signing_key"] == phone.publication()["signing_key"]);
  CHECK(pushed["mentions"] == message["mentions"]);
  const auto path = "/api/v1/chat/messages/" + ack["message_id"].get<std::string>();
  CHECK(bob.http.get(path).json == pushed);
  CHECK(whole_history(bob, ada.with(bob)).back() == pushed);
  CHECK_FALSE(whole_history(bob, ada.with(bob)).front().contains("signature"));

  // A reaction changes nothing of what was signed; an edit does.
  bob.socket().ask("message.react", {{"message_id", ack["message_id"]}, {"emoji", "\xf0\x9f\x91\x8d"}, {"on", true}},
                   "ok");
  CHECK(bob.http.get(path).json["signature"] == message["signature"]);
  REQUIRE(ada.http.patch(path, {{"content", "meet me at one"}}).status == 200);
  const auto edited = bob.http.get(path).json;
  for (const auto* field : {"client_time", "signature", "signed_by"}) CHECK_FALSE(edited.contains(field));
}

TEST_CASE("signed: too old, too new, wrong or seen before", "[e2e][signed]") {
  Person ada(server(), "ada"), bob(server(), "bob");
  KeyDevice phone(ada.id);
  REQUIRE(phone.publish(ada).status == 200);
  const auto conversation = ada.with(bob);
  const auto at = [&](std::int64_t time) {
    auto message = unsigned_message(conversation);
    phone.sign_message(message, time);
    return message;
  };
  CHECK(outcome(ada, at(epoch_ms())).empty());
  CHECK(outcome(ada, at(epoch_ms() - 4 * minute)).empty());
  CHECK(outcome(ada, at(epoch_ms() - 6 * minute)) == "chat.stale");
  CHECK(outcome(ada, at(epoch_ms() + 6 * minute)) == "chat.stale");

  const auto changed = [&](const char* field, const json& value) {
    auto message = at(epoch_ms());
    message[field] = value;
    return outcome(ada, message);
  };
  CHECK(changed("content", "meet me at one") == "chat.signature_invalid");
  CHECK(changed("client_msg_id", unique("other")) == "chat.signature_invalid");
  CHECK(changed("kind", "emoji") == "chat.signature_invalid");
  CHECK(changed("conversation_id", "world") == "chat.signature_invalid");
  CHECK(changed("mentions", json{bob.id}) == "chat.signature_invalid");
  CHECK(changed("client_time", to_rfc3339(epoch_ms() - minute)) == "chat.signature_invalid");
  CHECK(changed("signature", "not one") == "chat.signature_invalid");
  auto timeless = at(epoch_ms());
  timeless.erase("client_time");
  CHECK(outcome(ada, timeless) == "request.invalid");

  // The other way to name the conversation is the same message.
  auto by_person = at(epoch_ms());
  by_person.erase("conversation_id");
  by_person["to_user_id"] = bob.id;
  CHECK(outcome(ada, by_person).empty());

  // What was heard on the way is of no use to anybody: it is the same message, or none.
  const auto heard = at(epoch_ms());
  CHECK(outcome(ada, heard).empty());
  const auto again = ada.http.post("/api/v1/chat/messages", heard);
  CHECK(again.status == 200);
  CHECK(again.json["duplicate"] == true);
  CHECK(outcome(bob, heard) == "chat.signature_invalid");
  auto second = ada.sign_in();
  CHECK(second.http.post("/api/v1/chat/messages", heard).code() == "chat.signature_invalid");
  auto readdressed = heard;
  readdressed["client_msg_id"] = unique("replayed");
  CHECK(outcome(ada, readdressed) == "chat.signature_invalid");

  // Keys that are gone sign nothing; who has none may go on as before.
  const auto late = at(epoch_ms());
  REQUIRE(ada.http.erase("/api/v1/e2e/keys").status == 204);
  CHECK(outcome(ada, late) == "chat.signature_invalid");
  auto free = unsigned_message(conversation);
  free["client_time"] = "2026-01-31T12:00:00+01:00";  // nobody vouches for it: not looked at
  CHECK(outcome(ada, free).empty());
  CHECK_FALSE(whole_history(bob, conversation).back().contains("client_time"));
  free["client_time"] = "noon";
  CHECK(outcome(ada, free) == "request.invalid");
}

TEST_CASE("signed: devices that can sign may have to", "[e2e][signed]") {
  ServerProcess strict({"e2e.require_signatures=true"});
  Person ada(strict, "ada"), bob(strict, "bob");
  KeyDevice phone(ada.id);
  CHECK(ada.http.get("/api/v1/client-config").json["features"]["require_signatures"] == true);
  auto message = unsigned_message(ada.with(bob));
  CHECK(outcome(ada, message).empty());
  REQUIRE(phone.publish(ada).status == 200);
  message = unsigned_message(ada.with(bob));
  CHECK(outcome(ada, message) == "chat.signature_required");
  phone.sign_message(message, epoch_ms());
  CHECK(outcome(ada, message).empty());
  CHECK(outcome(bob, unsigned_message(ada.with(bob))).empty());
}

TEST_CASE("signed: nobody says something else in somebody's name", "[e2e][signed]") {
  TemporaryFolder folder;
  const auto words = folder.path() / "words.txt";
  std::ofstream(words) << "heck\n";
  ServerProcess masking({"messages.words_file=" + words.string(), "messages.words_action=mask"});
  Person ada(masking, "ada"), bob(masking, "bob");
  KeyDevice phone(ada.id);
  REQUIRE(phone.publish(ada).status == 200);
  auto message = unsigned_message(ada.with(bob), "what the heck");
  CHECK(outcome(ada, message).empty());
  CHECK(whole_history(bob, ada.with(bob)).back()["content"] != "what the heck");
  message["client_msg_id"] = unique("signed");
  phone.sign_message(message, epoch_ms());
  CHECK(outcome(ada, message) == "chat.blocked_word");
  message["content"] = "what the hill";
  phone.sign_message(message, epoch_ms());
  CHECK(outcome(ada, message).empty());
}

TEST_CASE("encrypted: the server takes it as it is", "[e2e]") {
  TemporaryFolder folder;
  const auto words = folder.path() / "words.txt";
  std::ofstream(words) << "aGVsbG8\n";
  ServerProcess process({"messages.words_file=" + words.string(), "messages.words_action=refuse"});
  Person ada(process, "ada"), bob(process, "bob");
  const std::string content = "aGVsbG8gdGhlcmUgYWdhaW4=";
  auto message = unsigned_message(ada.with(bob), content);
  message["kind"] = "encrypted";
  const auto sent = ada.http.post("/api/v1/chat/messages", message);
  REQUIRE(sent.status == 201);
  CHECK(whole_history(bob, ada.with(bob)).back()["content"] == content);
  auto seen = bob.http.get("/api/v1/conversations/" + ada.with(bob)).json["last_message"];
  CHECK(seen["content"] == content);

  auto answer = unsigned_message(ada.with(bob), "what is that?");
  answer["reply_to"] = sent.json["message_id"];
  REQUIRE(bob.http.post("/api/v1/chat/messages", answer).status == 201);
  const auto quote = whole_history(ada, ada.with(bob)).back()["quote"];
  CHECK(quote["kind"] == "encrypted");
  CHECK(quote["content"] == "");

  // The answer is found, so the index is level with it, and what is opaque is not in there.
  const auto found = [&](const std::string& q) {
    return bob.http.get("/api/v1/chat/search?q=" + q).json["items"].size();
  };
  const auto deadline = Clock::now() + patience;
  while (found("what") == 0) REQUIRE(Clock::now() < deadline);
  CHECK(found("aGVsbG8gdGhlcmUgYWdhaW4") == 0);
  CHECK(found("aGVsbG8") == 0);

  const auto path = "/api/v1/chat/messages/" + sent.json["message_id"].get<std::string>();
  CHECK(ada.http.patch(path, {{"content", "in clear"}}).code() == "request.invalid");
  REQUIRE(ada.http.patch(path, {{"content", "ZWRpdGVk"}}).status == 200);
  CHECK(bob.http.get(path).json["content"] == "ZWRpdGVk");
  CHECK(found("ZWRpdGVk") == 0);
}

}  // namespace netherlink::test
