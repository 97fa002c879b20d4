// Codes out of letters: issued, tried, used once.
#include <soci/soci.h>

#include "store/sql/change.hpp"
#include "store/sql/email_codes.hpp"
#include "store/sql/insert_new.hpp"
#include "store/sql/mail.hpp"
#include "store/sql/numbers.hpp"

namespace netherlink::store::sql {
namespace {

using core::result;
using core::UserId;
using mail::Code;
using std::chrono::milliseconds;

/// What a code that works fulfils, behind its selector, hash and topic.
std::string alive(const Database& database, std::size_t most) {
  std::string condition(" AND used_at = 0 AND attempts < ");
  condition.append(std::to_string(most)).append(" AND expires_at > ").append(database.now_ms());
  return condition;
}

struct Sent {
  UserId user_id = 0;
  std::string address, address_key;
};

std::optional<Sent> sent(soci::session& session, const Code& code, const std::string& condition) {
  Sent row;
  long long user = 0;
  const int topic = static_cast<int>(code.topic);
  soci::statement statement =
      (session.prepare << std::string(
                              "SELECT user_id, address, address_key FROM email_codes WHERE selector = :selector "
                              "AND hash = :hash AND topic = :topic") +
                              condition,
       soci::use(code.selector), soci::use(code.hash), soci::use(topic), soci::into(user), soci::into(row.address),
       soci::into(row.address_key));
  statement.execute(false);
  if (!statement.fetch()) return std::nullopt;
  row.user_id = user;
  while (statement.fetch()) continue;
  return row;
}

/// Somebody knows how a code begins, and not how it goes on.
void count_wrong_guess(soci::session& session, const Code& code) {
  change(session,
         "UPDATE email_codes SET attempts = attempts + 1 WHERE selector = :selector AND hash <> :hash AND used_at = 0",
         code.selector, code.hash);
}

}  // namespace

result<bool> Mail::issue(const Code& code, milliseconds ttl) {
  bool usable = true;
  auto done = database_.write([&](soci::session& session) -> result<void> {
    const auto user = static_cast<long long>(code.user_id);
    const int topic = static_cast<int>(code.topic);
    const std::string expires_at = std::string(database_.now_ms()).append(" + ").append(std::to_string(ttl.count()));
    const bool is_new = insert_new(database_, [&] {
      std::string statement(
          "INSERT INTO email_codes (selector, hash, topic, user_id, address, address_key, attempts, used_at, "
          "expires_at) VALUES (:selector, :hash, :topic, :user_id, :address, :address_key, 0, 0, ");
      change(session, statement.append(expires_at).append(")"), code.selector, code.hash, topic, user, code.address,
             code.address_key);
    });
    if (is_new) return {};
    std::string again("UPDATE email_codes SET expires_at = ");
    change(session, again.append(expires_at).append(" WHERE selector = :selector AND hash = :hash"), code.selector,
           code.hash);
    long long used_at = 0;
    std::string hash;
    session << "SELECT used_at, hash FROM email_codes WHERE selector = :selector", soci::use(code.selector),
        soci::into(used_at), soci::into(hash);
    usable = used_at == 0 && hash == code.hash;
    return {};
  });
  if (!done) return done.error();
  return usable;
}

result<UserId> Mail::owner(const Code& code, std::size_t most) {
  std::optional<Sent> found;
  auto looked = database_.read([&](soci::session& session) -> result<void> {
    found = sent(session, code, alive(database_, most));
    return {};
  });
  if (!looked) return looked.error();
  if (found) return found->user_id;
  auto counted = database_.write([&](soci::session& session) -> result<void> {
    count_wrong_guess(session, code);
    return {};
  });
  if (!counted) return counted.error();
  return errors::email_code_invalid;
}

/// Of two at once one is the first to change the row.
bool Mail::use(soci::session& session, const Code& code, std::size_t most) {
  const auto now = static_cast<long long>(core::now_ms());
  const int topic = static_cast<int>(code.topic);
  return change(session,
                "UPDATE email_codes SET used_at = :now WHERE selector = :selector AND hash = :hash AND topic = :topic" +
                    alive(database_, most),
                now, code.selector, code.hash, topic) > 0;
}

result<UserId> Mail::confirm(const Code& code, std::size_t most) {
  const auto known = owner(code, most);
  if (!known) return known.error();
  std::optional<Sent> found;
  auto done = database_.write([&](soci::session& session) -> result<void> {
    found.reset();
    if (!use(session, code, most)) return {};
    auto row = sent(session, code, {});
    if (!row) return {};
    const auto id = static_cast<long long>(row->user_id), now = static_cast<long long>(core::now_ms());
    change(session,
           "UPDATE users SET email_key = NULL WHERE email_key = :email_key AND email_verified_at = 0 AND id <> :id",
           row->address_key, id);
    long long changed = 0;
    const bool free = insert_new(database_, [&] {
      changed = change(session,
                       "UPDATE users SET email = :email, email_key = :email_key, email_pending = '', email_verified_at "
                       "= :now WHERE id = :id AND deleted_at = 0 AND (email_pending = :pending OR (email = :same AND "
                       "email_verified_at = 0))",
                       row->address, row->address_key, now, id, row->address, row->address);
    });
    if (!free) return errors::email_taken;
    if (changed == 0) return {};  // another address was wanted since; the code is of no use any more
    end_codes(session, row->user_id, mail::Topic::verify);
    end_resets(session, row->user_id);
    found = std::move(row);
    return {};
  });
  if (!done) return done.error();
  if (!found) return errors::email_code_invalid;
  return found->user_id;
}

result<Mail::Reset> Mail::reset(const Code& code, std::size_t most, std::string_view password_hash,
                                const mail::Letter& notice) {
  std::optional<Reset> outcome;
  auto done = database_.write([&](soci::session& session) -> result<void> {
    outcome.reset();
    if (!use(session, code, most)) return {};
    const auto row = sent(session, code, {});
    if (!row) return {};
    const auto id = static_cast<long long>(row->user_id), now = static_cast<long long>(core::now_ms());
    const std::string hash(password_hash);
    const auto changed =
        change(session,
               "UPDATE users SET password_hash = :hash WHERE id = :id AND deleted_at = 0 AND email_key "
               "= :email_key AND email_verified_at > 0",
               hash, id, row->address_key);
    if (changed == 0) return {};
    end_resets(session, row->user_id);
    session << "UPDATE sessions SET revoked_at = " << now << " WHERE user_id = " << id << " AND revoked_at = 0";
    outcome = Reset{row->user_id, numbers(session, "SELECT id FROM sessions WHERE user_id = " + std::to_string(id) +
                                                       " AND revoked_at = " + std::to_string(now))};
    mail::Letter letter = notice;
    letter.user_id = row->user_id;
    letter.address = row->address;
    letter.address_key = row->address_key;
    return insert(session, std::span(&letter, 1), SIZE_MAX / 2);
  });
  if (!done) return done.error();
  if (!outcome) return errors::email_code_invalid;
  return std::move(*outcome);
}

}  // namespace netherlink::store::sql
