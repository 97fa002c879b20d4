#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

namespace netherlink::test {

/// A frame in JSON as a Frame of proto/netherlink/v1/frames.proto, by the rules at its top and with Google's library
/// for the wire. Throws std::invalid_argument for what the schema cannot say.
std::string to_protobuf(const nlohmann::json& frame);
/// The other way round. Throws std::invalid_argument for bytes that are no Frame, and for fields the schema does not
/// know.
nlohmann::json from_protobuf(std::string_view bytes);
/// The same with any message of the schema ("LobbyBatch").
nlohmann::json from_protobuf(std::string_view message, std::string_view bytes);

/// Every field of a message by name; of one that is a message, with `fields` of its own. Lists look like their
/// elements.
nlohmann::json describe_protobuf(std::string_view message);

}  // namespace netherlink::test
