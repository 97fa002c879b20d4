#include "gateway/json_input.hpp"

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/monotonic_resource.hpp>
#include <boost/json/parser.hpp>
#include <boost/json/serialize.hpp>

namespace netherlink::gateway {
namespace {

namespace json = boost::json;

constexpr std::size_t shown_name_bytes = 64;  // of a field that we do not know

/// Keeps its work space from one text to the next.
struct ReusedParser {
  explicit ReusedParser(std::size_t max_depth) : depth(max_depth), parser({}, options(max_depth)) {}
  static json::parse_options options(std::size_t max_depth) {
    json::parse_options strict;
    strict.max_depth = max_depth;
    return strict;
  }
  std::size_t depth;
  json::parser parser;
};

json::parser& parser_for(std::size_t depth) {
  thread_local std::optional<ReusedParser> reused;
  if (!reused || reused->depth != depth) reused.emplace(depth);
  return reused->parser;
}

core::Error malformed(std::string detail) {
  return {errors::request_malformed, std::move(detail)};
}

/// The beginning of a name, cut between characters.
std::string shown(std::string_view name) {
  if (name.size() <= shown_name_bytes) return std::string(name);
  auto size = shown_name_bytes;
  while (size > 0 && (static_cast<unsigned char>(name[size]) & 0xC0) == 0x80) --size;
  return std::string(name.substr(0, size)) + "...";
}

std::string between(std::int64_t min, std::int64_t max) {
  return std::to_string(min) + " to " + std::to_string(max);
}

std::string length_problem(TextLength length) {
  if (length.max == SIZE_MAX) return "must have at least " + std::to_string(length.min) + " bytes";
  if (length.min == 0) return "must have at most " + std::to_string(length.max) + " bytes";
  return "must have " + std::to_string(length.min) + " to " + std::to_string(length.max) + " bytes";
}

}  // namespace

core::result<json::object> parse_json_object(std::string_view text, std::size_t depth) {
  // The whole tree in a few blocks, freed with the object.
  auto memory = json::make_shared_resource<json::monotonic_resource>(std::max<std::size_t>(text.size() * 2, 256));
  auto& parser = parser_for(depth);
  parser.reset(memory);
  json::error_code error;
  parser.write(text.data(), text.size(), error);
  if (error) {
    parser.reset();
    if (error == json::error::too_deep) {
      return malformed("the JSON is nested deeper than " + std::to_string(depth) + " levels");
    }
    if (error == json::error::incomplete) return malformed("the JSON ends too soon");
    if (error == json::error::extra_data) return malformed("something follows the JSON value");
    return malformed("not valid JSON: " + error.message());
  }
  auto value = parser.release();
  parser.reset();  // lets go of the memory
  if (auto* object = value.if_object()) return std::move(*object);
  return malformed("the JSON must be an object");
}

JsonInput::JsonInput(const json::object& object, Unknown unknown, std::string path)
    : object_(object), unknown_(unknown), path_(std::move(path)) {}

const json::value* JsonInput::find(std::string_view name) {
  if (unknown_ == Unknown::refuse) known_.push_back(name);
  const auto* value = object_.if_contains(name);
  return value && !value->is_null() ? value : nullptr;
}

std::string JsonInput::path_of(std::string_view name) const {
  return path_.empty() ? std::string(name) : path_ + "." + std::string(name);
}

void JsonInput::fail(std::string_view name, std::string message) {
  problems_.push_back({path_of(name), std::move(message)});
}

bool JsonInput::has(std::string_view name) const {
  const auto* value = object_.if_contains(name);
  return value && !value->is_null();
}

bool JsonInput::is_null(std::string_view name) const {
  const auto* value = object_.if_contains(name);
  return value && value->is_null();
}

template <class Optional>
auto JsonInput::required(std::string_view name, const Optional& value) -> typename Optional::value_type {
  if (value) return *value;
  if (!has(name)) fail(name, "is required");
  return {};
}

std::string JsonInput::string(std::string_view name, Length length) {
  return required(name, optional_string(name, length));
}

std::optional<std::string> JsonInput::optional_string(std::string_view name, Length length) {
  const auto* value = find(name);
  if (!value) return std::nullopt;
  const auto* text = value->if_string();
  if (!text) {
    fail(name, "must be a string");
  } else if (text->size() < length.min || text->size() > length.max) {
    fail(name, length_problem(length));
  } else {
    return std::string(text->data(), text->size());
  }
  return std::nullopt;
}

std::int64_t JsonInput::integer(std::string_view name, std::int64_t min, std::int64_t max) {
  return required(name, optional_integer(name, min, max));
}

std::optional<std::int64_t> JsonInput::optional_integer(std::string_view name, std::int64_t min, std::int64_t max) {
  const auto* value = find(name);
  if (!value) return std::nullopt;
  const auto* number = value->if_int64();
  if (number && *number >= min && *number <= max) return *number;
  if (number || value->is_uint64()) {
    fail(name, "must be " + between(min, max));
  } else {
    fail(name, "must be an integer");
  }
  return std::nullopt;
}

bool JsonInput::boolean(std::string_view name) {
  return required(name, optional_boolean(name));
}

std::optional<bool> JsonInput::optional_boolean(std::string_view name) {
  const auto* value = find(name);
  if (!value) return std::nullopt;
  if (const auto* flag = value->if_bool()) return *flag;
  fail(name, "must be true or false");
  return std::nullopt;
}

std::int64_t JsonInput::id(std::string_view name) {
  return required(name, optional_id(name));
}

std::optional<std::int64_t> JsonInput::optional_id(std::string_view name) {
  const auto* value = find(name);
  if (!value) return std::nullopt;
  const auto* text = value->if_string();
  const auto number = text ? core::parse_id({text->data(), text->size()}) : std::nullopt;
  if (!number) fail(name, "must be an id: a string of decimal digits");
  return number;
}

std::optional<core::Timestamp> JsonInput::optional_timestamp(std::string_view name) {
  const auto* value = find(name);
  if (!value) return std::nullopt;
  const auto* text = value->if_string();
  const auto time = text ? core::parse_timestamp({text->data(), text->size()}) : std::nullopt;
  if (!time) fail(name, "must be a time of RFC 3339, e.g. 2026-01-31T12:00:00.000Z");
  return time;
}

std::vector<std::int64_t> JsonInput::ids(std::string_view name, std::size_t max_count) {
  std::vector<std::int64_t> found;
  const auto* items = array(name, max_count);
  if (!items) return found;
  found.reserve(items->size());
  for (std::size_t i = 0; i < items->size(); ++i) {
    const auto* text = (*items)[i].if_string();
    const auto number = text ? core::parse_id({text->data(), text->size()}) : std::nullopt;
    if (number) {
      found.push_back(*number);
    } else {
      fail(std::string(name) + "[" + std::to_string(i) + "]", "must be an id: a string of decimal digits");
    }
  }
  return found;
}

std::string JsonInput::optional_object_text(std::string_view name, std::size_t max_bytes) {
  const auto* object = optional_object(name);
  if (!object) return {};
  auto text = json::serialize(*object);
  if (text.size() <= max_bytes) return text;
  fail(name, length_problem({0, max_bytes}));
  return {};
}

const json::object* JsonInput::optional_object(std::string_view name) {
  const auto* value = find(name);
  if (!value) return nullptr;
  if (!value->is_object()) fail(name, "must be an object");
  return value->if_object();
}

const json::array* JsonInput::array(std::string_view name, std::size_t max_count) {
  const auto* value = find(name);
  if (!value) return nullptr;
  const auto* items = value->if_array();
  if (!items) {
    fail(name, "must be an array");
  } else if (items->size() > max_count) {
    fail(name, "must have at most " + std::to_string(max_count) + " items");
    return nullptr;
  }
  return items;
}

void JsonInput::merge(JsonInput&& nested) {
  nested.refuse_unknown();
  std::move(nested.problems_.begin(), nested.problems_.end(), std::back_inserter(problems_));
  nested.problems_.clear();
}

void JsonInput::refuse_unknown() {
  if (unknown_ == Unknown::ignore) return;
  for (const auto& field : object_) {
    const std::string_view name(field.key().data(), field.key().size());
    if (std::find(known_.begin(), known_.end(), name) == known_.end()) fail(shown(name), "is not a known field");
  }
}

core::result<void> JsonInput::finish() {
  refuse_unknown();
  if (problems_.empty()) return {};
  return core::Error(errors::request_invalid, std::exchange(problems_, {}));
}

}  // namespace netherlink::gateway
