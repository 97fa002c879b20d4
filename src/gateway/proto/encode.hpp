#pragma once

#include <string>
#include <string_view>

namespace netherlink::gateway::proto {

/// Appends the Frame that says what `json` says, the text of a frame of the server.
void append_frame(std::string& out, std::string_view json);

/// `json`, an object, as the message of frames.proto that is called `message`.
std::string encode(std::string_view message, std::string_view json);

}  // namespace netherlink::gateway::proto
