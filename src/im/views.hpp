#pragma once

#include <span>

#include "netherlink/im/ports.hpp"

namespace netherlink::im {

/// Gives each message that answers another a quote of it, unless it has one. Blocks where there are any.
core::result<void> add_quotes(MessageStore& store, std::span<Message> messages);

/// Makes of messages as they are stored what one reader gets: with quotes, the reader's own reactions marked, and
/// emptied where the reader has deleted them. Asks the store only where it has to. Blocks.
core::result<void> complete_for(UserId reader, MessageStore& store, std::span<Message> messages);

}  // namespace netherlink::im
