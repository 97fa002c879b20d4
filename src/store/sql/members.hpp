#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "netherlink/im/ports.hpp"
#include "store/sql/database.hpp"

/// The members of groups and rooms, for repositories that change them in a transaction of their own. Such a transaction
/// first takes a lock that all changes of the conversation take (an UPDATE of the group's or room's own row), so that
/// what it reads here afterwards stays true until it commits.
namespace netherlink::store::sql {

struct Member {
  core::UserId user_id = 0;
  im::Role role = im::Role::member;
  core::Timestamp muted_until = 0, joined_at = 0;
};

struct NewMember {
  core::UserId user_id = 0;
  im::Role role = im::Role::member;
  core::Seq joined_seq = 0;     // last_seq of the conversation, read before the transaction
  core::Seq visible_after = 0;  // 0: may read everything
  core::Timestamp now = 0;
};

/// False: is a member already, and nothing was done.
bool add_member(const Database& database, soci::session& session, std::string_view conversation_id,
                const NewMember& member);
/// False: was none.
bool remove_member(soci::session& session, std::string_view conversation_id, core::UserId user);
void remove_all_members(soci::session& session, std::string_view conversation_id);
void set_role(soci::session& session, std::string_view conversation_id, core::UserId user, im::Role role);
void set_muted_until(soci::session& session, std::string_view conversation_id, core::UserId user,
                     core::Timestamp muted_until);

std::optional<Member> find_member(soci::session& session, std::string_view conversation_id, core::UserId user);
/// Those of `users` who are members, in any order.
std::vector<Member> find_members(soci::session& session, std::string_view conversation_id,
                                 std::span<const core::UserId> users);
/// Owner and admins.
std::vector<Member> leaders(soci::session& session, std::string_view conversation_id);
/// From now on every member may read the past; who could not before.
std::vector<core::UserId> show_everything(soci::session& session, std::string_view conversation_id);
/// By user id, ascending, above `after`.
std::vector<Member> members_after(soci::session& session, std::string_view conversation_id, core::UserId after,
                                  std::size_t limit);
std::vector<core::UserId> member_ids(soci::session& session, std::string_view conversation_id);
std::int64_t count_members(soci::session& session, std::string_view conversation_id);
/// Who owns the conversation after `leaver`: the eldest admin, else the eldest member; nullopt: nobody is left.
std::optional<core::UserId> heir(soci::session& session, std::string_view conversation_id, core::UserId leaver);

/// The name under which members see it in their lists.
void set_title(soci::session& session, std::string_view conversation_id, std::string_view title);
void remove_title(soci::session& session, std::string_view conversation_id);

/// Written with what it tells about; after the commit its id goes to ChatService::tell_notices().
void add_notice(soci::session& session, const im::Notice& notice);

}  // namespace netherlink::store::sql
