#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "im/wire_format.hpp"
#include "netherlink/im/ports.hpp"

/// What commands, messages and pushes have in common on the wire.
namespace netherlink::im::wire {

constexpr std::uint8_t version = 4;
constexpr std::uint8_t message_kinds = 7, statuses = 4;

void put(Writer& w, const Origin& origin);
void put(Writer& w, const Marks& marks);
void put(Writer& w, const std::vector<UserId>& ids);
void put(Writer& w, const std::optional<Quote>& quote);
void put(Writer& w, const Message& message);
void put_without_quote(Writer& w, const Message& message);

Origin take_origin(Reader& r);
Marks take_marks(Reader& r);
std::vector<UserId> take_ids(Reader& r);
void take_quote(Reader& r, std::optional<Quote>& quote);
void take_message(Reader& r, Message& message);
ConversationId take_conversation(Reader& r);

}  // namespace netherlink::im::wire
