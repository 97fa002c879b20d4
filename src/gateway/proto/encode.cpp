#include "gateway/proto/encode.hpp"

#include <google/protobuf/io/coded_stream.h>

#include <algorithm>
#include <array>
#include <boost/json.hpp>

#include "gateway/proto/schema.hpp"
#include "netherlink/core/ids.hpp"

namespace netherlink::gateway::proto {
namespace {

namespace json = boost::json;
using Coded = google::protobuf::io::CodedOutputStream;

enum WireType : std::uint32_t { varint = 0, eight_bytes = 1, bytes = 2 };

std::string_view view(const json::string& text) {
  return {text.data(), text.size()};
}

void append_varint(std::string& out, std::uint64_t value) {
  std::array<std::uint8_t, 10> buffer;
  const auto* end = Coded::WriteVarint64ToArray(value, buffer.data());
  out.append(reinterpret_cast<const char*>(buffer.data()), static_cast<std::size_t>(end - buffer.data()));
}

void append_fixed(std::string& out, std::uint64_t value) {
  std::array<std::uint8_t, 8> buffer;
  Coded::WriteLittleEndian64ToArray(value, buffer.data());
  out.append(reinterpret_cast<const char*>(buffer.data()), buffer.size());
}

void append_tag(std::string& out, const Field& field, WireType type) {
  append_varint(out, field.number << 3 | type);
}

/// What `write` appends, with its length before it.
template <class Write>
void append_sized(std::string& out, Write write) {
  const std::size_t start = out.size();
  out.push_back(0);
  write();
  const std::size_t size = out.size() - start - 1;
  if (size < 0x80) {
    out[start] = static_cast<char>(size);
    return;
  }
  std::array<std::uint8_t, 10> length;
  const auto* end = Coded::WriteVarint64ToArray(size, length.data());
  out.replace(start, 1, reinterpret_cast<const char*>(length.data()), static_cast<std::size_t>(end - length.data()));
}

std::uint64_t number_of(const json::value& value) {
  if (const auto* number = value.if_int64()) return static_cast<std::uint64_t>(*number);
  if (const auto* number = value.if_uint64()) return *number;
  return 0;
}

std::uint64_t id_of(const json::value& value) {
  const auto* text = value.if_string();
  return text == nullptr ? 0 : static_cast<std::uint64_t>(core::parse_id(view(*text)).value_or(0));
}

std::uint64_t time_of(const json::value& value) {
  const auto* text = value.if_string();
  return text == nullptr ? 0 : static_cast<std::uint64_t>(core::parse_timestamp(view(*text)).value_or(0));
}

std::uint64_t enumerator_of(const Field& field, const json::value& value) {
  const auto* text = value.if_string();
  if (text == nullptr) return 0;
  const auto found = std::find(field.values.begin(), field.values.end(), view(*text));
  return found == field.values.end() ? 0 : static_cast<std::uint64_t>(found - field.values.begin());
}

void append_object(std::string& out, const MessageType& type, const json::object& object);

void append_bytes(std::string& out, const Field& field, std::string_view text) {
  append_tag(out, field, bytes);
  append_varint(out, text.size());
  out += text;
}

void append_number(std::string& out, const Field& field, std::uint64_t value, bool always) {
  if (value == 0 && !always) return;
  append_tag(out, field, varint);
  append_varint(out, value);
}

/// `always`: an element of a list, and what may be absent, is written even if it is zero or empty.
void append_value(std::string& out, const Field& field, const json::value& value, bool always) {
  switch (field.form) {
    case Form::text:
      if (const auto* text = value.if_string(); text != nullptr && (always || !text->empty())) {
        append_bytes(out, field, view(*text));
      }
      return;
    case Form::id:
      if (const auto id = id_of(value); id != 0 || always) {
        append_tag(out, field, eight_bytes);
        append_fixed(out, id);
      }
      return;
    case Form::time:
      return append_number(out, field, time_of(value), always);
    case Form::number:
      return append_number(out, field, number_of(value), always);
    case Form::flag:
      return append_number(out, field, value.is_bool() && value.get_bool() ? 1 : 0, always);
    case Form::enumeration:
      return append_number(out, field, enumerator_of(field, value), always);
    case Form::json:
      return append_bytes(out, field, json::serialize(value));
    case Form::message:
      if (const auto* object = value.if_object()) {
        append_tag(out, field, bytes);
        append_sized(out, [&] { append_object(out, *field.type, *object); });
      }
      return;
  }
}

void append_object(std::string& out, const MessageType& type, const json::object& object) {
  for (const auto& [name, value] : object) {
    const Field* const field = type.find(std::string_view(name.data(), name.size()));
    if (field == nullptr || value.is_null()) continue;
    if (!field->repeated) {
      append_value(out, *field, value, field->optional);
    } else if (const auto* items = value.if_array()) {
      for (const auto& item : *items) append_value(out, *field, item, true);
    }
  }
}

json::value parse(std::string_view text, json::storage_ptr memory) {
  json::error_code error;
  auto value = json::parse({text.data(), text.size()}, error, std::move(memory));
  return error ? json::value() : value;
}

}  // namespace

void append_frame(std::string& out, std::string_view text) {
  std::array<unsigned char, 8192> block;
  json::monotonic_resource memory(block.data(), block.size());
  const json::value frame = parse(text, &memory);
  const auto* object = frame.if_object();
  if (object == nullptr) return;
  const auto* type = object->if_contains("type");
  const auto* data = object->if_contains("data");
  if (type == nullptr || data == nullptr || !type->is_string()) return;
  append_object(out, Schema::instance().frame(), *object);  // the id
  if (const Field* const field = Schema::instance().frame_data(view(type->get_string()))) {
    append_value(out, *field, *data, true);
  }
}

std::string encode(std::string_view message, std::string_view text) {
  std::string out;
  const json::value value = parse(text, {});
  const auto* type = Schema::instance().find(message);
  if (type != nullptr && value.is_object()) append_object(out, *type, value.get_object());
  return out;
}

}  // namespace netherlink::gateway::proto
