// Links, and those who come by them.
#include <array>

#include "im/groups/drafts.hpp"
#include "im/groups/permissions.hpp"
#include "netherlink/crypto/encoding.hpp"
#include "netherlink/crypto/random.hpp"
#include "netherlink/im/groups.hpp"

namespace netherlink::im {
namespace {

using groups::Action;
using groups::allow;

constexpr std::size_t code_random_bytes = 9;  // 72 bits: short, and not to be guessed
constexpr std::size_t longest_code = 64;
constexpr std::int64_t ms = 1000;

constexpr const char* joined_event = "group.member_joined";

}  // namespace

core::result<GroupLink> GroupService::make_link(UserId user, GroupId id, std::optional<std::int64_t> expires_in,
                                                std::optional<std::int64_t> max_uses) {
  const auto ask = ask_for(id, user);
  const GroupLink link{.code = crypto::base64url_encode(crypto::random_bytes(code_random_bytes)),
                       .group_id = id,
                       .created_by = user,
                       .created_at = ask.now,
                       .expires_at = expires_in ? ask.now + *expires_in * ms : 0,
                       .max_uses = max_uses.value_or(0)};
  const auto changed = change(ask, [&](GroupDraft& draft) -> core::result<void> {
    if (auto allowed = allow(Action::manage_links, groups::role_of(draft.actor())); !allowed) return allowed;
    if (draft.group.join == GroupJoin::invite) return errors::group_forbidden;
    if (draft.links >= deps_.limits.links) return errors::group_too_many;
    draft.new_link = link;
    return {};
  });
  if (!changed) return changed.error();
  return link;
}

core::result<void> GroupService::end_links(UserId user, GroupId id, std::string_view code) {
  const auto changed = change(ask_for(id, user), [&](GroupDraft& draft) -> core::result<void> {
    if (auto allowed = allow(Action::manage_links, groups::role_of(draft.actor())); !allowed) return allowed;
    draft.ended_link = std::string(code);
    return {};
  });
  if (!changed) return changed.error();
  return {};
}

core::result<std::optional<OwnGroup>> GroupService::join(UserId user, std::string_view code) {
  if (code.empty() || code.size() > longest_code) return errors::group_link_invalid;
  const auto link = deps_.repository.find_link(code);
  if (!link) return link.error();
  if (!*link) return errors::group_link_invalid;
  const auto seq = last_seq((*link)->group_id);
  if (!seq) return seq.error();
  auto ask = ask_for((*link)->group_id, user);
  ask.joining = {user};
  ask.code = std::string(code);
  ask.last_seq = *seq;
  const auto changed = change(ask, [&](GroupDraft& draft) -> core::result<void> {
    auto& person = draft.actor();
    if (!person.exists) return errors::auth_session_revoked;
    if (!draft.link) return errors::group_link_invalid;
    const bool asks = draft.group.join == GroupJoin::request;
    if (person.member || (asks && person.requested)) return {};  // it is done, and costs no use of the link
    if (draft.group.join == GroupJoin::invite || !draft.link->usable(ask.now)) return errors::group_link_invalid;
    if (person.banned) return errors::group_forbidden;
    ++draft.link->uses;
    if (asks) {
      if (draft.group.pending_requests >= static_cast<std::int64_t>(deps_.limits.requests)) {
        return errors::group_too_many;
      }
      person.requested = true;
      return {};
    }
    groups::note(draft, joined_event, "A member joined.", std::array{user});
    return admit(draft, person, Role::member, ask.now);
  });
  // The group is no more, and its links with it.
  if (!changed && changed.error().is(errors::resource_not_found)) return errors::group_link_invalid;
  if (!changed) return changed.error();
  const auto& after = changed->after;
  if (!after.actor().member) return std::optional<OwnGroup>();
  return std::optional(OwnGroup{after.group, after.actor().member->role});
}

core::result<GroupService::Page<GroupRequest>> GroupService::requests(UserId user, GroupId id, Cursor cursor,
                                                                      std::size_t limit) {
  const auto role = role_of(user, id);
  if (!role) return role.error();
  if (auto allowed = allow(Action::answer_requests, *role); !allowed) return allowed.error();
  auto read = deps_.repository.requests(id, cursor.value_or(0), limit + 1);
  if (!read) return read.error();
  return groups::page_of(std::move(*read), limit, [](const GroupRequest& request) { return request.user_id; });
}

core::result<GroupMember> GroupService::accept(UserId user, GroupId id, UserId whom) {
  if (whom == user) return refuse_oneself(user, id).error();
  const auto seq = last_seq(id);
  if (!seq) return seq.error();
  auto ask = ask_for(id, user);
  ask.people = ask.joining = {whom};
  ask.last_seq = *seq;
  const auto changed = change(ask, [&](GroupDraft& draft) -> core::result<void> {
    auto& person = draft.people[1];
    if (auto allowed = allow(Action::answer_requests, groups::role_of(draft.actor())); !allowed) return allowed;
    if (person.member) return {};  // accepted before, or added
    if (!person.requested) return errors::resource_not_found;
    groups::note(draft, joined_event, "A member joined.", std::array{whom});
    return admit(draft, person, Role::member, ask.now);
  });
  if (!changed) return changed.error();
  return *changed->after.people[1].member;
}

core::result<void> GroupService::reject(UserId user, GroupId id, UserId whom) {
  if (whom == user) return refuse_oneself(user, id);
  auto ask = ask_for(id, user);
  ask.people = {whom};
  const auto changed = change(ask, [](GroupDraft& draft) -> core::result<void> {
    auto& person = draft.people[1];
    if (auto allowed = allow(Action::answer_requests, groups::role_of(draft.actor())); !allowed) return allowed;
    if (!person.requested) return errors::resource_not_found;
    person.requested = false;
    return {};
  });
  if (!changed) return changed.error();
  return {};
}

}  // namespace netherlink::im
