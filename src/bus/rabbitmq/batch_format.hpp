#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "netherlink/bus/bus.hpp"

namespace netherlink::bus::rabbitmq {

/// One AMQP message of im.ingest: a version byte, then for each payload its length and its weight (32 bits each, little
/// endian) and its bytes.
void begin_batch(std::string& body);
void append_to_batch(std::string& body, std::string_view payload, std::size_t weight);

struct BatchItem {
  Payload payload;
  std::size_t weight = 0;
};
/// nullopt: not understood.
std::optional<std::vector<BatchItem>> split_batch(std::string_view body);

/// What travels on im.push: a version byte, a kind, the publisher's stream and the number of this message on it, then
/// the payload. A stream is one publisher's messages to one routing key: numbers that are missing were lost.
struct PushMessage {
  enum class Kind : std::uint8_t {
    payload,   // of the application
    lost,      // the publisher could not send pushes: whoever reads this may have missed some
    marker,    // to itself: what was published before has been handed over
    presence,  // of a consumer of im.ingest (Spread)
  };
  Kind kind = Kind::payload;
  std::uint64_t stream = 0, number = 0;
  std::string_view payload;
};
std::string encode_push(const PushMessage& message);
/// The payload refers to `body`.
std::optional<PushMessage> decode_push(std::string_view body);

}  // namespace netherlink::bus::rabbitmq
