#pragma once

#include <string_view>
#include <vector>

#include "netherlink/core/error.hpp"
#include "netherlink/im/types.hpp"

namespace netherlink::im {

/// What each kind of message may carry (M8): adds a FieldError for each rule broken. `content` is valid UTF-8 already;
/// `extra` is a JSON object as text, or empty.
void check_content(MessageKind kind, std::string_view content, std::string_view extra,
                   std::vector<core::FieldError>& problems);

/// How the extra of a message begins that refers to an attachment: its id follows.
constexpr std::string_view attachment_prefix = R"({"attachment_id":")";

/// Of a mention.
inline const core::FieldError not_in_conversation{"mentions", "must be people of this conversation"};

}  // namespace netherlink::im
