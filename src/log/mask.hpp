#pragma once

#include <string>
#include <string_view>

namespace netherlink::log {

/// Whether a field of this name may hold a secret or message text: its value is then not written. A size, a count, a
/// path or an id is not the thing itself: `content_bytes`, `key_file` and `token_id` are written.
bool is_secret(std::string_view name);

/// `text` fit for one line of a terminal: what is not UTF-8 becomes '?', and so do DEL and the C1 control characters.
/// The C0 ones stay (quoting escapes them).
std::string printable(std::string_view text);

/// Appends `text` as it is when it is one plain word, quoted and escaped as a JSON string otherwise.
void append_text(std::string& out, std::string_view text);

}  // namespace netherlink::log
