#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "netherlink/core/result.hpp"
#include "netherlink/im/types.hpp"

namespace netherlink::im {

using GroupId = std::int64_t;

/// What newcomers may read of the past.
enum class GroupHistory : std::uint8_t { joined, all };
std::string_view to_string(GroupHistory history);
std::optional<GroupHistory> parse_group_history(std::string_view text);

/// How people come in, but for being added: by a link, by a link and a request, not at all.
enum class GroupJoin : std::uint8_t { link, request, invite };
std::string_view to_string(GroupJoin join);
std::optional<GroupJoin> parse_group_join(std::string_view text);

struct Group {
  GroupId id = 0;
  std::string name, announcement, avatar_url;
  UserId owner_id = 0;
  GroupHistory history = GroupHistory::joined;
  GroupJoin join = GroupJoin::link;
  std::int64_t member_count = 0;
  std::int64_t pending_requests = 0;  // for admins to know
  std::int64_t version = 0;           // grows with every change: of two that arrive, the higher is newer
  Timestamp created_at = 0;

  ConversationId conversation() const { return ConversationId::group(id); }
  bool operator==(const Group&) const = default;
};

struct GroupMember {
  UserId user_id = 0;
  Role role = Role::member;
  Timestamp muted_until = 0, joined_at = 0;
  bool operator==(const GroupMember&) const = default;
};

/// A group as one of its members sees it.
struct OwnGroup {
  Group group;
  Role my_role = Role::member;
};

struct GroupBan {
  UserId user_id = 0, banned_by = 0;
  Timestamp created_at = 0;
};

/// To be let in, not answered yet.
struct GroupRequest {
  UserId user_id = 0;
  Timestamp created_at = 0;
};

struct GroupLink {
  std::string code;
  GroupId group_id = 0;
  UserId created_by = 0;
  Timestamp created_at = 0, expires_at = 0;  // 0: never
  std::int64_t max_uses = 0, uses = 0;       // 0: any number

  bool usable(Timestamp now) const {
    return (expires_at == 0 || now < expires_at) && (max_uses == 0 || uses < max_uses);
  }
};

/// How somebody stands to a group.
struct GroupPerson {
  UserId user_id = 0;
  bool exists = false;  // and the account was not deleted
  std::optional<GroupMember> member;
  bool banned = false, requested = false;
  std::size_t groups = 0;  // that they are in; of those who may join alone
};

/// What a transaction knows of a group, for a decision to change: members come and go with GroupPerson::member, and
/// likewise bans and requests. member_count, pending_requests and version follow by themselves.
struct GroupDraft {
  Group group;
  std::vector<GroupPerson> people;  // who acts, then those asked for, in that order, then the heir if there is one
  bool heir = false;                // somebody owns the group if who acts, its owner, leaves it
  std::optional<GroupLink> link;    // the one asked for
  std::int64_t newcomers = 0;       // see GroupService::admit
  std::size_t links = 0, bans = 0;

  bool dissolved = false;
  std::optional<GroupLink> new_link;
  std::optional<std::string> ended_link;  // its code; empty: all
  std::string content, extra;             // of the system message; empty: none

  GroupPerson& actor() { return people.front(); }
  const GroupPerson& actor() const { return people.front(); }
};

/// Groups, their links, bans and requests: the main database. Members are the memberships of the conversation. Calls
/// block. Thread-safe. A failing store is server.unavailable.
class GroupRepository {
 public:
  virtual ~GroupRepository() = default;

  struct Ask {
    GroupId group = 0;
    UserId actor = 0;
    std::vector<UserId> people;   // besides the actor, each once
    std::vector<UserId> joining;  // those of all of them who may join: their accounts cannot be deleted meanwhile
    bool heir = false;            // wanted if the actor is the owner
    std::string code;             // of a link
    Seq last_seq = 0;             // of the conversation, from before: where newcomers begin
    Timestamp now = 0;
    std::int64_t notice = 0;  // the id that a notice gets: random
  };
  using Decide = std::function<core::result<void>(GroupDraft&)>;

  struct Changed {
    GroupDraft before, after;
    std::int64_t notice = 0;  // for ChatService::tell_notices; 0: there is nothing to tell
  };
  /// ONE transaction that no other change of the group can cross: reads what is asked for, lets `decide` change it,
  /// writes what differs, and its notice. An error of `decide` writes nothing. `decide` may be called again, with what
  /// is stored then. resource.not_found: there is no such group.
  virtual core::result<Changed> change(const Ask& ask, const Decide& decide) = 0;
  /// Likewise, beginning with a new group that nobody is in.
  virtual core::result<Changed> create(const Group& group, const Ask& ask, const Decide& decide) = 0;

  /// nullopt: `member` is none, or there is no such group.
  virtual core::result<std::optional<OwnGroup>> find(GroupId id, UserId member) = 0;
  /// Newest first, ids below `before`.
  virtual core::result<std::vector<OwnGroup>> of_user(UserId user, GroupId before, std::size_t limit) = 0;
  // By user id, ascending, above `after`.
  virtual core::result<std::vector<GroupMember>> members(GroupId id, UserId after, std::size_t limit) = 0;
  virtual core::result<std::vector<GroupBan>> bans(GroupId id, UserId after, std::size_t limit) = 0;
  virtual core::result<std::vector<GroupRequest>> requests(GroupId id, UserId after, std::size_t limit) = 0;
  virtual core::result<std::optional<GroupLink>> find_link(std::string_view code) = 0;

  /// A group as it is now, with its owner and admins.
  struct Led {
    Group group;
    std::vector<GroupMember> leaders;
  };
  virtual core::result<std::optional<Led>> led(GroupId id) = 0;

  /// Bans and requests of a deleted account. Idempotent.
  virtual core::result<void> forget(UserId user) = 0;
};

/// Told after the database knows. Thread-safe; may block for a moment.
class GroupEvents {
 public:
  virtual ~GroupEvents() = default;
  /// See ChatService::tell_notices.
  virtual void tell_notices(std::span<const std::int64_t> ids) = 0;
  /// Every member learns what the group is like now.
  virtual void updated(const GroupRepository::Led& group) = 0;
  /// These members alone do.
  virtual void updated_for(const Group& group, std::span<const GroupMember> members) = 0;
};

}  // namespace netherlink::im
