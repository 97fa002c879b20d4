#pragma once

#include <algorithm>
#include <mutex>
#include <string>
#include <vector>

#include "contract/store/engines.hpp"
#include "netherlink/log/log.hpp"
#include "netherlink/user/service.hpp"
#include "support/races.hpp"

namespace netherlink::user::testing {

using store::testing::must;
using store::testing::Sqlite;
using test::code_of;
using test::in_parallel;

/// Keeps what it was told.
class RecordedEvents final : public SessionEvents {
 public:
  void sessions_revoked(std::span<const SessionId> ids) override {
    const std::lock_guard lock(mutex_);
    ids_.insert(ids_.end(), ids.begin(), ids.end());
  }
  std::ptrdiff_t count(SessionId id) const {
    const std::lock_guard lock(mutex_);
    return std::ranges::count(ids_, id);
  }
  std::size_t size() const {
    const std::lock_guard lock(mutex_);
    return ids_.size();
  }

 private:
  mutable std::mutex mutex_;
  std::vector<SessionId> ids_;
};

/// Whatever else there is lets go of an account at once, or refuses to.
class RecordedDepartures final : public Departures {
 public:
  core::result<void> forget(UserId id) override {
    const std::lock_guard lock(mutex_);
    if (refuse) return errors::server_unavailable;
    gone.push_back(id);
    return {};
  }

  bool refuse = false;
  std::vector<UserId> gone;

 private:
  std::mutex mutex_;
};

constexpr const char* good_password = "correct horse battery";

/// The account service on an empty SQLite database, hashing fast.
struct Accounts {
  explicit Accounts(AccountOptions o = {std::chrono::minutes(15), std::chrono::hours(24 * 30), 8, 100}) : options(o) {
    log::set_level(log::Level::error);
  }

  Login person(const std::string& name) {
    Registration registration;
    registration.username = name;
    registration.password = good_password;
    return must(service.register_user(registration));
  }
  static Principal principal(const Login& login) {
    return {login.user.id, login.tokens.session_id, login.tokens.access_expires_at};
  }
  bool is_live(SessionId id) {
    const auto session = must(database->sessions().find(id));
    return session && session->revoked_at == 0;
  }

  AccountOptions options;
  Sqlite database;
  RecordedEvents events;
  RecordedDepartures departures;
  crypto::PasswordHasher hasher{crypto::PasswordCost::test};
  crypto::TokenSigner signer{{std::string(32, 's')}};
  id::Generator ids{1};
  AccountService service{options, database->users(), database->sessions(), events, departures, hasher, signer, ids};
};

template <class T>
std::vector<std::string> fields_of(const core::result<T>& result) {
  std::vector<std::string> fields;
  if (result) return fields;
  const core::Error error = result.error();
  for (const auto& field : error.fields()) fields.push_back(field.field);
  return fields;
}

}  // namespace netherlink::user::testing
