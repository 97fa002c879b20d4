#include "support/protobuf_frames.hpp"

#include <google/protobuf/compiler/importer.h>
#include <google/protobuf/dynamic_message.h>

#include <algorithm>
#include <memory>
#include <stdexcept>

#include "netherlink/core/ids.hpp"

namespace netherlink::test {
namespace {

namespace pb = google::protobuf;
using nlohmann::json;
using Field = pb::FieldDescriptor;

class Complaints final : public pb::compiler::MultiFileErrorCollector {
 public:
  void AddError(const std::string& file, int line, int, const std::string& message) override {
    throw std::logic_error(file + ":" + std::to_string(line + 1) + ": " + message);
  }
};

struct Schema {
  Schema() {
    tree.MapPath("", NETHERLINK_SOURCE_DIR "/proto");
    if (importer.Import("netherlink/v1/frames.proto") == nullptr) throw std::logic_error("no frames.proto");
  }

  const pb::Descriptor& message(std::string_view name) {
    const auto* found = importer.pool()->FindMessageTypeByName("netherlink.v1." + std::string(name));
    if (found == nullptr) throw std::invalid_argument("no message " + std::string(name));
    return *found;
  }

  std::unique_ptr<pb::Message> make(std::string_view name) {
    return std::unique_ptr<pb::Message>(messages.GetPrototype(&message(name))->New());
  }

  static Schema& get() {
    static Schema schema;
    return schema;
  }

  pb::compiler::DiskSourceTree tree;
  Complaints complaints;
  pb::compiler::Importer importer{&tree, &complaints};
  pb::DynamicMessageFactory messages;
};

std::string enum_name(const pb::EnumDescriptor& type, const std::string& in_json) {
  std::string name = type.name() + "_" + in_json;
  std::transform(name.begin(), name.end(), name.begin(), [](unsigned char c) { return std::toupper(c); });
  return name;
}

void fill(pb::Message& message, const json& object);

/// Sets the field, or adds to it if it is a list.
void put(pb::Message& message, const Field& field, const json& value) {
  const auto& reflection = *message.GetReflection();
  const bool list = field.is_repeated();
  switch (field.type()) {
    case Field::TYPE_FIXED64: {
      const auto id = std::stoull(value.get<std::string>());
      return list ? reflection.AddUInt64(&message, &field, id) : reflection.SetUInt64(&message, &field, id);
    }
    case Field::TYPE_UINT64:
      return reflection.SetUInt64(&message, &field,
                                  static_cast<std::uint64_t>(core::parse_timestamp(value.get<std::string>()).value()));
    case Field::TYPE_INT64:
      return reflection.SetInt64(&message, &field, value.get<std::int64_t>());
    case Field::TYPE_BOOL:
      return reflection.SetBool(&message, &field, value.get<bool>());
    case Field::TYPE_BYTES:
      return reflection.SetString(&message, &field, value.dump());
    case Field::TYPE_STRING:
      return list ? reflection.AddString(&message, &field, value.get<std::string>())
                  : reflection.SetString(&message, &field, value.get<std::string>());
    case Field::TYPE_ENUM: {
      const auto* known = field.enum_type()->FindValueByName(enum_name(*field.enum_type(), value.get<std::string>()));
      return reflection.SetEnumValue(&message, &field, known != nullptr ? known->number() : 99);
    }
    case Field::TYPE_MESSAGE:
      return fill(list ? *reflection.AddMessage(&message, &field) : *reflection.MutableMessage(&message, &field),
                  value);
    default:
      throw std::logic_error("no rule for " + field.full_name());
  }
}

void fill(pb::Message& message, const json& object) {
  if (!object.is_object()) throw std::invalid_argument("not an object: " + object.dump());
  for (const auto& [name, value] : object.items()) {
    const auto* field = message.GetDescriptor()->FindFieldByName(name);
    if (field == nullptr) throw std::invalid_argument(message.GetTypeName() + " has no " + name);
    if (value.is_null()) continue;
    if (!field->is_repeated()) {
      put(message, *field, value);
    } else if (!value.is_array()) {
      throw std::invalid_argument(name + " is a list");
    } else {
      for (const auto& item : value) put(message, *field, item);
    }
  }
}

json read(const pb::Message& message);

json get(const pb::Message& message, const Field& field, int index) {
  const auto& reflection = *message.GetReflection();
  const bool list = field.is_repeated();
  switch (field.type()) {
    case Field::TYPE_FIXED64:
      return std::to_string(list ? reflection.GetRepeatedUInt64(message, &field, index)
                                 : reflection.GetUInt64(message, &field));
    case Field::TYPE_UINT64:
      return core::format_timestamp(static_cast<core::Timestamp>(reflection.GetUInt64(message, &field)));
    case Field::TYPE_INT64:
      return reflection.GetInt64(message, &field);
    case Field::TYPE_BOOL:
      return reflection.GetBool(message, &field);
    case Field::TYPE_BYTES:
      return json::parse(reflection.GetString(message, &field));
    case Field::TYPE_STRING:
      return list ? reflection.GetRepeatedString(message, &field, index) : reflection.GetString(message, &field);
    case Field::TYPE_ENUM: {
      auto name = reflection.GetEnum(message, &field)->name().substr(field.enum_type()->name().size() + 1);
      std::transform(name.begin(), name.end(), name.begin(), [](unsigned char c) { return std::tolower(c); });
      return name;
    }
    case Field::TYPE_MESSAGE:
      return read(list ? reflection.GetRepeatedMessage(message, &field, index)
                       : reflection.GetMessage(message, &field));
    default:
      throw std::logic_error("no rule for " + field.full_name());
  }
}

/// Where JSON has null: these fields are optional in the schema, and required in api/*.yaml.
bool is_nullable(const Field& field) {
  const auto name = field.full_name().substr(std::string_view("netherlink.v1.").size());
  return name == "Conversation.target_id" || name == "Conversation.last_message" || name == "Presence.last_seen";
}

/// An empty list says nothing: JSON leaves these away.
bool is_left_away(const Field& field) {
  const auto name = field.full_name().substr(std::string_view("netherlink.v1.").size());
  return name == "Message.mentions" || name == "Room.members";
}

json read(const pb::Message& message) {
  const auto& descriptor = *message.GetDescriptor();
  const auto& reflection = *message.GetReflection();
  if (!reflection.GetUnknownFields(message).empty()) {
    throw std::invalid_argument(message.GetTypeName() + " with unknown fields");
  }
  const bool refusal =
      descriptor.name() == "Level" && reflection.HasField(message, descriptor.FindFieldByName("error"));
  json object = json::object();
  for (int i = 0; i < descriptor.field_count(); ++i) {
    const Field& field = *descriptor.field(i);
    if (field.is_repeated()) {
      const int size = reflection.FieldSize(message, &field);
      if (size == 0 && (refusal || is_left_away(field))) continue;
      auto& items = object[field.name()] = json::array();
      for (int at = 0; at < size; ++at) items.push_back(get(message, field, at));
    } else if (!field.has_presence() || reflection.HasField(message, &field)) {
      object[field.name()] = get(message, field, 0);
    } else if (is_nullable(field)) {
      object[field.name()] = nullptr;
    }
  }
  return object;
}

std::unique_ptr<pb::Message> parse(std::string_view name, std::string_view bytes) {
  auto message = Schema::get().make(name);
  if (!message->ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) {
    throw std::invalid_argument("not a " + std::string(name));
  }
  return message;
}

json describe(const pb::Descriptor& message) {
  json fields = json::object();
  for (int i = 0; i < message.field_count(); ++i) {
    const Field& field = *message.field(i);
    fields[field.name()] = field.message_type() != nullptr ? describe(*field.message_type()) : json();
  }
  return fields;
}

}  // namespace

std::string to_protobuf(const json& frame) {
  auto name = frame.at("type").get<std::string>();
  if (const auto dot = name.find('.'); dot != std::string::npos) name[dot] = '_';
  auto message = Schema::get().make("Frame");
  const auto* field = message->GetDescriptor()->FindFieldByName(name);
  if (field == nullptr || field->message_type() == nullptr) throw std::invalid_argument("no frame " + name);
  put(*message, *field, frame.at("data"));
  if (frame.contains("id")) put(*message, *message->GetDescriptor()->FindFieldByName("id"), frame["id"]);
  return message->SerializeAsString();
}

json from_protobuf(std::string_view bytes) {
  const auto message = parse("Frame", bytes);
  const auto& reflection = *message->GetReflection();
  if (!reflection.GetUnknownFields(*message).empty()) throw std::invalid_argument("a Frame with unknown fields");
  const auto* data = reflection.GetOneofFieldDescriptor(*message, message->GetDescriptor()->FindOneofByName("data"));
  if (data == nullptr) throw std::invalid_argument("a Frame without data");
  auto type = data->name();
  if (const auto bar = type.find('_'); bar != std::string::npos) type[bar] = '.';
  json frame{{"type", type}, {"data", get(*message, *data, 0)}};
  const auto* id = message->GetDescriptor()->FindFieldByName("id");
  if (reflection.HasField(*message, id)) frame["id"] = get(*message, *id, 0);
  return frame;
}

json from_protobuf(std::string_view message, std::string_view bytes) {
  return read(*parse(message, bytes));
}

json describe_protobuf(std::string_view message) {
  return describe(Schema::get().message(message));
}

}  // namespace netherlink::test
