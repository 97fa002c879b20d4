#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "netherlink/core/ids.hpp"

namespace netherlink::user {

using core::SessionId;
using core::Timestamp;
using core::UserId;

/// A person as others see them.
struct User {
  UserId id = 0;
  std::string username;  // as chosen; unique by its normal form (names.hpp)
  std::string nickname, avatar_url, bio;
  std::string email;               // shown to its owner alone, like the two that follow
  std::string email_pending = {};  // takes the place of `email` once it is confirmed; empty: none
  bool email_verified = false;     // the person has read a mail to `email`
  Timestamp created_at = 0;
  bool guest = false;    // has a nickname alone, and may do less (U10)
  bool deleted = false;  // the account is no more: nickname "deleted user", and nothing else of the person
};

/// U8.
struct Preferences {
  enum class Notifications : std::uint8_t { all, mentions, none };
  struct DoNotDisturb {
    int from = 0, to = 0;  // minutes of the day there; to < from: over midnight
    std::string timezone;  // IANA
    bool operator==(const DoNotDisturb&) const = default;
  };

  Notifications notifications = Notifications::all;
  std::optional<DoNotDisturb> dnd;
  bool show_presence = true;
  bool friends_only = false;  // direct_messages_from: friends

  bool operator==(const Preferences&) const = default;
};

struct PreferenceChange {
  std::optional<Preferences::Notifications> notifications;
  std::optional<std::optional<Preferences::DoNotDisturb>> dnd;  // inner nullopt: from now on none
  std::optional<bool> show_presence, friends_only;
};

struct Device {
  std::string id, name, platform;
};

struct Session {
  SessionId id = 0;
  UserId user_id = 0;
  Device device;
  Timestamp created_at = 0, last_seen_at = 0, expires_at = 0;
  std::int64_t refresh_generation = 0;
  Timestamp revoked_at = 0;  // 0: live
};

/// Who makes a request: from a verified access token.
struct Principal {
  UserId user_id = 0;
  SessionId session_id = 0;
  Timestamp expires_at = 0;
};

struct Tokens {
  std::string access_token, refresh_token;
  SessionId session_id = 0;
  Timestamp access_expires_at = 0;
  std::int64_t expires_in = 0;  // seconds
};

struct Login {
  User user;
  Tokens tokens;
};

struct ProfileChange {
  std::optional<std::string> nickname, avatar_url, bio;
};

}  // namespace netherlink::user
