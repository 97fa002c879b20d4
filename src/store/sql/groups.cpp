#include "store/sql/groups.hpp"

#include <soci/soci.h>

#include <algorithm>
#include <string>

#include "store/sql/group_rows.hpp"
#include "store/sql/members.hpp"
#include "store/sql/user_lock.hpp"

namespace netherlink::store::sql {
namespace {

using core::result;
using core::UserId;

/// A page by user id.
std::string page_of(im::GroupId group, UserId after, std::size_t limit) {
  std::string where("group_id = ");
  where.append(std::to_string(group)).append(" AND user_id > ").append(std::to_string(after));
  where.append(" ORDER BY user_id LIMIT ").append(std::to_string(limit));
  return where;
}

/// The value that `read` finds.
template <class T, class Read>
result<T> reading(Database& database, const Read& read) {
  T found{};
  auto done = database.read([&](soci::session& session) -> result<void> {
    found = read(session);
    return {};
  });
  if (!done) return done.error();
  return found;
}

}  // namespace

result<Groups::Changed> Groups::transact(const im::Group* made, const Ask& ask, const Decide& decide) {
  Changed changed;
  auto done = database_.write([&](soci::session& session) -> result<void> {
    // Accounts first, in the order of their ids: whoever locks both comes the same way.
    std::vector<UserId> joining = ask.joining, there;
    std::ranges::sort(joining);
    for (const auto user : joining) {
      if (lock_user(session, user)) there.push_back(user);
    }
    if (made != nullptr) {
      insert_group(session, *made);
    } else if (!lock_group(session, ask.group)) {
      return errors::resource_not_found;
    }
    changed.before = read_draft(session, ask, there);
    changed.after = changed.before;
    if (auto decided = decide(changed.after); !decided) return decided;
    changed.notice = write_draft(database_, session, ask, changed.before, changed.after);
    return {};
  });
  if (!done) return done.error();
  return changed;
}

result<Groups::Changed> Groups::change(const Ask& ask, const Decide& decide) {
  return transact(nullptr, ask, decide);
}

result<Groups::Changed> Groups::create(const im::Group& group, const Ask& ask, const Decide& decide) {
  return transact(&group, ask, decide);
}

result<std::optional<im::OwnGroup>> Groups::find(im::GroupId id, UserId member) {
  return reading<std::optional<im::OwnGroup>>(database_, [&](soci::session& session) {
    auto found = select_groups(session, member, " AND g.id = " + std::to_string(id));
    return found.empty() ? std::nullopt : std::optional(std::move(found.front()));
  });
}

result<std::vector<im::OwnGroup>> Groups::of_user(UserId user, im::GroupId before, std::size_t limit) {
  std::string rest(" AND g.id < ");
  rest.append(std::to_string(before)).append(" ORDER BY g.id DESC LIMIT ").append(std::to_string(limit));
  return reading<std::vector<im::OwnGroup>>(database_,
                                            [&](soci::session& session) { return select_groups(session, user, rest); });
}

result<std::vector<im::GroupMember>> Groups::members(im::GroupId id, UserId after, std::size_t limit) {
  return reading<std::vector<im::GroupMember>>(database_, [&](soci::session& session) {
    std::vector<im::GroupMember> found;
    for (const auto& member : members_after(session, im::ConversationId::group(id).text, after, limit)) {
      found.push_back(to_group_member(member));
    }
    return found;
  });
}

result<std::vector<im::GroupBan>> Groups::bans(im::GroupId id, UserId after, std::size_t limit) {
  return reading<std::vector<im::GroupBan>>(
      database_, [&](soci::session& session) { return select_bans(session, page_of(id, after, limit)); });
}

result<std::vector<im::GroupRequest>> Groups::requests(im::GroupId id, UserId after, std::size_t limit) {
  return reading<std::vector<im::GroupRequest>>(
      database_, [&](soci::session& session) { return select_requests(session, page_of(id, after, limit)); });
}

result<std::optional<im::GroupLink>> Groups::find_link(std::string_view code) {
  return reading<std::optional<im::GroupLink>>(database_,
                                               [&](soci::session& session) { return select_link(session, code); });
}

result<std::optional<Groups::Led>> Groups::led(im::GroupId id) {
  return reading<std::optional<Led>>(database_, [&](soci::session& session) -> std::optional<Led> {
    auto group = select_group(session, id);
    if (!group) return std::nullopt;
    Led led{std::move(*group), {}};
    for (const auto& member : leaders(session, led.group.conversation().text)) {
      led.leaders.push_back(to_group_member(member));
    }
    return led;
  });
}

result<void> Groups::forget(UserId user) {
  return database_.write([&](soci::session& session) -> result<void> {
    session << "DELETE FROM group_bans WHERE user_id = " << user;
    session << "DELETE FROM group_requests WHERE user_id = " << user;
    return {};
  });
}

}  // namespace netherlink::store::sql
