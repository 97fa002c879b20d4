#pragma once

#include <charconv>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string_view>

namespace netherlink::bench {

/// Finds single fields in a compact JSON text without a tree. `key` is written as `"name":`; inside a JSON string its
/// quotes would be escaped, so a match is a key, at whatever depth. Searches on from the last match first, as fields
/// mostly come in one order, then from the start.
class FrameScan {
 public:
  explicit FrameScan(std::string_view text) : text_(text) {}

  /// The text of a string value, escapes left as they are; nullopt when the key is absent or the value is no string.
  std::optional<std::string_view> string(std::string_view key) {
    const char* begin = find(key);
    if (begin == end() || *begin != '"') return std::nullopt;
    ++begin;
    for (const char* p = begin; p != end(); ++p) {
      if (*p == '\\' && p + 1 != end()) {
        ++p;
      } else if (*p == '"') {
        cursor_ = static_cast<std::size_t>(p - text_.data());
        return std::string_view(begin, static_cast<std::size_t>(p - begin));
      }
    }
    return std::nullopt;
  }

  std::optional<std::int64_t> number(std::string_view key) {
    std::int64_t value = 0;
    const auto [stop, error] = std::from_chars(find(key), end(), value);
    if (error != std::errc{}) return std::nullopt;
    return value;
  }

  bool is_true(std::string_view key) {
    const char* begin = find(key);
    return begin != end() && *begin == 't';
  }

 private:
  const char* end() const { return text_.data() + text_.size(); }

  const char* find(std::string_view key) {
    const void* hit = memmem(text_.data() + cursor_, text_.size() - cursor_, key.data(), key.size());
    if (hit == nullptr && cursor_ != 0) hit = memmem(text_.data(), text_.size(), key.data(), key.size());
    if (hit == nullptr) return end();
    const char* value = static_cast<const char*>(hit) + key.size();
    cursor_ = static_cast<std::size_t>(value - text_.data());
    return value;
  }

  std::string_view text_;
  std::size_t cursor_ = 0;
};

enum class FrameKind : std::uint8_t {
  message_new,
  message_ack,
  welcome,
  sync_result,
  available,
  error,
  draining,
  pong,
  other
};

/// What kind of frame the server sent, by its `type`, wherever that stands.
FrameKind kind_of(std::string_view frame);

}  // namespace netherlink::bench
