#pragma once

#include <boost/json/object.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "netherlink/core/ids.hpp"
#include "netherlink/core/result.hpp"

namespace netherlink::gateway {

/// Parses strict JSON (RFC 8259: UTF-8, no lone surrogates, nothing behind the value) whose top is an object, at most
/// `depth` levels. request.malformed otherwise.
core::result<boost::json::object> parse_json_object(std::string_view text, std::size_t depth);

/// Bounds of a text in UTF-8 bytes.
struct TextLength {
  std::size_t min = 0, max = SIZE_MAX;
};

/// Reads the fields of an object and collects every problem; nothing is clamped or converted. A field that is missing
/// or wrong yields an empty value and a FieldError; finish() tells. The object must outlive the reader.
class JsonInput {
 public:
  using Length = TextLength;
  enum class Unknown { refuse, ignore };  // REST refuses fields it does not know, the WebSocket ignores them

  JsonInput(const boost::json::object& object, Unknown unknown, std::string path = {});

  std::string string(std::string_view name, Length length = {});
  std::optional<std::string> optional_string(std::string_view name, Length length = {});  // null counts as absent
  std::int64_t integer(std::string_view name, std::int64_t min, std::int64_t max);
  std::optional<std::int64_t> optional_integer(std::string_view name, std::int64_t min, std::int64_t max);
  bool boolean(std::string_view name);
  std::optional<bool> optional_boolean(std::string_view name);
  /// Ids are decimal strings.
  std::int64_t id(std::string_view name);
  std::optional<std::int64_t> optional_id(std::string_view name);
  /// A time of RFC 3339.
  std::optional<core::Timestamp> optional_timestamp(std::string_view name);
  std::vector<std::int64_t> ids(std::string_view name, std::size_t max_count);  // absent: empty
  /// The object as compact JSON text; absent: empty.
  std::string optional_object_text(std::string_view name, std::size_t max_bytes);
  const boost::json::object* optional_object(std::string_view name);
  const boost::json::array* array(std::string_view name, std::size_t max_count);

  bool has(std::string_view name) const;
  /// The field is there and null: for those few whose absence means something else.
  bool is_null(std::string_view name) const;
  void fail(std::string_view name, std::string message);
  /// Takes over the problems of a nested reader, unknown fields included; it is not asked any more.
  void merge(JsonInput&& nested);
  std::string path_of(std::string_view name) const;

  /// request.invalid with every problem found, unknown fields included.
  core::result<void> finish();

 private:
  const boost::json::value* find(std::string_view name);
  template <class Optional>
  auto required(std::string_view name, const Optional& value) -> typename Optional::value_type;
  void refuse_unknown();

  const boost::json::object& object_;
  Unknown unknown_;
  std::string path_;
  std::vector<std::string_view> known_;
  std::vector<core::FieldError> problems_;
};

}  // namespace netherlink::gateway
