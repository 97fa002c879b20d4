#pragma once

#include <string>

#include "support/person.hpp"

namespace netherlink::test {

/// POST /friends/requests.
HttpAnswer ask_to_be_friends(Person& from, const Person& to, const std::string& message = {});
/// Asked and accepted.
void make_friends(Person& a, Person& b);
/// Everything of a list, page by page.
std::vector<nlohmann::json> whole_list(Person& reader, const std::string& target, int limit = 200);

HttpAnswer block(Person& who, const Person& whom);
HttpAnswer unblock(Person& who, const Person& whom);

/// Sends over REST; the answer.
HttpAnswer try_to_write(Person& from, const Person& to);
/// Over the socket; the frame that answers.
nlohmann::json try_to_say(Person& from, const Person& to);

}  // namespace netherlink::test
