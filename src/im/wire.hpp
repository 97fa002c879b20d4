#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "im/command.hpp"
#include "netherlink/im/ports.hpp"

/// The binary form of what travels on the bus and lies in the hot cache. Little endian, lengths before texts; the first
/// byte of each payload is a version, so that replicas of two releases can run side by side. Decoders accept any bytes
/// and answer false for what they do not understand.
namespace netherlink::im::wire {

void append_command(std::string& out, const Command& command);
/// The commands of one ingest payload; a payload that is not understood ends in false, with those before it in `out`.
bool decode_commands(std::string_view payload, std::vector<Command>& out);
/// Begins an ingest payload.
void begin_commands(std::string& out);

/// Of a single message: without its quote, which may change meanwhile.
std::string encode_message(const Message& message);
bool decode_message(std::string_view bytes, Message& out);

std::string encode_push(const PushEnvelope& envelope);
/// Positions in an envelope: what concerns one replica.
struct PushSelection {
  std::vector<std::size_t> conversations, replies, events, memberships;
  bool operator==(const PushSelection&) const = default;
};
std::string encode_push(const PushEnvelope& envelope, const PushSelection& selection);
bool decode_push(std::string_view payload, PushEnvelope& out);

}  // namespace netherlink::im::wire
