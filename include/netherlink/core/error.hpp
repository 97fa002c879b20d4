#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace netherlink::core {

/// One row of the table of stable error codes (docs/protocol.md). Clients compare `name`; `status` is the
/// HTTP status that REST answers with, `title` the short English text of RFC 9457.
struct ErrorCode {
  std::string_view name;
  int status;
  std::string_view title;
};

/// What is wrong with one field of a request. `field` is a JSON path without the leading `$.`, e.g. `device.name`.
struct FieldError {
  std::string field;
  std::string message;
};

/// An expected failure, as a value. Internal detail is logged where it happens and never put here:
/// everything in an Error may be shown to the client.
class Error {
 public:
  /// server.internal: only what boost::system::result asks for.
  Error();
  // Deliberately not explicit: `return errors::not_found;` is how functions fail.
  Error(const ErrorCode& code) : code_(&code) {}
  Error(const ErrorCode& code, std::string detail) : code_(&code), detail_(std::move(detail)) {}
  Error(const ErrorCode& code, std::vector<FieldError> fields) : code_(&code), fields_(std::move(fields)) {}
  Error(const ErrorCode& code, std::chrono::milliseconds retry_after) : code_(&code), retry_after_(retry_after) {}

  const ErrorCode& code() const { return *code_; }
  /// Human readable, English; the title where nothing more is known.
  std::string_view detail() const { return detail_.empty() ? code_->title : std::string_view(detail_); }
  const std::vector<FieldError>& fields() const { return fields_; }
  std::optional<std::chrono::milliseconds> retry_after() const { return retry_after_; }

  bool is(const ErrorCode& code) const { return code_->name == code.name; }

 private:
  const ErrorCode* code_;
  std::string detail_;
  std::vector<FieldError> fields_;
  std::optional<std::chrono::milliseconds> retry_after_;
};

/// The code with this name, or `server.internal` for a name that this version does not know.
const ErrorCode& error_code(std::string_view name);

}  // namespace netherlink::core

/// Every stable code. New codes are added here, to docs/protocol.md and to api/*.yaml (a test compares them).
namespace netherlink::errors {

using core::ErrorCode;

inline constexpr ErrorCode request_malformed{"request.malformed", 400, "The request is malformed"};
inline constexpr ErrorCode request_invalid{"request.invalid", 422, "The request is invalid"};
inline constexpr ErrorCode request_too_large{"request.too_large", 413, "The request is too large"};
inline constexpr ErrorCode request_headers_too_large{"request.headers_too_large", 431,
                                                     "The request header is too large"};
inline constexpr ErrorCode request_timeout{"request.timeout", 408, "The request did not arrive in time"};
inline constexpr ErrorCode request_expectation_failed{"request.expectation_failed", 417,
                                                      "The expectation cannot be met"};
inline constexpr ErrorCode request_unsupported_media_type{"request.unsupported_media_type", 415,
                                                          "The body must be application/json"};
inline constexpr ErrorCode request_upgrade_required{"request.upgrade_required", 426, "The path is a WebSocket"};
inline constexpr ErrorCode request_rate_limited{"request.rate_limited", 429, "Too many requests"};
inline constexpr ErrorCode resource_not_found{"resource.not_found", 404, "There is no such resource"};
inline constexpr ErrorCode method_not_allowed{"method.not_allowed", 405, "The method is not allowed here"};
inline constexpr ErrorCode server_internal{"server.internal", 500, "Internal error"};
inline constexpr ErrorCode server_overloaded{"server.overloaded", 503, "The server is busy, try again"};
inline constexpr ErrorCode server_unavailable{"server.unavailable", 503,
                                              "A part of the server is unavailable, try again"};
inline constexpr ErrorCode http_version_unsupported{"request.version_unsupported", 505,
                                                    "Only HTTP/1.1 and HTTP/1.0 are supported"};

inline constexpr ErrorCode auth_required{"auth.required", 401, "Authentication is required"};
inline constexpr ErrorCode auth_invalid_token{"auth.invalid_token", 401, "The access token is invalid"};
inline constexpr ErrorCode auth_token_expired{"auth.token_expired", 401, "The access token has expired"};
inline constexpr ErrorCode auth_session_revoked{"auth.session_revoked", 401, "The session was revoked"};
inline constexpr ErrorCode auth_invalid_credentials{"auth.invalid_credentials", 401,
                                                    "The name or the password is wrong"};
/// The same code where the caller is signed in already: a wrong old password is 403, not 401.
inline constexpr ErrorCode auth_wrong_password{"auth.invalid_credentials", 403, "The password is wrong"};
inline constexpr ErrorCode auth_refresh_invalid{"auth.refresh_invalid", 401, "The refresh token is invalid"};
inline constexpr ErrorCode auth_weak_password{"auth.weak_password", 422, "The password is too weak"};
inline constexpr ErrorCode auth_origin_forbidden{"auth.origin_forbidden", 403, "The origin is not allowed"};

inline constexpr ErrorCode email_disabled{"email.disabled", 404, "This server sends no mail"};
inline constexpr ErrorCode email_code_invalid{"email.code_invalid", 404, "The code is wrong, used or too old"};
inline constexpr ErrorCode email_taken{"email.taken", 409, "The address belongs to another account"};
inline constexpr ErrorCode email_nothing_to_verify{"email.nothing_to_verify", 409, "There is no address to confirm"};

inline constexpr ErrorCode user_name_taken{"user.name_taken", 409, "The user name is taken"};
inline constexpr ErrorCode user_not_found{"user.not_found", 404, "There is no such user"};
inline constexpr ErrorCode user_not_reachable{"user.not_reachable", 403, "The user cannot be reached"};

inline constexpr ErrorCode friend_already{"friend.already", 409, "You are friends already"};
inline constexpr ErrorCode friend_request_pending{"friend.request_pending", 409, "A request is pending already"};
inline constexpr ErrorCode friend_too_many{"friend.too_many", 409, "There are too many friends, requests or blocks"};

inline constexpr ErrorCode chat_not_member{"chat.not_member", 403, "Not a member of the conversation"};
inline constexpr ErrorCode auth_guest{"auth.guest", 403, "Guests may not do that"};
inline constexpr ErrorCode auth_not_guest{"auth.not_guest", 409, "This is an account already"};
inline constexpr ErrorCode chat_muted{"chat.muted", 403, "Muted in this conversation"};
inline constexpr ErrorCode chat_too_long{"chat.too_long", 422, "The message is too long"};
inline constexpr ErrorCode chat_blocked_word{"chat.blocked_word", 422, "The message says what may not be said here"};
inline constexpr ErrorCode chat_forbidden{"chat.forbidden", 403, "The message is somebody else's"};
inline constexpr ErrorCode chat_recall_too_late{"chat.recall_too_late", 403, "The message is too old to be recalled"};
inline constexpr ErrorCode chat_stale{"chat.stale", 422, "The time of the message is too far from the server's"};
inline constexpr ErrorCode chat_signature_invalid{"chat.signature_invalid", 403, "The signature is not right"};
inline constexpr ErrorCode chat_signature_required{"chat.signature_required", 403,
                                                   "This device must sign its messages"};
inline constexpr ErrorCode chat_recalled{"chat.recalled", 409, "The message was recalled"};

inline constexpr ErrorCode group_forbidden{"group.forbidden", 403, "Not allowed in this group"};
inline constexpr ErrorCode group_full{"group.full", 409, "The group is full"};
inline constexpr ErrorCode group_link_invalid{"group.link_invalid", 404, "The link is not valid"};
inline constexpr ErrorCode group_too_many{"group.too_many", 409, "There are too many groups, links, requests or bans"};
inline constexpr ErrorCode room_full{"room.full", 409, "The room is full"};
inline constexpr ErrorCode room_wrong_password{"room.wrong_password", 403, "The password of the room is wrong"};
inline constexpr ErrorCode room_not_ready{"room.not_ready", 409, "Not everybody is ready"};
inline constexpr ErrorCode room_wrong_state{"room.wrong_state", 409, "The room is not in the state for this"};
inline constexpr ErrorCode room_in_another{"room.in_another", 409, "You are in another room"};
inline constexpr ErrorCode room_forbidden{"room.forbidden", 403, "Not for you to do in this room"};
inline constexpr ErrorCode room_banned{"room.banned", 403, "You were removed from this room"};
inline constexpr ErrorCode room_link_invalid{"room.link_invalid", 404, "The link leads nowhere"};

inline constexpr ErrorCode attachment_disabled{"attachment.disabled", 404, "This server takes no attachments"};
inline constexpr ErrorCode attachment_too_large{"attachment.too_large", 413, "The file is too large"};
inline constexpr ErrorCode attachment_type_refused{"attachment.type_refused", 415,
                                                   "Files of this type are not taken here"};
inline constexpr ErrorCode attachment_wrong_offset{"attachment.wrong_offset", 409, "The upload goes on elsewhere"};
inline constexpr ErrorCode attachment_busy{"attachment.busy", 409, "Another request is sending this upload"};
inline constexpr ErrorCode attachment_complete{"attachment.complete", 409, "The upload is complete"};
inline constexpr ErrorCode attachment_incomplete{"attachment.incomplete", 409, "The upload is not complete"};
inline constexpr ErrorCode attachment_in_use{"attachment.in_use", 409, "A message refers to the attachment"};
inline constexpr ErrorCode attachment_quota_exceeded{"attachment.quota_exceeded", 409,
                                                     "There is no room for this file any more"};
inline constexpr ErrorCode attachment_too_many_unfinished{"attachment.too_many_unfinished", 409,
                                                          "There are too many unfinished uploads"};
inline constexpr ErrorCode attachment_range_unsatisfiable{"attachment.range_unsatisfiable", 416,
                                                          "The range lies behind the end"};

inline constexpr ErrorCode vpn_disabled{"vpn.disabled", 404, "This server has no virtual LAN"};
inline constexpr ErrorCode vpn_unavailable{"vpn.unavailable", 503, "The virtual LAN cannot be reached, try again"};

inline constexpr ErrorCode e2e_too_many_devices{"e2e.too_many_devices", 409, "There are too many devices with keys"};
inline constexpr ErrorCode e2e_too_many_keys{"e2e.too_many_keys", 409, "Too many one-time keys are waiting already"};
inline constexpr ErrorCode e2e_key_id_taken{"e2e.key_id_taken", 409, "Another key of the device has this id"};

inline constexpr ErrorCode frame_malformed{"frame.malformed", 400, "The frame is malformed"};
inline constexpr ErrorCode frame_unknown_type{"frame.unknown_type", 400, "The frame type is unknown"};

}  // namespace netherlink::errors

inline netherlink::core::Error::Error() : code_(&errors::server_internal) {}
