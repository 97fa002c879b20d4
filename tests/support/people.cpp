#include "support/people.hpp"

namespace netherlink::test {

using nlohmann::json;

HttpAnswer ask_to_be_friends(Person& from, const Person& to, const std::string& message) {
  json body{{"user_id", to.id}};
  if (!message.empty()) body["message"] = message;
  return from.http.post("/api/v1/friends/requests", body);
}

void make_friends(Person& a, Person& b) {
  const auto asked = ask_to_be_friends(a, b);
  if (asked.status != 201) throw std::runtime_error("not asked: " + asked.body);
  const auto id = asked.json.at("id").get<std::string>();
  const auto accepted = b.http.request("POST", "/api/v1/friends/requests/" + id + "/accept");
  if (accepted.status != 200) throw std::runtime_error("not accepted: " + accepted.body);
}

std::vector<json> whole_list(Person& reader, const std::string& target, int limit) {
  std::vector<json> items;
  std::string cursor;
  do {
    const auto page = reader.http.get(target + (target.find('?') == std::string::npos ? "?" : "&") +
                                      "limit=" + std::to_string(limit) + (cursor.empty() ? "" : "&cursor=" + cursor));
    if (page.status != 200) throw std::runtime_error("no list: " + page.body);
    for (const auto& item : page.json.at("items")) items.push_back(item);
    cursor = page.json.at("next_cursor").is_null() ? "" : page.json.at("next_cursor").get<std::string>();
  } while (!cursor.empty());
  return items;
}

HttpAnswer block(Person& who, const Person& whom) {
  return who.http.request("PUT", "/api/v1/blocks/" + whom.id);
}

HttpAnswer unblock(Person& who, const Person& whom) {
  return who.http.erase("/api/v1/blocks/" + whom.id);
}

HttpAnswer try_to_write(Person& from, const Person& to) {
  return from.http.post(
      "/api/v1/chat/messages",
      {{"to_user_id", to.id}, {"client_msg_id", unique("m")}, {"kind", "text"}, {"content", "are you there?"}});
}

json try_to_say(Person& from, const Person& to) {
  return from.socket().request(
      "message.send",
      {{"to_user_id", to.id}, {"client_msg_id", unique("m")}, {"kind", "text"}, {"content", "are you there?"}});
}

}  // namespace netherlink::test
