// The letters that wait, and the addresses of accounts.
#include "store/sql/mail.hpp"

#include <soci/soci.h>

#include "store/sql/change.hpp"
#include "store/sql/email_codes.hpp"
#include "store/sql/numbers.hpp"

namespace netherlink::store::sql {
namespace {

using core::result;
using core::UserId;
using mail::Letter;
using std::chrono::milliseconds;

constexpr std::size_t candidates = 8;  // more than one, because others take letters at the same time

std::string after(const Database& database, milliseconds delay) {
  return std::string(database.now_ms()).append(" + ").append(std::to_string(delay.count()));
}

struct Due {
  long long id = 0, due_at = 0;
};

std::vector<Due> due_letters(const Database& database, soci::session& session) {
  std::vector<Due> found;
  Due row;
  std::string query("SELECT id, due_at FROM mail_outbox WHERE due_at <= ");
  query.append(database.now_ms()).append(" ORDER BY due_at, id LIMIT ").append(std::to_string(candidates));
  soci::statement statement = (session.prepare << query, soci::into(row.id), soci::into(row.due_at));
  statement.execute(false);
  while (statement.fetch()) found.push_back(row);
  return found;
}

std::optional<Letter> letter_of(soci::session& session, long long id) {
  Letter letter;
  long long user = 0, created_at = 0, attempts = 0;
  int topic = 0, language = 0;
  soci::statement statement =
      (session.prepare
           << "SELECT topic, language, user_id, address, address_key, created_at, attempts FROM mail_outbox "
              "WHERE id = :id",
       soci::use(id), soci::into(topic), soci::into(language), soci::into(user), soci::into(letter.address),
       soci::into(letter.address_key), soci::into(created_at), soci::into(attempts));
  statement.execute(false);
  if (!statement.fetch()) return std::nullopt;
  letter.id = id;
  letter.topic = static_cast<mail::Topic>(topic);
  letter.language = static_cast<mail::Language>(language);
  letter.user_id = user;
  letter.created_at = created_at;
  letter.attempts = attempts;
  while (statement.fetch()) continue;
  return letter;
}

}  // namespace

result<void> Mail::insert(soci::session& session, std::span<const Letter> letters, std::size_t most) {
  if (letters.empty()) return {};
  const auto waiting = number(session, "SELECT COUNT(*) FROM mail_outbox");
  if (waiting >= static_cast<std::int64_t>(most)) return core::Error(errors::server_overloaded, milliseconds(30'000));
  std::string statement(
      "INSERT INTO mail_outbox (id, topic, language, user_id, address, address_key, created_at, attempts, due_at) "
      "VALUES (:id, :topic, :language, :user_id, :address, :address_key, :created_at, 0, ");
  statement.append(database_.now_ms()).append(")");
  for (const Letter& letter : letters) {
    const auto id = static_cast<long long>(letter.id), user = static_cast<long long>(letter.user_id),
               created_at = static_cast<long long>(letter.created_at);
    const int topic = static_cast<int>(letter.topic), language = static_cast<int>(letter.language);
    change(session, statement, id, topic, language, user, letter.address, letter.address_key, created_at);
  }
  return {};
}

result<void> Mail::accept(std::span<const Letter> letters, std::size_t most) {
  return database_.write([&](soci::session& session) { return insert(session, letters, most); });
}

result<std::optional<Letter>> Mail::take(milliseconds lease) {
  std::vector<Due> due;
  auto looked = database_.read([&](soci::session& session) -> result<void> {
    due = due_letters(database_, session);
    return {};
  });
  if (!looked) return looked.error();
  std::string claim("UPDATE mail_outbox SET attempts = attempts + 1, due_at = ");
  claim.append(after(database_, lease)).append(" WHERE id = :id AND due_at = :due_at");
  std::optional<Letter> taken;
  for (const Due& one : due) {
    auto done = database_.write([&](soci::session& session) -> result<void> {
      taken.reset();
      if (change(session, claim, one.id, one.due_at) > 0) taken = letter_of(session, one.id);
      return {};
    });
    if (!done) return done.error();
    if (taken) break;
  }
  return taken;
}

result<void> Mail::done(const Letter& letter) {
  return database_.write([&](soci::session& session) -> result<void> {
    const auto id = static_cast<long long>(letter.id), attempts = static_cast<long long>(letter.attempts);
    change(session, "DELETE FROM mail_outbox WHERE id = :id AND attempts = :attempts", id, attempts);
    return {};
  });
}

result<void> Mail::put_back(const Letter& letter, milliseconds delay) {
  return database_.write([&](soci::session& session) -> result<void> {
    const auto id = static_cast<long long>(letter.id), attempts = static_cast<long long>(letter.attempts);
    std::string statement("UPDATE mail_outbox SET due_at = ");
    statement.append(after(database_, delay)).append(" WHERE id = :id AND attempts = :attempts");
    change(session, statement, id, attempts);
    return {};
  });
}

result<std::int64_t> Mail::waiting() {
  std::int64_t count = 0;
  auto done = database_.read([&](soci::session& session) -> result<void> {
    count = number(session, "SELECT COUNT(*) FROM mail_outbox");
    return {};
  });
  if (!done) return done.error();
  return count;
}

result<void> Mail::propose(UserId user, std::string_view address, std::span<const Letter> letters, std::size_t most) {
  return database_.write([&](soci::session& session) -> result<void> {
    const auto id = static_cast<long long>(user);
    const std::string text(address);
    // What nobody confirmed is replaced at once, and is nobody's meanwhile.
    const auto replaced = change(session,
                                 "UPDATE users SET email = :email, email_key = NULL WHERE id = :id AND deleted_at = 0 "
                                 "AND email_verified_at = 0 AND email <> :again",
                                 text, id, text);
    if (replaced == 0) {
      change(session,
             "UPDATE users SET email_pending = CASE WHEN email = :email THEN '' ELSE :pending END WHERE id = :id AND "
             "deleted_at = 0 AND email_verified_at > 0",
             text, text, id);
    }
    end_codes(session, user, mail::Topic::verify);
    return insert(session, letters, most);
  });
}

result<void> Mail::remove(UserId user, std::span<const Letter> letters, std::size_t most) {
  return database_.write([&](soci::session& session) -> result<void> {
    const auto id = static_cast<long long>(user);
    change(
        session,
        "UPDATE users SET email = '', email_key = NULL, email_pending = '', email_verified_at = 0 WHERE id = :id AND "
        "deleted_at = 0",
        id);
    end_codes(session, user, mail::Topic::verify);
    end_resets(session, user);
    return insert(session, letters, most);
  });
}

result<void> Mail::purge(milliseconds age) {
  return database_.write([&](soci::session& session) -> result<void> {
    std::string statement("DELETE FROM email_codes WHERE expires_at < ");
    statement.append(database_.now_ms()).append(" - ").append(std::to_string(age.count()));
    session << statement;
    return {};
  });
}

}  // namespace netherlink::store::sql
