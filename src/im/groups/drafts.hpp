#pragma once

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "netherlink/core/json_writer.hpp"
#include "netherlink/friend/types.hpp"
#include "netherlink/im/group_ports.hpp"

namespace netherlink::im::groups {

/// Writes the system message of a change into the draft (docs/groups.md): a sentence, and for programs the event, the
/// people whom it concerns, and whatever `more` adds.
inline void note(GroupDraft& draft, std::string_view event, std::string sentence, std::span<const UserId> people,
                 const std::function<void(core::JsonWriter&)>& more = {}) {
  draft.content = std::move(sentence);
  draft.extra.clear();
  core::JsonWriter out(draft.extra);
  out.begin_object().field("event", event);
  if (people.size() == 1) out.key("user_id").id(people.front());
  if (!people.empty()) {
    out.key("user_ids").begin_array();
    for (const auto user : people) out.id(user);
    out.end_array();
  }
  if (more) more(out);
  out.end_object();
}

inline std::optional<Role> role_of(const GroupPerson& person) {
  return person.member ? std::optional(person.member->role) : std::nullopt;
}

/// One more than `limit` was read: whether there is another page, and where it begins.
template <class Item, class Key>
friends::Page<Item> page_of(std::vector<Item> items, std::size_t limit, Key key) {
  friends::Page<Item> page{std::move(items), std::nullopt};
  if (page.items.size() <= limit) return page;
  page.items.resize(limit);
  page.next = key(page.items.back());
  return page;
}

}  // namespace netherlink::im::groups
