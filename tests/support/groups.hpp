#pragma once

#include <functional>
#include <initializer_list>
#include <string>

#include "support/people.hpp"

namespace netherlink::test {

/// A group of `owner` with these people, who become friends of the owner for it; the Group. `more`: other fields.
nlohmann::json make_group(Person& owner, std::initializer_list<Person*> members, const nlohmann::json& more = {});
std::string group_path(const nlohmann::json& group, const std::string& rest = {});
/// Who is in it, as one of them reads it: ids by user id.
std::vector<std::string> member_ids(Person& reader, const nlohmann::json& group);
/// The code of a new link.
std::string make_link(Person& admin, const nlohmann::json& group, const nlohmann::json& how = nlohmann::json::object());
HttpAnswer join_by(Person& who, const std::string& code);
/// Waits for the system message of that event in the group; the message.
nlohmann::json expect_event(Person& who, const nlohmann::json& group, const std::string& event);
/// Waits for a text message of the group; the message.
nlohmann::json expect_text(Person& who, const nlohmann::json& group, const std::string& text);

}  // namespace netherlink::test
