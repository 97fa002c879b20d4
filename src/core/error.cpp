#include "netherlink/core/error.hpp"

#include <algorithm>
#include <array>

namespace netherlink::core {
namespace {

/// Of two rows with one name the first is meant.
constexpr std::array table = {
    &errors::request_malformed,
    &errors::request_invalid,
    &errors::request_too_large,
    &errors::request_headers_too_large,
    &errors::request_timeout,
    &errors::request_expectation_failed,
    &errors::request_unsupported_media_type,
    &errors::request_upgrade_required,
    &errors::request_rate_limited,
    &errors::resource_not_found,
    &errors::method_not_allowed,
    &errors::server_internal,
    &errors::server_overloaded,
    &errors::server_unavailable,
    &errors::http_version_unsupported,
    &errors::auth_required,
    &errors::auth_invalid_token,
    &errors::auth_token_expired,
    &errors::auth_session_revoked,
    &errors::auth_invalid_credentials,
    &errors::auth_wrong_password,
    &errors::auth_refresh_invalid,
    &errors::auth_weak_password,
    &errors::auth_origin_forbidden,
    &errors::email_disabled,
    &errors::email_code_invalid,
    &errors::email_taken,
    &errors::email_nothing_to_verify,
    &errors::user_name_taken,
    &errors::user_not_found,
    &errors::user_not_reachable,
    &errors::friend_already,
    &errors::friend_request_pending,
    &errors::friend_too_many,
    &errors::auth_guest,
    &errors::auth_not_guest,
    &errors::chat_not_member,
    &errors::chat_muted,
    &errors::chat_too_long,
    &errors::chat_blocked_word,
    &errors::chat_forbidden,
    &errors::chat_recall_too_late,
    &errors::chat_recalled,
    &errors::chat_stale,
    &errors::chat_signature_invalid,
    &errors::chat_signature_required,
    &errors::group_forbidden,
    &errors::group_full,
    &errors::group_link_invalid,
    &errors::group_too_many,
    &errors::room_full,
    &errors::room_wrong_password,
    &errors::room_not_ready,
    &errors::room_wrong_state,
    &errors::room_in_another,
    &errors::room_forbidden,
    &errors::room_banned,
    &errors::room_link_invalid,
    &errors::attachment_disabled,
    &errors::attachment_too_large,
    &errors::attachment_type_refused,
    &errors::attachment_wrong_offset,
    &errors::attachment_busy,
    &errors::attachment_complete,
    &errors::attachment_incomplete,
    &errors::attachment_in_use,
    &errors::attachment_quota_exceeded,
    &errors::attachment_too_many_unfinished,
    &errors::attachment_range_unsatisfiable,
    &errors::vpn_disabled,
    &errors::vpn_unavailable,
    &errors::e2e_too_many_devices,
    &errors::e2e_too_many_keys,
    &errors::e2e_key_id_taken,
    &errors::frame_malformed,
    &errors::frame_unknown_type,
};

}  // namespace

const ErrorCode& error_code(std::string_view name) {
  const auto found = std::find_if(table.begin(), table.end(), [name](const auto* code) { return code->name == name; });
  return found == table.end() ? errors::server_internal : **found;
}

}  // namespace netherlink::core
