#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "netherlink/core/result.hpp"
#include "netherlink/im/types.hpp"

namespace netherlink::im::groups {

/// Everything that the role decides.
enum class Action : std::uint8_t {
  see,  // the group, its members
  leave,
  edit,        // name, announcement, picture, history, how people join
  add_member,  // and let those in who ask
  remove_member,
  mute,
  ban,
  see_bans,         // and lift them
  answer_requests,  // and see them
  manage_links,
  change_role,
  transfer,
  dissolve,
};

/// To whom it may be done.
enum class Reach : std::uint8_t {
  nobody,    // nobody in particular
  lower,     // members of a lower role than one's own
  outsiders  // those, and people who are no members
};

/// One row of the table of who may do what (docs/groups.md).
struct Permission {
  Action action;
  Role least;
  Reach reach;
};
std::span<const Permission> permissions();

/// `actor`: nullopt for whoever is no member, who learns nothing: resource.not_found. `target`: the role of the person
/// to whom it is done; nullopt: nobody, or no member. group.forbidden.
core::result<void> allow(Action action, std::optional<Role> actor, std::optional<Role> target = std::nullopt);

}  // namespace netherlink::im::groups
