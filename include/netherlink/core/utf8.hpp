#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace netherlink::core {

/// Strict UTF-8 (RFC 3629: no overlong form, no surrogate, at most U+10FFFF), fed piece by piece: a text may be cut
/// inside a character. A bad byte is seen at once, not at the end.
class Utf8Validator {
 public:
  /// False as soon as the bytes so far cannot be the beginning of valid UTF-8; stays false.
  bool feed(std::string_view bytes);
  /// True when no character is left open.
  bool complete() const { return state_ == 0; }
  void reset() { state_ = 0; }

 private:
  std::uint32_t state_ = 0;
};

bool is_valid_utf8(std::string_view text);

/// Number of code points of valid UTF-8.
std::size_t count_code_points(std::string_view text);
/// The beginning of valid UTF-8, at most `count` code points.
std::string_view first_code_points(std::string_view text, std::size_t count);

}  // namespace netherlink::core
