#include "bus/rabbitmq/batch_format.hpp"

namespace netherlink::bus::rabbitmq {
namespace {

constexpr char version = 1;
constexpr std::size_t push_header = 2 + 8 + 8;

template <class T>
void put(std::string& out, T value) {
  for (std::size_t i = 0; i < sizeof(T); ++i) out.push_back(static_cast<char>(value >> (8 * i) & 0xFF));
}

template <class T>
T get(std::string_view in, std::size_t position) {
  T value = 0;
  for (std::size_t i = sizeof(T); i-- > 0;)
    value = static_cast<T>(value << 8 | static_cast<unsigned char>(in[position + i]));
  return value;
}

}  // namespace

void begin_batch(std::string& body) {
  body.assign(1, version);
}

void append_to_batch(std::string& body, std::string_view payload, std::size_t weight) {
  put(body, static_cast<std::uint32_t>(payload.size()));
  put(body, static_cast<std::uint32_t>(weight));
  body.append(payload);
}

std::optional<std::vector<BatchItem>> split_batch(std::string_view body) {
  if (body.empty() || body[0] != version) return std::nullopt;
  std::vector<BatchItem> items;
  for (std::size_t at = 1; at < body.size();) {
    if (body.size() - at < 8) return std::nullopt;
    const auto size = get<std::uint32_t>(body, at), weight = get<std::uint32_t>(body, at + 4);
    at += 8;
    if (body.size() - at < size) return std::nullopt;
    items.push_back({std::make_shared<const std::string>(body.substr(at, size)), weight});
    at += size;
  }
  return items;
}

std::string encode_push(const PushMessage& message) {
  std::string body;
  body.reserve(push_header + message.payload.size());
  body.push_back(version);
  body.push_back(static_cast<char>(message.kind));
  put(body, message.stream);
  put(body, message.number);
  body.append(message.payload);
  return body;
}

std::optional<PushMessage> decode_push(std::string_view body) {
  if (body.size() < push_header || body[0] != version) return std::nullopt;
  const auto kind = static_cast<unsigned char>(body[1]);
  if (kind > static_cast<unsigned char>(PushMessage::Kind::presence)) return std::nullopt;
  return PushMessage{static_cast<PushMessage::Kind>(kind), get<std::uint64_t>(body, 2), get<std::uint64_t>(body, 10),
                     body.substr(push_header)};
}

}  // namespace netherlink::bus::rabbitmq
