#pragma once

#include <string>

#include "support/person.hpp"

namespace netherlink::test {

/// POST /rooms; `fields` beside or instead of a name and a game.
HttpAnswer try_to_open_room(Person& owner, const nlohmann::json& fields = nlohmann::json::object());
/// The same, which must succeed: the room.
nlohmann::json open_room(Person& owner, const nlohmann::json& fields = nlohmann::json::object());
/// POST /rooms/{id}/{call}.
HttpAnswer in_room(Person& who, const nlohmann::json& room, const std::string& call,
                   const nlohmann::json& body = nlohmann::json::object());
/// The names of the members, in their order.
std::vector<std::string> members_of(const nlohmann::json& room);

}  // namespace netherlink::test
