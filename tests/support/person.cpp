#include "support/person.hpp"

#include <atomic>

namespace netherlink::test {

using nlohmann::json;

std::string unique(std::string_view stem) {
  static std::atomic<int> counter{0};
  return std::string(stem) + "-" + std::to_string(++counter);
}

Person::Person(std::uint16_t port, std::string_view stem)
    : http(port), username(unique(stem)), password("the password of " + username), port_(port) {
  take(http.post("/api/v1/auth/register", {{"username", username}, {"password", password}}));
}

Person::Person(Existing, std::uint16_t port, const Person& account)
    : http(port), username(account.username), password(account.password), port_(port) {
  take(http.post("/api/v1/auth/login", {{"username", username}, {"password", password}}));
}

void Person::take(const HttpAnswer& answer) {
  if (answer.status / 100 != 2) throw std::runtime_error("cannot sign in: " + answer.body);
  login = answer.json;
  id = login.at("user").at("id");
  session_id = login.at("session_id");
  token = login.at("access_token");
  refresh_token = login.at("refresh_token");
  http.set_token(token);
}

Person Person::sign_in() const {
  return Person(Existing(), port_, *this);
}

WsClient& Person::socket() {
  if (!socket_) connect();
  return *socket_;
}

WsClient& Person::connect() {
  socket_ = std::make_unique<WsClient>(port_, token);
  return *socket_;
}

std::string Person::with(const Person& other) const {
  const auto mine = std::stoll(id), theirs = std::stoll(other.id);
  return "single_" + std::to_string(std::min(mine, theirs)) + "_" + std::to_string(std::max(mine, theirs));
}

json text_message(const std::string& conversation_id, const std::string& text, std::string client_msg_id) {
  if (client_msg_id.empty()) client_msg_id = unique("m");
  return {{"conversation_id", conversation_id}, {"client_msg_id", client_msg_id}, {"kind", "text"}, {"content", text}};
}

json Person::say(const std::string& conversation_id, const std::string& text, std::string client_msg_id) {
  return socket().ask("message.send", text_message(conversation_id, text, std::move(client_msg_id)), "message.ack");
}

json Person::post(const std::string& conversation_id, const std::string& text, std::string client_msg_id) {
  const auto answer = http.post("/api/v1/chat/messages", text_message(conversation_id, text, std::move(client_msg_id)));
  if (answer.status / 100 != 2) throw std::runtime_error("not sent: " + answer.body);
  return answer.json;
}

std::vector<json> whole_history(Person& reader, const std::string& conversation_id) {
  std::vector<json> messages;
  for (bool more = true; more;) {
    const auto after = messages.empty() ? 0 : messages.back().at("seq").get<long>();
    const auto page = reader.http.get("/api/v1/chat/history?limit=200&conversation_id=" + conversation_id +
                                      "&after_seq=" + std::to_string(after));
    if (page.status != 200) throw std::runtime_error("no history: " + page.body);
    for (const auto& message : page.json.at("messages")) messages.push_back(message);
    more = page.json.at("has_more");
  }
  return messages;
}

}  // namespace netherlink::test
