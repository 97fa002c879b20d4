// Who is in a group, as what, and who may not come back.
#include <algorithm>
#include <array>

#include "im/groups/drafts.hpp"
#include "im/groups/permissions.hpp"
#include "netherlink/friend/ports.hpp"
#include "netherlink/im/groups.hpp"

namespace netherlink::im {
namespace {

using groups::Action;
using groups::allow;

std::string joined_sentence(std::size_t count) {
  if (count == 1) return "A member was added.";
  auto text = std::to_string(count);
  return text.append(" members were added.");
}

/// Of a role, or of a muting that ends.
std::string changed_sentence(const GroupMember& before, const GroupMember& after) {
  if (before.role != after.role) {
    return after.role == Role::admin ? "A member is an admin now." : "An admin is a member now.";
  }
  return after.muted_until == 0 ? "A member may write again." : "A member was muted.";
}

void note_change(GroupDraft& draft, const GroupMember& before, const GroupMember& after) {
  groups::note(draft, "group.member_changed", changed_sentence(before, after), std::array{after.user_id},
               [&](core::JsonWriter& out) {
                 if (before.role != after.role) out.field("role", to_string(after.role));
                 if (before.muted_until == after.muted_until) return;
                 out.key("muted_until");
                 if (after.muted_until == 0) {
                   out.null();
                 } else {
                   out.timestamp(after.muted_until);
                 }
               });
}

/// `person` is the owner from now on.
void crown(GroupDraft& draft, GroupPerson& person) {
  person.member->role = Role::owner;
  person.member->muted_until = 0;
  draft.group.owner_id = person.user_id;
}

void add_owner(const GroupDraft& draft, core::JsonWriter& out) {
  out.key("owner_id").id(draft.group.owner_id);
}

}  // namespace

core::result<GroupService::Page<GroupMember>> GroupService::members(UserId user, GroupId id, Cursor cursor,
                                                                    std::size_t limit) {
  if (const auto role = role_of(user, id); !role) return role.error();
  auto read = deps_.repository.members(id, cursor.value_or(0), limit + 1);
  if (!read) return read.error();
  return groups::page_of(std::move(*read), limit, [](const GroupMember& member) { return member.user_id; });
}

core::result<std::vector<GroupMember>> GroupService::add(UserId user, GroupId id, std::span<const UserId> people) {
  auto wanted = others(user, people, "user_ids");
  if (!wanted) return wanted.error();
  const auto standings = deps_.contacts.standings(user, *wanted);
  if (!standings) return standings.error();
  const auto seq = last_seq(id);
  if (!seq) return seq.error();
  auto ask = ask_for(id, user);
  ask.people = std::move(*wanted);
  ask.joining = ask.people;
  ask.last_seq = *seq;
  std::vector<UserId> added;
  const auto changed = change(ask, [&](GroupDraft& draft) -> core::result<void> {
    if (auto allowed = allow(Action::add_member, groups::role_of(draft.actor())); !allowed) return allowed;
    auto admitted = admit_friends(draft, *standings, ask.now);
    if (!admitted) return admitted.error();
    added = std::move(*admitted);
    if (!added.empty()) groups::note(draft, "group.member_joined", joined_sentence(added.size()), added);
    return {};
  });
  if (!changed) return changed.error();
  std::vector<GroupMember> members;
  for (const auto& person : changed->after.people) {
    if (std::ranges::find(added, person.user_id) != added.end()) members.push_back(*person.member);
  }
  return members;
}

core::result<GroupMember> GroupService::change_member(UserId user, GroupId id, UserId whom,
                                                      const MemberChange& wanted) {
  if (whom == user) return refuse_oneself(user, id).error();
  auto ask = ask_for(id, user);
  if (wanted.muted_until && *wanted.muted_until != 0 && *wanted.muted_until <= ask.now) {
    return core::Error(errors::request_invalid,
                       std::vector<core::FieldError>{{"muted_until", "must be in the future"}});
  }
  ask.people = {whom};
  const auto changed = change(ask, [&](GroupDraft& draft) -> core::result<void> {
    const auto mine = groups::role_of(draft.actor()), theirs = groups::role_of(draft.people[1]);
    if (auto allowed = allow(Action::see, mine); !allowed) return allowed;
    if (wanted.role) {
      if (auto allowed = allow(Action::change_role, mine, theirs); !allowed) return allowed;
    }
    if (wanted.muted_until || !wanted.role) {
      if (auto allowed = allow(Action::mute, mine, theirs); !allowed) return allowed;
    }
    auto& member = *draft.people[1].member;
    const auto before = member;
    member.role = wanted.role.value_or(member.role);
    member.muted_until = wanted.muted_until.value_or(member.muted_until);
    if (member != before) note_change(draft, before, member);
    return {};
  });
  if (!changed) return changed.error();
  return *changed->after.people[1].member;
}

core::result<void> GroupService::remove(UserId user, GroupId id, UserId whom) {
  if (whom == user) return leave(user, id);
  auto ask = ask_for(id, user);
  ask.people = {whom};
  const auto changed = change(ask, [&](GroupDraft& draft) -> core::result<void> {
    auto& person = draft.people[1];
    const auto mine = groups::role_of(draft.actor());
    if (auto allowed = allow(Action::remove_member, mine, groups::role_of(person)); !allowed) return allowed;
    person.member.reset();
    groups::note(draft, "group.member_removed", "A member was removed.", std::array{whom});
    return {};
  });
  if (!changed) return changed.error();
  return {};
}

core::result<void> GroupService::leave(UserId user, GroupId id) {
  auto ask = ask_for(id, user);
  ask.heir = true;
  const auto changed = change(ask, [&](GroupDraft& draft) -> core::result<void> {
    const auto role = groups::role_of(draft.actor());
    if (auto allowed = allow(Action::leave, role); !allowed) return allowed;
    const bool owner = role == Role::owner;
    draft.dissolved = owner && !draft.heir;
    if (draft.dissolved) return {};
    draft.actor().member.reset();
    if (owner) crown(draft, draft.people.back());
    groups::note(draft, "group.member_left", owner ? "The owner left; another owns the group now." : "A member left.",
                 std::array{user}, [&](core::JsonWriter& out) {
                   if (owner) add_owner(draft, out);
                 });
    return {};
  });
  if (!changed) return changed.error();
  return {};
}

core::result<void> GroupService::transfer(UserId user, GroupId id, UserId to) {
  if (to == user) return refuse_oneself(user, id);
  auto ask = ask_for(id, user);
  ask.people = {to};
  const auto changed = change(ask, [&](GroupDraft& draft) -> core::result<void> {
    auto& person = draft.people[1];
    const auto mine = groups::role_of(draft.actor());
    if (auto allowed = allow(Action::transfer, mine, groups::role_of(person)); !allowed) return allowed;
    draft.actor().member->role = Role::admin;
    crown(draft, person);
    groups::note(draft, "group.transferred", "Another owns the group now.", std::array{to},
                 [&](core::JsonWriter& out) { add_owner(draft, out); });
    return {};
  });
  if (!changed) return changed.error();
  return {};
}

core::result<void> GroupService::ban(UserId user, GroupId id, UserId whom) {
  if (whom == user) return refuse_oneself(user, id);
  auto ask = ask_for(id, user);
  ask.people = {whom};
  const auto changed = change(ask, [&](GroupDraft& draft) -> core::result<void> {
    auto& person = draft.people[1];
    const auto mine = groups::role_of(draft.actor());
    if (auto allowed = allow(Action::ban, mine, groups::role_of(person)); !allowed) return allowed;
    if (!person.exists && !person.member) return errors::user_not_found;
    if (!person.banned && draft.bans >= deps_.limits.bans) return errors::group_too_many;
    // Of a stranger nobody else hears.
    if (person.member) groups::note(draft, "group.member_banned", "A member was banned.", std::array{whom});
    person.member.reset();
    person.requested = false;
    person.banned = true;
    return {};
  });
  if (!changed) return changed.error();
  return {};
}

core::result<void> GroupService::unban(UserId user, GroupId id, UserId whom) {
  if (whom == user) return refuse_oneself(user, id);
  auto ask = ask_for(id, user);
  ask.people = {whom};
  const auto changed = change(ask, [](GroupDraft& draft) -> core::result<void> {
    if (auto allowed = allow(Action::see_bans, groups::role_of(draft.actor())); !allowed) return allowed;
    draft.people[1].banned = false;
    return {};
  });
  if (!changed) return changed.error();
  return {};
}

core::result<GroupService::Page<GroupBan>> GroupService::bans(UserId user, GroupId id, Cursor cursor,
                                                              std::size_t limit) {
  const auto role = role_of(user, id);
  if (!role) return role.error();
  if (auto allowed = allow(Action::see_bans, *role); !allowed) return allowed.error();
  auto read = deps_.repository.bans(id, cursor.value_or(0), limit + 1);
  if (!read) return read.error();
  return groups::page_of(std::move(*read), limit, [](const GroupBan& ban) { return ban.user_id; });
}

}  // namespace netherlink::im
