#include "gateway/proto/schema.hpp"

#include <google/protobuf/compiler/parser.h>
#include <google/protobuf/descriptor.h>
#include <google/protobuf/descriptor.pb.h>
#include <google/protobuf/io/tokenizer.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>

#include <boost/algorithm/string/case_conv.hpp>
#include <stdexcept>

#include "netherlink/core/embedded.hpp"

namespace netherlink::gateway::proto {
namespace {

namespace pb = google::protobuf;

class Complaints final : public pb::io::ErrorCollector {
 public:
  void AddError(int line, pb::io::ColumnNumber, const std::string& message) override {
    throw std::logic_error("frames.proto, line " + std::to_string(line + 1) + ": " + message);
  }
};

const pb::FileDescriptor& read(pb::DescriptorPool& pool) {
  const std::string_view text = Schema::text();
  pb::io::ArrayInputStream input(text.data(), static_cast<int>(text.size()));
  Complaints complaints;
  pb::io::Tokenizer tokens(&input, &complaints);
  pb::FileDescriptorProto file;
  file.set_name("netherlink/v1/frames.proto");
  pb::compiler::Parser parser;
  parser.RecordErrorsTo(&complaints);
  if (!parser.Parse(&tokens, &file)) throw std::logic_error("frames.proto cannot be read");
  const auto* built = pool.BuildFile(file);
  if (built == nullptr) throw std::logic_error("frames.proto does not hold together");
  return *built;
}

Form form_of(const pb::FieldDescriptor& field) {
  switch (field.type()) {
    case pb::FieldDescriptor::TYPE_FIXED64:
      return Form::id;
    case pb::FieldDescriptor::TYPE_UINT64:
      return Form::time;
    case pb::FieldDescriptor::TYPE_INT64:
      return Form::number;
    case pb::FieldDescriptor::TYPE_BOOL:
      return Form::flag;
    case pb::FieldDescriptor::TYPE_STRING:
      return Form::text;
    case pb::FieldDescriptor::TYPE_BYTES:
      return Form::json;
    case pb::FieldDescriptor::TYPE_ENUM:
      return Form::enumeration;
    case pb::FieldDescriptor::TYPE_MESSAGE:
      return Form::message;
    default:
      throw std::logic_error("frames.proto: no rule for the type of " + field.full_name());
  }
}

/// KIND_TEXT is text.
std::vector<std::string> values_of(const pb::EnumDescriptor& type) {
  std::vector<std::string> values;
  for (int number = 0; number < type.value_count(); ++number) {
    const auto* value = type.FindValueByNumber(number);
    if (value == nullptr) throw std::logic_error("frames.proto: " + type.full_name() + " has a hole");
    values.push_back(boost::algorithm::to_lower_copy(value->name().substr(type.name().size() + 1)));
  }
  return values;
}

std::size_t first_dot(std::string_view name, char dot) {
  return std::min(name.find(dot), name.size());
}

}  // namespace

const Field* MessageType::find(std::string_view field) const {
  const auto found = by_name_.find(field);
  return found == by_name_.end() ? nullptr : found->second;
}

const Field* MessageType::find(std::uint32_t number) const {
  return number < by_number_.size() ? by_number_[number] : nullptr;
}

std::string_view Schema::text() {
  for (const auto& file : embedded::proto_netherlink_v1()) {
    if (file.name == "frames.proto") return file.content;
  }
  throw std::logic_error("frames.proto is not part of the binary");
}

const Schema& Schema::instance() {
  static const Schema schema;
  return schema;
}

Schema::Schema() {
  pb::DescriptorPool pool;
  std::unordered_map<const pb::Descriptor*, MessageType*> types;
  const auto declare = [&](const auto& self, const pb::Descriptor& message, std::string name) -> void {
    auto type = std::make_unique<MessageType>();
    type->name = std::move(name);
    types[&message] = type.get();
    for (int i = 0; i < message.nested_type_count(); ++i) {
      const auto& nested = *message.nested_type(i);
      self(self, nested, type->name + "." + nested.name());
    }
    const std::string_view key = type->name;
    messages_.emplace(key, std::move(type));
  };
  const auto& file = read(pool);
  for (int i = 0; i < file.message_type_count(); ++i)
    declare(declare, *file.message_type(i), file.message_type(i)->name());

  for (const auto& [message, type] : types) {
    for (int i = 0; i < message->field_count(); ++i) {
      const auto& field = *message->field(i);
      const bool may_be_absent =
          field.has_presence() && (field.has_optional_keyword() || field.message_type() != nullptr);
      Field made{field.name(),
                 static_cast<std::uint32_t>(field.number()),
                 form_of(field),
                 field.is_repeated(),
                 may_be_absent,
                 nullptr,
                 {}};
      if (made.form == Form::message) made.type = types.at(field.message_type());
      if (made.form == Form::enumeration) made.values = values_of(*field.enum_type());
      type->fields.push_back(std::move(made));
    }
    for (const auto& field : type->fields) {
      type->by_name_[field.name] = &field;
      if (type->by_number_.size() <= field.number) type->by_number_.resize(field.number + 1);
      type->by_number_[field.number] = &field;
    }
  }
  frame_ = messages_.at("Frame").get();
  for (const auto& field : frame_->fields) {
    if (field.form == Form::message) data_[frame_type(field)] = &field;
  }
}

const MessageType* Schema::find(std::string_view message) const {
  const auto found = messages_.find(message);
  return found == messages_.end() ? nullptr : found->second.get();
}

const Field* Schema::frame_data(std::string_view type) const {
  const auto found = data_.find(std::string(type));
  return found == data_.end() ? nullptr : found->second;
}

std::string Schema::frame_type(const Field& data) {
  std::string type = data.name;
  if (const auto dot = first_dot(type, '_'); dot != type.size()) type[dot] = '.';
  return type;
}

}  // namespace netherlink::gateway::proto
