#pragma once

#include <chrono>
#include <optional>

#include "gateway/json_input.hpp"
#include "netherlink/cache/cache.hpp"
#include "netherlink/im/service.hpp"

namespace netherlink::gateway {

/// The fields of `message.send` and of POST /chat/messages. Problems are in `input`; sender and origin are the
/// caller's.
im::SendRequest read_send_request(JsonInput& input, const im::Limits& limits);

/// Takes one message off the user's budget, whichever way it is sent, or says how long to wait. `bucket.burst` 0: no
/// limit.
std::optional<std::chrono::milliseconds> take_message_token(cache::RateLimiter& limiter, cache::BucketSize bucket,
                                                            im::UserId user);

}  // namespace netherlink::gateway
