#include "im/groups/permissions.hpp"

#include <algorithm>

namespace netherlink::im::groups {
namespace {

constexpr Permission table[] = {
    {Action::see, Role::member, Reach::nobody},
    {Action::leave, Role::member, Reach::nobody},
    {Action::edit, Role::admin, Reach::nobody},
    {Action::add_member, Role::admin, Reach::nobody},
    {Action::remove_member, Role::admin, Reach::lower},
    {Action::mute, Role::admin, Reach::lower},
    {Action::ban, Role::admin, Reach::outsiders},
    {Action::see_bans, Role::admin, Reach::nobody},
    {Action::answer_requests, Role::admin, Reach::nobody},
    {Action::manage_links, Role::admin, Reach::nobody},
    {Action::change_role, Role::owner, Reach::lower},
    {Action::transfer, Role::owner, Reach::lower},
    {Action::dissolve, Role::owner, Reach::nobody},
};

}  // namespace

std::span<const Permission> permissions() {
  return table;
}

core::result<void> allow(Action action, std::optional<Role> actor, std::optional<Role> target) {
  if (!actor) return errors::resource_not_found;
  const auto* const row = std::ranges::find(table, action, &Permission::action);
  if (row == std::end(table) || *actor < row->least) return errors::group_forbidden;
  switch (row->reach) {
    case Reach::nobody:
      return {};
    case Reach::lower:
      if (!target) return errors::resource_not_found;
      break;
    case Reach::outsiders:
      if (!target) return {};
      break;
  }
  if (*target >= *actor) return errors::group_forbidden;
  return {};
}

}  // namespace netherlink::im::groups
