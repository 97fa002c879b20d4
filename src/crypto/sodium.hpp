#pragma once

namespace netherlink::crypto {

/// libsodium wants to be initialised once before anything else; thread-safe and cheap afterwards. Throws when the
/// machine has no source of randomness.
void ensure_sodium();

}  // namespace netherlink::crypto
