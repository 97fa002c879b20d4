#include "support/rooms.hpp"

namespace netherlink::test {

using nlohmann::json;

HttpAnswer try_to_open_room(Person& owner, const json& fields) {
  json wanted{{"name", "a room of " + owner.username}, {"game", "Go"}, {"max_players", 4}};
  wanted.update(fields);
  return owner.http.post("/api/v1/rooms", wanted);
}

json open_room(Person& owner, const json& fields) {
  const auto answer = try_to_open_room(owner, fields);
  if (answer.status != 201) throw std::runtime_error("no room: " + answer.body);
  return answer.json;
}

HttpAnswer in_room(Person& who, const json& room, const std::string& call, const json& body) {
  return who.http.post("/api/v1/rooms/" + room.at("id").get<std::string>() + "/" + call, body);
}

std::vector<std::string> members_of(const json& room) {
  std::vector<std::string> names;
  for (const auto& member : room.at("members")) names.push_back(member.at("nickname"));
  return names;
}

}  // namespace netherlink::test
