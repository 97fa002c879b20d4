#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace netherlink::gateway::proto {

struct MessageType;

/// How a field is written, in JSON and in Protobuf: the rules at the top of proto/netherlink/v1/frames.proto.
enum class Form : std::uint8_t { text, id, time, number, flag, json, enumeration, message };

struct Field {
  std::string name;
  std::uint32_t number = 0;
  Form form = Form::text;
  bool repeated = false;
  bool optional = false;
  const MessageType* type = nullptr;  // of a message
  std::vector<std::string> values;    // of an enumeration: their names in JSON, by number
};

struct MessageType {
  std::string name;
  std::vector<Field> fields;

  const Field* find(std::string_view field) const;
  const Field* find(std::uint32_t number) const;

 private:
  friend class Schema;
  std::unordered_map<std::string_view, const Field*> by_name_;
  std::vector<const Field*> by_number_;
};

/// The messages of proto/netherlink/v1/frames.proto, which is part of the binary. Immutable, read once: any thread may
/// use it.
class Schema {
 public:
  static const Schema& instance();

  /// nullptr: there is none of this name.
  const MessageType* find(std::string_view message) const;
  const MessageType& frame() const { return *frame_; }
  /// The field of Frame for a type ("message.new"), or nullptr.
  const Field* frame_data(std::string_view type) const;
  /// The other way round; the field is one of Frame.
  static std::string frame_type(const Field& data);
  /// The file itself.
  static std::string_view text();

 private:
  Schema();

  std::unordered_map<std::string_view, std::unique_ptr<MessageType>> messages_;
  const MessageType* frame_ = nullptr;
  std::unordered_map<std::string, const Field*> data_;
};

}  // namespace netherlink::gateway::proto
