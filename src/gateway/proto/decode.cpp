#include "gateway/proto/decode.hpp"

#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/wire_format_lite.h>

#include <boost/json.hpp>

#include "gateway/proto/schema.hpp"
#include "netherlink/core/ids.hpp"
#include "netherlink/core/utf8.hpp"

namespace netherlink::gateway::proto {
namespace {

namespace json = boost::json;
using google::protobuf::internal::WireFormatLite;

/// Reads one message; the first problem ends it.
class Decoder {
 public:
  Decoder(std::string_view bytes, std::size_t depth)
      : input_(reinterpret_cast<const std::uint8_t*>(bytes.data()), static_cast<int>(bytes.size())), depth_(depth) {}

  bool read_frame(json::object& frame);
  const std::string& problem() const { return problem_; }

 private:
  bool read_fields(const MessageType& type, json::object& object);
  bool read_field(const Field& field, std::uint32_t tag, json::object& object);
  bool read_packed(const Field& field, json::array& items);
  bool read_message(const MessageType& type, json::object& object);
  std::optional<json::value> read_value(const Field& field, std::uint32_t tag);
  std::optional<json::value> read_varint(const Field& field);
  std::optional<json::value> read_text(const Field& field);
  std::optional<json::value> read_id();
  bool skip(std::uint32_t tag);

  /// false, for the caller to answer.
  bool fail(std::string problem);
  bool fail(const Field& field, std::string_view problem);

  google::protobuf::io::CodedInputStream input_;
  std::size_t depth_;
  std::string problem_;
};

WireFormatLite::WireType wire_type_of(const Field& field) {
  switch (field.form) {
    case Form::id:
      return WireFormatLite::WIRETYPE_FIXED64;
    case Form::time:
    case Form::number:
    case Form::flag:
    case Form::enumeration:
      return WireFormatLite::WIRETYPE_VARINT;
    case Form::text:
    case Form::json:
    case Form::message:
      return WireFormatLite::WIRETYPE_LENGTH_DELIMITED;
  }
  return WireFormatLite::WIRETYPE_VARINT;
}

/// What proto3 leaves away is there in JSON.
void add_defaults(const MessageType& type, json::object& object) {
  for (const auto& field : type.fields) {
    if (field.repeated) {
      object.emplace(field.name, json::array());
    } else if (!field.optional) {
      switch (field.form) {
        case Form::text:
          object.emplace(field.name, "");
          break;
        case Form::id:
          object.emplace(field.name, "0");
          break;
        case Form::flag:
          object.emplace(field.name, false);
          break;
        case Form::enumeration:
          object.emplace(field.name, field.values.front());
          break;
        default:
          object.emplace(field.name, 0);
      }
    }
  }
}

bool Decoder::fail(std::string problem) {
  if (problem_.empty()) problem_ = std::move(problem);
  return false;
}

bool Decoder::fail(const Field& field, std::string_view problem) {
  std::string text = field.name;
  text += ' ';
  text += problem;
  return fail(std::move(text));
}

bool Decoder::read_frame(json::object& frame) {
  const MessageType& type = Schema::instance().frame();
  frame["type"] = "";
  frame["data"] = json::object();
  while (const std::uint32_t tag = input_.ReadTag()) {
    const Field* const field = type.find(static_cast<std::uint32_t>(WireFormatLite::GetTagFieldNumber(tag)));
    if (field == nullptr) {
      if (!skip(tag)) return false;
    } else if (field->form != Form::message) {
      if (!read_field(*field, tag, frame)) return false;
    } else {
      // One of `data`: the last one counts.
      json::object data;
      if (WireFormatLite::GetTagWireType(tag) != wire_type_of(*field)) return fail(*field, "has a wrong wire type");
      if (!read_message(*field->type, data)) return false;
      frame["type"] = Schema::frame_type(*field);
      frame["data"] = std::move(data);
    }
  }
  return input_.ConsumedEntireMessage() || fail("not a Frame of netherlink.v1");
}

bool Decoder::read_fields(const MessageType& type, json::object& object) {
  while (const std::uint32_t tag = input_.ReadTag()) {
    const Field* const field = type.find(static_cast<std::uint32_t>(WireFormatLite::GetTagFieldNumber(tag)));
    if (field == nullptr ? !skip(tag) : !read_field(*field, tag, object)) return false;
  }
  if (!input_.ConsumedEntireMessage()) return fail("not a Frame of netherlink.v1");
  add_defaults(type, object);
  return true;
}

bool Decoder::read_message(const MessageType& type, json::object& object) {
  std::uint32_t size = 0;
  // A limit beyond the end would be taken for the end.
  if (!input_.ReadVarint32(&size) || std::cmp_greater(size, input_.BytesUntilLimit())) return fail("a message is cut");
  const auto limit = input_.PushLimit(static_cast<int>(size));
  const bool read = read_fields(type, object);
  input_.PopLimit(limit);
  return read;
}

bool Decoder::read_field(const Field& field, std::uint32_t tag, json::object& object) {
  if (field.repeated) {
    auto& items = object.emplace(field.name, json::array()).first->value().get_array();
    const bool packed = WireFormatLite::GetTagWireType(tag) == WireFormatLite::WIRETYPE_LENGTH_DELIMITED;
    if (field.form == Form::id && packed) return read_packed(field, items);
    auto value = read_value(field, tag);
    if (!value) return false;
    items.push_back(std::move(*value));
    return true;
  }
  auto value = read_value(field, tag);
  if (!value) return false;
  object[field.name] = std::move(*value);
  return true;
}

bool Decoder::read_packed(const Field& field, json::array& items) {
  std::uint32_t size = 0;
  if (!input_.ReadVarint32(&size) || size % 8 != 0) return fail(field, "is cut");
  for (; size != 0; size -= 8) {
    auto id = read_id();
    if (!id) return fail(field, "is cut");
    items.push_back(std::move(*id));
  }
  return true;
}

std::optional<json::value> Decoder::read_value(const Field& field, std::uint32_t tag) {
  if (WireFormatLite::GetTagWireType(tag) != wire_type_of(field)) {
    fail(field, "has a wrong wire type");
    return std::nullopt;
  }
  switch (field.form) {
    case Form::id: {
      auto id = read_id();
      if (!id) fail(field, "is cut");
      return id;
    }
    case Form::text:
    case Form::json:
      return read_text(field);
    case Form::message: {
      json::object object;
      if (!read_message(*field.type, object)) return std::nullopt;
      return json::value(std::move(object));
    }
    default:
      return read_varint(field);
  }
}

std::optional<json::value> Decoder::read_id() {
  std::uint64_t id = 0;
  if (!input_.ReadLittleEndian64(&id)) return std::nullopt;
  return json::value(json::string(std::to_string(id)));
}

std::optional<json::value> Decoder::read_varint(const Field& field) {
  std::uint64_t value = 0;
  if (!input_.ReadVarint64(&value)) {
    fail(field, "is cut");
    return std::nullopt;
  }
  switch (field.form) {
    case Form::flag:
      return json::value(value != 0);
    case Form::time:
      return json::value(json::string(core::format_timestamp(static_cast<core::Timestamp>(value))));
    case Form::enumeration:
      // A number without a name is refused where the name would be.
      return value < field.values.size() ? json::value(json::string(field.values[value]))
                                         : json::value(json::string(std::to_string(value)));
    default:
      return json::value(static_cast<std::int64_t>(value));
  }
}

std::optional<json::value> Decoder::read_text(const Field& field) {
  std::uint32_t size = 0;
  std::string text;
  if (!input_.ReadVarint32(&size) || !input_.ReadString(&text, static_cast<int>(size))) {
    fail(field, "is cut");
    return std::nullopt;
  }
  if (!core::is_valid_utf8(text)) {
    fail(field, "is not UTF-8");
    return std::nullopt;
  }
  if (field.form == Form::text) return json::value(json::string(text));
  // Whether it may be anything but an object is asked where it is used.
  json::error_code error;
  json::parse_options options;
  options.max_depth = depth_;
  auto value = json::parse({text.data(), text.size()}, error, {}, options);
  if (!error) return value;
  fail(field, "is not JSON");
  return std::nullopt;
}

bool Decoder::skip(std::uint32_t tag) {
  return WireFormatLite::SkipField(&input_, tag) || fail("not a Frame of netherlink.v1");
}

}  // namespace

core::result<json::object> decode_frame(std::string_view bytes, std::size_t depth) {
  Decoder decoder(bytes, depth);
  json::object frame;
  if (!decoder.read_frame(frame)) return core::Error(errors::frame_malformed, decoder.problem());
  return frame;
}

}  // namespace netherlink::gateway::proto
