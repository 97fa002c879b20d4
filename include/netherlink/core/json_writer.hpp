#pragma once

#include <concepts>
#include <cstdint>
#include <string>
#include <string_view>

#include "netherlink/core/ids.hpp"

namespace netherlink::core {

/// Appends JSON to a string, without a tree in between: frames and answers are written once and shared.
/// The caller keeps the nesting right; commas are put by themselves. Text must be valid UTF-8.
class JsonWriter {
 public:
  explicit JsonWriter(std::string& out) : out_(out) {}

  JsonWriter& begin_object() { return open('{'); }
  JsonWriter& end_object() { return close('}'); }
  JsonWriter& begin_array() { return open('['); }
  JsonWriter& end_array() { return close(']'); }

  JsonWriter& key(std::string_view name);

  JsonWriter& value(std::string_view text);
  JsonWriter& value(const char* text) { return value(std::string_view(text)); }
  JsonWriter& value(bool flag);
  JsonWriter& value(double number);
  template <std::integral T>
  requires(!std::same_as<T, bool>) JsonWriter& value(T number) { return integer(static_cast<std::int64_t>(number)); }
  JsonWriter& null();
  /// A 64-bit id as a decimal string.
  JsonWriter& id(std::int64_t number);
  JsonWriter& timestamp(Timestamp time);
  /// Text that is JSON already.
  JsonWriter& raw(std::string_view json);

  template <class T>
  JsonWriter& field(std::string_view name, const T& v) {
    return key(name).value(v);
  }

  std::string& out() { return out_; }

 private:
  JsonWriter& open(char c);
  JsonWriter& close(char c);
  JsonWriter& integer(std::int64_t number);
  void separate();

  std::string& out_;
  bool comma_ = false;
};

/// Appends `text` quoted and escaped as a JSON string (RFC 8259).
void append_json_string(std::string& out, std::string_view text);

}  // namespace netherlink::core
