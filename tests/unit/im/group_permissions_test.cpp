#include <array>
#include <map>
#include <optional>
#include <string>

#include "im/groups/permissions.hpp"
#include "support/catch.hpp"

namespace netherlink::im::groups {
namespace {

using Who = std::optional<Role>;

constexpr Action actions[] = {Action::see,         Action::leave,           Action::edit,         Action::add_member,
                              Action::mute,        Action::remove_member,   Action::ban,          Action::see_bans,
                              Action::change_role, Action::answer_requests, Action::manage_links, Action::transfer,
                              Action::dissolve};
constexpr Who everybody[] = {std::nullopt, Role::member, Role::admin, Role::owner};

/// "yes", or the code.
std::string answer(Action action, Who actor, Who target) {
  const auto allowed = allow(action, actor, target);
  return allowed ? "yes" : std::string(allowed.error().code().name);
}

}  // namespace

TEST_CASE("groups: every action has one row", "[groups]") {
  CHECK(permissions().size() == std::size(actions));
  for (const auto action : actions) {
    CHECK(std::ranges::count(permissions(), action, &Permission::action) == 1);
  }
}

TEST_CASE("groups: who is no member learns nothing", "[groups]") {
  for (const auto action : actions) {
    for (const auto target : everybody) CHECK(answer(action, std::nullopt, target) == "resource.not_found");
  }
}

TEST_CASE("groups: what is done to nobody in particular asks for the role alone", "[groups]") {
  const std::map<Action, Role> least{{Action::see, Role::member},         {Action::leave, Role::member},
                                     {Action::edit, Role::admin},         {Action::add_member, Role::admin},
                                     {Action::see_bans, Role::admin},     {Action::answer_requests, Role::admin},
                                     {Action::manage_links, Role::admin}, {Action::dissolve, Role::owner}};
  for (const auto& [action, role] : least) {
    for (const auto actor : {Role::member, Role::admin, Role::owner}) {
      CHECK(answer(action, actor, std::nullopt) == (actor >= role ? "yes" : "group.forbidden"));
    }
  }
}

TEST_CASE("groups: what is done to members reaches lower roles alone", "[groups]") {
  for (const auto action : {Action::remove_member, Action::mute, Action::ban, Action::change_role, Action::transfer}) {
    const bool owners = action == Action::change_role || action == Action::transfer;
    for (const auto actor : {Role::member, Role::admin, Role::owner}) {
      const bool may = actor == Role::owner || (actor == Role::admin && !owners);
      for (const auto target : {Role::member, Role::admin, Role::owner}) {
        INFO(static_cast<int>(action) << " by " << to_string(actor) << " to " << to_string(target));
        CHECK(answer(action, actor, target) == (may && target < actor ? "yes" : "group.forbidden"));
      }
      // Whoever is no member can be banned, and nothing else.
      const auto* const stranger = action == Action::ban ? "yes" : "resource.not_found";
      CHECK(answer(action, actor, std::nullopt) == (may ? stranger : "group.forbidden"));
    }
  }
}

}  // namespace netherlink::im::groups
