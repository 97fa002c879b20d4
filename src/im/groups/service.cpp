// What all changes of groups have in common, and groups themselves: made, edited, dissolved.
#include <algorithm>
#include <array>
#include <limits>

#include "im/groups/drafts.hpp"
#include "im/groups/permissions.hpp"
#include "netherlink/crypto/random.hpp"
#include "netherlink/friend/ports.hpp"
#include "netherlink/id/snowflake.hpp"
#include "netherlink/im/groups.hpp"
#include "netherlink/im/ports.hpp"
#include "netherlink/log/log.hpp"
#include "netherlink/user/texts.hpp"

namespace netherlink::im {
namespace {

using groups::Action;
using groups::allow;

constexpr std::size_t groups_left_at_once = 100;

std::string at_most(std::size_t bytes) {
  std::string text("must have at most ");
  text.append(std::to_string(bytes)).append(" bytes");
  return text;
}

/// But for what follows from who is in it.
bool differs(Group before, const Group& after) {
  before.member_count = after.member_count;
  before.pending_requests = after.pending_requests;
  before.version = after.version;
  return before != after;
}

/// Takes over what is set; the names of what is another now.
std::vector<std::string_view> apply(const GroupSettings& settings, Group& group) {
  std::vector<std::string_view> changed;
  const auto take = [&](std::string_view name, const auto& wanted, auto& value) {
    if (!wanted || *wanted == value) return;
    value = *wanted;
    changed.push_back(name);
  };
  take("name", settings.name, group.name);
  take("announcement", settings.announcement, group.announcement);
  take("avatar_url", settings.avatar_url, group.avatar_url);
  take("history", settings.history, group.history);
  take("join", settings.join, group.join);
  return changed;
}

std::string sentence_of(const std::vector<std::string_view>& changed, const Group& group) {
  if (changed.size() > 1) return "The group was changed.";
  if (changed.front() == "name") {
    std::string text("The group is now called \"");
    return text.append(group.name).append("\".");
  }
  if (changed.front() == "announcement") return "The announcement was changed.";
  if (changed.front() == "avatar_url") return "The picture was changed.";
  return "The rules of the group were changed.";
}

}  // namespace

GroupService::Ask GroupService::ask_for(GroupId id, UserId actor) {
  Ask ask;
  ask.group = id;
  ask.actor = actor;
  ask.now = core::now_ms();
  ask.notice = static_cast<std::int64_t>(crypto::random_u64() >> 1U | 1U);
  return ask;
}

core::result<GroupService::Changed> GroupService::change(const Ask& ask, const GroupRepository::Decide& decide) {
  auto changed = deps_.repository.change(ask, decide);
  if (changed) tell(*changed);
  return changed;
}

void GroupService::tell(const Changed& changed) {
  if (changed.notice != 0) deps_.events.tell_notices(std::array{changed.notice});
  if (changed.after.dissolved) return;
  const auto &before = changed.before.group, &after = changed.after.group;
  const bool counted =
      before.member_count != after.member_count && after.member_count <= static_cast<std::int64_t>(deps_.limits.large);
  const bool all = differs(before, after) || counted;
  if (!all && before.pending_requests == after.pending_requests) return tell_roles(changed);
  // As it is now: of several changes at once the last one read is the last one told, or carries the lower version.
  const auto led = deps_.repository.led(after.id);
  if (!led) return log::warn("change of a group not told", {{"group_id", after.id}, {"reason", led.error().detail()}});
  if (!*led) return;
  if (all) return deps_.events.updated(**led);
  deps_.events.updated_for((*led)->group, (*led)->leaders);
}

void GroupService::tell_roles(const Changed& changed) {
  std::vector<GroupMember> concerned;
  for (std::size_t i = 0; i < changed.after.people.size(); ++i) {
    const auto then = groups::role_of(changed.before.people[i]), now = groups::role_of(changed.after.people[i]);
    if (then && now && *then != *now) concerned.push_back(*changed.after.people[i].member);
  }
  if (!concerned.empty()) deps_.events.updated_for(changed.after.group, concerned);
}

core::result<void> GroupService::check(const GroupSettings& settings) const {
  std::vector<core::FieldError> problems;
  const auto fail = [&](const char* field, std::optional<std::string> problem) {
    if (problem) problems.push_back({field, std::move(*problem)});
  };
  const auto& limits = deps_.limits;
  if (const auto& name = settings.name) {
    fail("name", name->size() > limits.name_bytes ? at_most(limits.name_bytes) : user::title_problem(*name));
  }
  if (const auto& text = settings.announcement) {
    const bool long_text = text->size() > limits.announcement_bytes;
    fail("announcement", long_text ? at_most(limits.announcement_bytes) : user::prose_problem(*text));
  }
  if (settings.avatar_url) fail("avatar_url", user::web_url_problem(*settings.avatar_url));
  if (problems.empty()) return {};
  return core::Error(errors::request_invalid, std::move(problems));
}

core::result<Seq> GroupService::last_seq(GroupId id) {
  const auto heads = deps_.messages.heads(std::vector{ConversationId::group(id).text});
  if (!heads) return heads.error();
  return heads->front().last_seq;
}

core::result<Role> GroupService::role_of(UserId user, GroupId id) {
  const auto found = deps_.repository.find(id, user);
  if (!found) return found.error();
  if (!*found) return errors::resource_not_found;
  return (*found)->my_role;
}

core::result<void> GroupService::refuse_oneself(UserId user, GroupId id) {
  const auto role = role_of(user, id);
  return role ? core::Error(errors::group_forbidden) : role.error();
}

core::result<std::vector<UserId>> GroupService::others(UserId user, std::span<const UserId> people,
                                                       std::string_view field) const {
  std::vector<UserId> found;
  for (const auto id : people) {
    if (id != user && std::ranges::find(found, id) == found.end()) found.push_back(id);
  }
  if (found.size() <= deps_.limits.added) return found;
  std::string problem("must have at most ");
  problem.append(std::to_string(deps_.limits.added)).append(" people");
  return core::Error(errors::request_invalid, std::vector<core::FieldError>{{std::string(field), std::move(problem)}});
}

core::result<void> GroupService::admit(GroupDraft& draft, GroupPerson& person, Role role, Timestamp now) const {
  if (!person.exists) return errors::user_not_found;
  if (person.groups >= deps_.limits.per_user) return errors::group_too_many;
  if (draft.group.member_count + draft.newcomers >= static_cast<std::int64_t>(deps_.limits.members)) {
    return errors::group_full;
  }
  ++draft.newcomers;
  person.member = GroupMember{person.user_id, role, 0, now};
  person.banned = person.requested = false;
  return {};
}

core::result<std::vector<UserId>> GroupService::admit_friends(GroupDraft& draft,
                                                              std::span<const friends::Standing> standings,
                                                              Timestamp now) const {
  std::vector<UserId> added;
  for (std::size_t i = 0; i < standings.size(); ++i) {
    auto& person = draft.people[i + 1];
    if (person.member) continue;
    if (!person.exists) return errors::user_not_found;
    if (standings[i].blocked || !standings[i].friends) return errors::user_not_reachable;
    if (auto admitted = admit(draft, person, Role::member, now); !admitted) return admitted.error();
    added.push_back(person.user_id);
  }
  return added;
}

core::result<OwnGroup> GroupService::create(UserId owner, const GroupSettings& settings,
                                            std::span<const UserId> members) {
  if (auto fine = check(settings); !fine) return fine.error();
  auto people = others(owner, members, "members");
  if (!people) return people.error();
  const auto standings = deps_.contacts.standings(owner, *people);
  if (!standings) return standings.error();
  const auto id = deps_.ids.next();
  if (!id) return id.error();
  auto ask = ask_for(*id, owner);
  ask.people = std::move(*people);
  ask.joining = ask.people;
  ask.joining.push_back(owner);
  Group group;
  group.id = *id;
  group.owner_id = owner;
  group.created_at = ask.now;
  (void)apply(settings, group);
  const auto made = deps_.repository.create(group, ask, [&](GroupDraft& draft) -> core::result<void> {
    if (!draft.actor().exists) return errors::auth_session_revoked;
    if (auto admitted = admit(draft, draft.actor(), Role::owner, ask.now); !admitted) return admitted;
    const auto added = admit_friends(draft, *standings, ask.now);
    if (!added) return added.error();
    groups::note(draft, "group.created", "The group was created.", *added);
    return {};
  });
  if (!made) return made.error();
  tell(*made);
  return OwnGroup{made->after.group, Role::owner};
}

core::result<OwnGroup> GroupService::find(UserId user, GroupId id) {
  auto found = deps_.repository.find(id, user);
  if (!found) return found.error();
  if (!*found) return errors::resource_not_found;
  return std::move(**found);
}

core::result<GroupService::Page<OwnGroup>> GroupService::groups(UserId user, Cursor cursor, std::size_t limit) {
  auto read = deps_.repository.of_user(user, cursor.value_or(std::numeric_limits<GroupId>::max()), limit + 1);
  if (!read) return read.error();
  return groups::page_of(std::move(*read), limit, [](const OwnGroup& own) { return own.group.id; });
}

core::result<OwnGroup> GroupService::edit(UserId user, GroupId id, const GroupSettings& settings) {
  if (auto fine = check(settings); !fine) return fine.error();
  const auto changed = change(ask_for(id, user), [&](GroupDraft& draft) -> core::result<void> {
    const auto role = groups::role_of(draft.actor());
    if (auto allowed = allow(Action::edit, role); !allowed) return allowed;
    const auto fields = apply(settings, draft.group);
    if (fields.empty()) return {};
    groups::note(draft, "group.changed", sentence_of(fields, draft.group), {}, [&](core::JsonWriter& out) {
      out.key("fields").begin_array();
      for (const auto field : fields) out.value(field);
      out.end_array().field("name", draft.group.name);
    });
    return {};
  });
  if (!changed) return changed.error();
  return OwnGroup{changed->after.group, changed->after.actor().member->role};
}

core::result<void> GroupService::dissolve(UserId user, GroupId id) {
  const auto changed = change(ask_for(id, user), [](GroupDraft& draft) -> core::result<void> {
    if (auto allowed = allow(Action::dissolve, groups::role_of(draft.actor())); !allowed) return allowed;
    draft.dissolved = true;
    return {};
  });
  if (!changed) return changed.error();
  return {};
}

core::result<void> GroupService::forget(UserId user) {
  for (;;) {
    const auto some = deps_.repository.of_user(user, std::numeric_limits<GroupId>::max(), groups_left_at_once);
    if (!some) return some.error();
    if (some->empty()) return deps_.repository.forget(user);
    for (const auto& own : *some) {
      const auto left = leave(user, own.group.id);
      if (!left && !left.error().is(errors::resource_not_found)) return left.error();
    }
  }
}

}  // namespace netherlink::im
