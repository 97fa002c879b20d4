#include "support/groups.hpp"

namespace netherlink::test {

using nlohmann::json;

json make_group(Person& owner, std::initializer_list<Person*> members, const json& more) {
  json body{{"name", unique("group")}};
  if (!more.is_null()) body.update(more);
  for (auto* member : members) {
    make_friends(owner, *member);
    body["members"].push_back(member->id);
  }
  const auto made = owner.http.post("/api/v1/groups", body);
  if (made.status != 201) throw std::runtime_error("no group: " + made.body);
  return made.json;
}

std::string group_path(const json& group, const std::string& rest) {
  return "/api/v1/groups/" + group.at("id").get<std::string>() + rest;
}

std::vector<std::string> member_ids(Person& reader, const json& group) {
  std::vector<std::string> ids;
  for (const auto& member : whole_list(reader, group_path(group, "/members"))) {
    ids.push_back(member.at("user").at("id"));
  }
  return ids;
}

std::string make_link(Person& admin, const json& group, const json& how) {
  const auto made = admin.http.post(group_path(group, "/link"), how);
  if (made.status != 201) throw std::runtime_error("no link: " + made.body);
  return made.json.at("code");
}

HttpAnswer join_by(Person& who, const std::string& code) {
  return who.http.post("/api/v1/groups/join", {{"code", code}});
}

json expect_event(Person& who, const json& group, const std::string& event) {
  const auto wanted = [&](const json& data) {
    const auto& message = data.at("message");
    return message.at("conversation_id") == group.at("conversation_id") && message.at("kind") == "system" &&
           message.at("extra").at("event") == event;
  };
  return who.socket().expect("message.new", wanted).at("message");
}

json expect_text(Person& who, const json& group, const std::string& text) {
  const auto wanted = [&](const json& data) {
    const auto& message = data.at("message");
    return message.at("conversation_id") == group.at("conversation_id") && message.at("content") == text;
  };
  return who.socket().expect("message.new", wanted).at("message");
}

}  // namespace netherlink::test
