#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "netherlink/core/result.hpp"
#include "netherlink/friend/types.hpp"
#include "netherlink/im/group_ports.hpp"

namespace netherlink::friends {
class ContactRepository;
}
namespace netherlink::id {
class Generator;
}

namespace netherlink::im {

class MessageStore;

struct GroupLimits {
  std::size_t members = 2000, per_user = 500, added = 100, links = 20, requests = 500, bans = 5000, name_bytes = 100,
              announcement_bytes = 2000;
  std::size_t large = 500;  // members above which others are not told that the number of members changed
};

/// What a group is like; nullopt: stays as it is, or the default.
struct GroupSettings {
  std::optional<std::string> name, announcement, avatar_url;
  std::optional<GroupHistory> history;
  std::optional<GroupJoin> join;
};

/// M15: groups, who is in them and who may do what (docs/groups.md). Thread-safe; calls block: store pool. Every call
/// about one group answers resource.not_found to whoever is no member, group.forbidden where the role does not reach,
/// and server.unavailable when the store does. The referenced objects must outlive the service.
class GroupService {
 public:
  struct Dependencies {
    GroupLimits limits;
    GroupRepository& repository;
    MessageStore& messages;
    friends::ContactRepository& contacts;
    GroupEvents& events;
    id::Generator& ids;
  };
  explicit GroupService(const Dependencies& dependencies) : deps_(dependencies) {}

  template <class Item>
  using Page = friends::Page<Item>;
  using Cursor = std::optional<std::int64_t>;

  /// With these friends of the owner. user.not_found, user.not_reachable, group.full, group.too_many, request.invalid.
  core::result<OwnGroup> create(UserId owner, const GroupSettings& settings, std::span<const UserId> members);
  core::result<OwnGroup> find(UserId user, GroupId id);
  core::result<Page<OwnGroup>> groups(UserId user, Cursor cursor, std::size_t limit);
  /// request.invalid.
  core::result<OwnGroup> edit(UserId user, GroupId id, const GroupSettings& settings);
  core::result<void> dissolve(UserId user, GroupId id);

  core::result<Page<GroupMember>> members(UserId user, GroupId id, Cursor cursor, std::size_t limit);
  /// All of them or nobody; answers those who were none. It lifts bans and answers requests. As create().
  core::result<std::vector<GroupMember>> add(UserId user, GroupId id, std::span<const UserId> people);
  struct MemberChange {
    std::optional<Role> role;              // not owner
    std::optional<Timestamp> muted_until;  // 0: may write again
  };
  /// resource.not_found: not a member. request.invalid.
  core::result<GroupMember> change_member(UserId user, GroupId id, UserId whom, const MemberChange& change);
  /// Oneself: leaves. resource.not_found: not a member.
  core::result<void> remove(UserId user, GroupId id, UserId whom);
  /// The owner is followed by the eldest admin, then member; the last one out dissolves.
  core::result<void> leave(UserId user, GroupId id);
  /// The owner becomes an admin. resource.not_found: not a member.
  core::result<void> transfer(UserId user, GroupId id, UserId to);

  /// Whoever is a member is removed. Idempotent. user.not_found, group.too_many.
  core::result<void> ban(UserId user, GroupId id, UserId whom);
  core::result<void> unban(UserId user, GroupId id, UserId whom);
  core::result<Page<GroupBan>> bans(UserId user, GroupId id, Cursor cursor, std::size_t limit);

  /// For how many seconds, and how many people. group.too_many.
  core::result<GroupLink> make_link(UserId user, GroupId id, std::optional<std::int64_t> expires_in,
                                    std::optional<std::int64_t> max_uses);
  /// Of all links, or of this one. Idempotent.
  core::result<void> end_links(UserId user, GroupId id, std::string_view code);
  /// nullopt: the request waits for an answer. group.link_invalid, group.forbidden (banned), group.full,
  /// group.too_many.
  core::result<std::optional<OwnGroup>> join(UserId user, std::string_view code);

  core::result<Page<GroupRequest>> requests(UserId user, GroupId id, Cursor cursor, std::size_t limit);
  /// resource.not_found: nobody waits. group.full, group.too_many.
  core::result<GroupMember> accept(UserId user, GroupId id, UserId whom);
  core::result<void> reject(UserId user, GroupId id, UserId whom);

  /// After an account was deleted: leaves every group. Idempotent.
  core::result<void> forget(UserId user);

  const GroupLimits& limits() const { return deps_.limits; }

 private:
  using Ask = GroupRepository::Ask;
  using Changed = GroupRepository::Changed;

  static Ask ask_for(GroupId id, UserId actor);
  core::result<Changed> change(const Ask& ask, const GroupRepository::Decide& decide);
  void tell(const Changed& changed);
  void tell_roles(const Changed& changed);
  core::result<void> check(const GroupSettings& settings) const;
  core::result<Seq> last_seq(GroupId id);
  core::result<Role> role_of(UserId user, GroupId id);
  /// What is done to others, asked for oneself: resource.not_found or group.forbidden.
  core::result<void> refuse_oneself(UserId user, GroupId id);
  /// Those asked for, each once, without `user`. request.invalid: too many at once.
  core::result<std::vector<UserId>> others(UserId user, std::span<const UserId> people, std::string_view field) const;
  /// Somebody new. user.not_found, group.full, group.too_many.
  core::result<void> admit(GroupDraft& draft, GroupPerson& person, Role role, Timestamp now) const;
  /// Those who are no members yet, behind the actor; answers who they are. `standings`: as the actor stands to them.
  core::result<std::vector<UserId>> admit_friends(GroupDraft& draft, std::span<const friends::Standing> standings,
                                                  Timestamp now) const;

  Dependencies deps_;
};

}  // namespace netherlink::im
