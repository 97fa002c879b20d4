#include "bench/client/proto_frame.hpp"

#include <cstdint>
#include <optional>

namespace netherlink::bench {
namespace {

// Numbers of proto/netherlink/v1/frames.proto.
constexpr std::uint32_t frame_message_new = 2, frame_error = 15, frame_welcome = 20;
constexpr std::uint32_t new_message = 1, message_conversation = 2, message_seq = 3, message_client_msg_id = 6;
constexpr std::uint32_t welcome_conversations = 6, conversation_id = 1, conversation_last_seq = 5;

/// The fields of a message on the wire, one after the other.
class Fields {
 public:
  explicit Fields(std::string_view message) : rest_(message) {}

  bool next() {
    const auto tag = varint();
    if (!tag) return false;
    number = static_cast<std::uint32_t>(*tag >> 3);
    switch (*tag & 7) {
      case 0:
        return take_number();
      case 1:
        return take_bytes(8);
      case 2: {
        const auto size = varint();
        return size && take_bytes(*size);
      }
      default:
        return false;
    }
  }

  std::uint32_t number = 0;
  std::uint64_t value = 0;
  std::string_view bytes;

 private:
  std::optional<std::uint64_t> varint() {
    std::uint64_t result = 0;
    for (unsigned shift = 0; shift < 64 && !rest_.empty(); shift += 7) {
      const auto byte = static_cast<unsigned char>(rest_.front());
      rest_.remove_prefix(1);
      result |= static_cast<std::uint64_t>(byte & 0x7f) << shift;
      if (byte < 0x80) return result;
    }
    return std::nullopt;
  }

  bool take_number() {
    const auto read = varint();
    value = read.value_or(0);
    return read.has_value();
  }

  bool take_bytes(std::uint64_t size) {
    if (size > rest_.size()) return false;
    bytes = rest_.substr(0, size);
    rest_.remove_prefix(size);
    return true;
  }

  std::string_view rest_;
};

void append_message(std::string& out, std::string_view message) {
  std::string_view conversation, client_msg_id;
  std::uint64_t seq = 0;
  for (Fields fields(message); fields.next();) {
    if (fields.number == message_conversation) conversation = fields.bytes;
    if (fields.number == message_seq) seq = fields.value;
    if (fields.number == message_client_msg_id) client_msg_id = fields.bytes;
  }
  out.append(R"({"type":"message.new","conversation_id":")").append(conversation);
  out.append(R"(","seq":)").append(std::to_string(seq));
  out.append(R"(,"client_msg_id":")").append(client_msg_id).append("\"}");
}

void append_welcome(std::string& out, std::string_view welcome) {
  out.append(R"({"type":"welcome","data":{"conversations":[)");
  for (Fields fields(welcome); fields.next();) {
    if (fields.number != welcome_conversations) continue;
    std::string_view id;
    std::uint64_t last_seq = 0;
    for (Fields conversation(fields.bytes); conversation.next();) {
      if (conversation.number == conversation_id) id = conversation.bytes;
      if (conversation.number == conversation_last_seq) last_seq = conversation.value;
    }
    if (id == "world")
      out.append(R"({"conversation_id":"world","last_seq":)").append(std::to_string(last_seq)).append("}");
  }
  out.append("]}}");
}

}  // namespace

std::string_view proto_as_json(std::string_view frame, std::string& scratch) {
  scratch.clear();
  for (Fields fields(frame); fields.next();) {
    if (fields.number == frame_message_new) {
      Fields inner(fields.bytes);
      if (inner.next() && inner.number == new_message) append_message(scratch, inner.bytes);
    } else if (fields.number == frame_welcome) {
      append_welcome(scratch, fields.bytes);
    } else if (fields.number == frame_error) {
      scratch = R"({"type":"error"})";
    }
  }
  return scratch;
}

}  // namespace netherlink::bench
