#pragma once

#include <string>

#include "im/command.hpp"

namespace netherlink::im {

/// The text that a device signs of a message that it sends (docs/end-to-end.md). What the server adds to `extra` is no
/// part of it, nor is the rest of `extra`.
std::string signed_text(const Command& send, std::int64_t device_id, Timestamp client_time);

/// Completes the signature of the command with who made it. chat.signature_invalid: not `signer`, or nobody, or not
/// this message; chat.signature_required: `required`, and there is none.
core::result<void> check_signature(Command& send, const std::optional<DeviceSigners::Signer>& signer, bool required);

}  // namespace netherlink::im
