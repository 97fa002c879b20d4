#include "store/sql/friends.hpp"

#include <soci/soci.h>

#include <algorithm>
#include <string>

#include "store/sql/numbers.hpp"
#include "store/sql/user_lock.hpp"

namespace netherlink::store::sql {
namespace {

using core::result;
using core::UserId;
using friends::Pair;
using friends::Request;

// The numbers are in the databases: they stay what they are.
static_assert(static_cast<int>(Request::Status::pending) == 0 && static_cast<int>(Request::Status::accepted) == 1 &&
              static_cast<int>(Request::Status::rejected) == 2);

std::string id(std::int64_t number) {
  return std::to_string(number);
}

/// Everything it compares with is a number and stands in `where`.
std::vector<Request> select_requests(soci::session& session, const std::string& where) {
  std::vector<Request> found;
  Request row;
  long long request_id = 0, from = 0, to = 0, created_at = 0;
  int status = 0;
  soci::statement statement =
      (session.prepare << "SELECT id, from_id, to_id, message, status, created_at FROM friend_requests WHERE " << where,
       soci::into(request_id), soci::into(from), soci::into(to), soci::into(row.message), soci::into(status),
       soci::into(created_at));
  statement.execute(false);
  while (statement.fetch()) {
    row.id = request_id;
    row.from = from;
    row.to = to;
    row.status = static_cast<Request::Status>(status);
    row.created_at = created_at;
    found.push_back(row);
  }
  return found;
}

std::optional<Request> latest(soci::session& session, UserId from, UserId to) {
  auto found = select_requests(session, "from_id = " + id(from) + " AND to_id = " + id(to));
  if (found.empty()) return std::nullopt;
  return std::move(found.front());
}

Pair read_pair(soci::session& session, UserId me, UserId other) {
  Pair pair;
  pair.me = me;
  pair.other = other;
  const auto two = [](UserId a, UserId b, const char* column) {
    return "user_id = " + id(a) + " AND " + column + " = " + id(b);
  };
  pair.i_block = number(session, "SELECT COUNT(*) FROM blocks WHERE " + two(me, other, "blocked_id")) != 0;
  pair.blocks_me = number(session, "SELECT COUNT(*) FROM blocks WHERE " + two(other, me, "blocked_id")) != 0;
  const auto since = numbers(session, "SELECT since FROM friendships WHERE " + two(me, other, "friend_id"));
  pair.friends_since = since.empty() ? 0 : since.front();
  pair.sent = latest(session, me, other);
  pair.received = latest(session, other, me);
  const auto count = [&](const char* table, const std::string& where) {
    return static_cast<std::size_t>(number(session, std::string("SELECT COUNT(*) FROM ") + table + " WHERE " + where));
  };
  pair.my_friends = count("friendships", "user_id = " + id(me));
  pair.their_friends = count("friendships", "user_id = " + id(other));
  pair.my_pending = count("friend_requests", "from_id = " + id(me) + " AND status = 0");
  pair.my_blocks = count("blocks", "user_id = " + id(me));
  return pair;
}

void write_request(soci::session& session, const std::optional<Request>& before, const std::optional<Request>& after) {
  if (before == after) return;
  if (before) session << "DELETE FROM friend_requests WHERE id = " << before->id;
  if (!after) return;
  const auto status = static_cast<int>(after->status);
  session << "INSERT INTO friend_requests (id, from_id, to_id, message, status, created_at) VALUES (" << after->id
          << ", " << after->from << ", " << after->to << ", :message, " << status << ", " << after->created_at << ")",
      soci::use(after->message);
}

void write_pair(soci::session& session, const Pair& before, const Pair& after) {
  write_request(session, before.sent, after.sent);
  write_request(session, before.received, after.received);
  const auto me = after.me, other = after.other;
  if (before.friends_since != after.friends_since) {
    session << "DELETE FROM friendships WHERE user_id = " << me << " AND friend_id = " << other;
    session << "DELETE FROM friendships WHERE user_id = " << other << " AND friend_id = " << me;
    if (const auto since = after.friends_since; since != 0) {
      session << "INSERT INTO friendships (user_id, friend_id, since) VALUES (" << me << ", " << other << ", " << since
              << "), (" << other << ", " << me << ", " << since << ")";
    }
  }
  if (before.i_block == after.i_block) return;
  if (after.i_block) {
    session << "INSERT INTO blocks (user_id, blocked_id, created_at) VALUES (" << me << ", " << other << ", "
            << core::now_ms() << ")";
  } else {
    session << "DELETE FROM blocks WHERE user_id = " << me << " AND blocked_id = " << other;
  }
}

}  // namespace

result<void> Friends::change(UserId me, UserId other, const Decide& decide) {
  return database_.write([&](soci::session& session) -> result<void> {
    const auto [low, high] = std::minmax(me, other);
    for (const UserId user : {low, high}) {
      if (!lock_user(session, user)) return user == me ? errors::auth_session_revoked : errors::user_not_found;
    }
    const Pair before = read_pair(session, me, other);
    Pair after = before;
    if (auto decided = decide(after); !decided) return decided;
    write_pair(session, before, after);
    return {};
  });
}

result<std::optional<Request>> Friends::find_request(std::int64_t request_id) {
  std::optional<Request> found;
  auto done = database_.read([&](soci::session& session) -> result<void> {
    found.reset();
    auto rows = select_requests(session, "id = " + id(request_id));
    if (!rows.empty()) found = std::move(rows.front());
    return {};
  });
  if (!done) return done.error();
  return found;
}

result<std::vector<Request>> Friends::requests(UserId user, bool incoming, std::int64_t before, std::size_t limit) {
  std::vector<Request> found;
  auto done = database_.read([&](soci::session& session) -> result<void> {
    found = select_requests(session, std::string(incoming ? "to_id = " : "from_id = ") + id(user) +
                                         " AND status = 0 AND id < " + id(before) + " ORDER BY id DESC LIMIT " +
                                         std::to_string(limit));
    return {};
  });
  if (!done) return done.error();
  return found;
}

result<std::vector<friends::Friendship>> Friends::friends(UserId user, UserId after, std::size_t limit) {
  std::vector<friends::Friendship> found;
  auto done = database_.read([&](soci::session& session) -> result<void> {
    found.clear();
    long long other = 0, since = 0;
    soci::statement statement =
        (session.prepare << "SELECT friend_id, since FROM friendships WHERE user_id = " << user << " AND friend_id > "
                         << after << " ORDER BY friend_id LIMIT " << limit,
         soci::into(other), soci::into(since));
    statement.execute(false);
    while (statement.fetch()) found.push_back({other, since});
    return {};
  });
  if (!done) return done.error();
  return found;
}

result<std::vector<UserId>> Friends::blocked(UserId user, UserId after, std::size_t limit) {
  std::vector<UserId> found;
  auto done = database_.read([&](soci::session& session) -> result<void> {
    found = numbers(session, "SELECT blocked_id FROM blocks WHERE user_id = " + id(user) + " AND blocked_id > " +
                                 id(after) + " ORDER BY blocked_id LIMIT " + std::to_string(limit));
    return {};
  });
  if (!done) return done.error();
  return found;
}

result<std::vector<UserId>> Friends::forget(UserId user) {
  std::vector<UserId> were_friends;
  auto done = database_.write([&](soci::session& session) -> result<void> {
    const auto own = id(user);
    were_friends = numbers(session, "SELECT friend_id FROM friendships WHERE user_id = " + own);
    session << "DELETE FROM friendships WHERE user_id = " << own;
    for (const UserId other : were_friends) {
      session << "DELETE FROM friendships WHERE user_id = " << other << " AND friend_id = " << own;
    }
    session << "DELETE FROM friend_requests WHERE from_id = " << own;
    session << "DELETE FROM friend_requests WHERE to_id = " << own;
    session << "DELETE FROM blocks WHERE user_id = " << own;
    session << "DELETE FROM blocks WHERE blocked_id = " << own;
    session << "DELETE FROM last_seen WHERE user_id = " << own;
    return {};
  });
  if (!done) return done.error();
  return were_friends;
}

}  // namespace netherlink::store::sql
