#include "im/conversation_list.hpp"

#include <algorithm>
#include <charconv>
#include <tuple>
#include <unordered_map>

#include "im/views.hpp"

namespace netherlink::im {
namespace {

/// Pinned first, then changed last, then by id: a total order, so that a cursor names a place in it.
using Place = std::tuple<bool, Timestamp, std::string_view>;

Place place_of(const ConversationView& view, Timestamp changed_at) {
  return {!view.pinned, -changed_at, view.id.text};
}

/// Where the next page begins, and when the first one was read: conversations stay where they were then, whatever is
/// said in them meanwhile.
struct After {
  Timestamp begun = 0;
  Place place;
};

std::string to_cursor(const ConversationView& last, Timestamp changed_at, Timestamp begun) {
  std::string cursor(last.pinned ? "1." : "0.");
  cursor.append(std::to_string(changed_at)).append(".").append(std::to_string(begun)).append(".");
  return cursor.append(last.id.text);
}

/// Takes a number and the dot behind it off the text.
std::optional<Timestamp> take_time(std::string_view& text) {
  Timestamp time = 0;
  const auto* const end = text.data() + text.size();
  const auto [stopped, error] = std::from_chars(text.data(), end, time);
  if (error != std::errc() || stopped == end || *stopped != '.' || time < 0) return std::nullopt;
  text.remove_prefix(static_cast<std::size_t>(stopped - text.data()) + 1);
  return time;
}

std::optional<After> parse_cursor(std::string_view cursor) {
  const auto pinned = take_time(cursor), changed_at = pinned ? take_time(cursor) : std::nullopt;
  const auto begun = changed_at ? take_time(cursor) : std::nullopt;
  if (!begun || *pinned > 1) return std::nullopt;
  return After{*begun, {*pinned == 0, -*changed_at, cursor}};
}

ConversationView make_view(UserId user, ConversationId id, const ConversationRepository::Membership& membership,
                           const Head& head, const Marks& marks) {
  ConversationView view;
  view.target_id = id.kind == ConversationKind::single ? id.peer_of(user) : id.first;
  view.id = std::move(id);
  view.head = head;
  view.head.updated_at = std::max(head.updated_at, membership.joined_at);
  view.marks = {std::max(marks.read_seq, membership.joined_seq), std::max(marks.delivered_seq, membership.joined_seq)};
  view.visible_after = membership.visible_after;
  view.pinned = membership.pinned;
  view.muted = membership.muted;
  return view;
}

bool has_title(const ConversationId& id) {
  return id.kind == ConversationKind::group || id.kind == ConversationKind::room;
}

std::vector<std::string> ids_of(std::span<const ConversationView> views) {
  std::vector<std::string> ids;
  for (const auto& view : views) ids.push_back(view.id.text);
  return ids;
}

}  // namespace

core::result<std::vector<ConversationView>> ConversationList::views(UserId user,
                                                                    const std::vector<Membership>& memberships) {
  std::vector<std::string> ids;
  ids.reserve(memberships.size());
  for (const auto& membership : memberships) ids.push_back(membership.conversation_id);
  const auto heads = store_.heads(ids);
  if (!heads) return heads.error();
  const auto marks = store_.marks(user, ids);
  if (!marks) return marks.error();
  std::vector<ConversationView> views;
  for (std::size_t i = 0; i < memberships.size(); ++i) {
    auto id = ConversationId::parse(ids[i]);
    // A single conversation exists for people from its first message on.
    if (!id || (id->kind == ConversationKind::single && (*heads)[i].last_seq == 0)) continue;
    views.push_back(make_view(user, std::move(*id), memberships[i], (*heads)[i], (*marks)[i]));
  }
  return views;
}

/// All of them with one visit to the store.
core::result<void> ConversationList::complete_newest(UserId user, std::span<std::optional<Message>> newest) {
  std::vector<Message> messages;
  for (auto& message : newest) {
    if (message) messages.push_back(std::move(*message));
  }
  if (auto done = complete_for(user, store_, messages); !done) return done;
  auto next = messages.begin();
  for (auto& message : newest) {
    if (message) message = std::move(*next++);
  }
  return {};
}

core::result<void> ConversationList::complete(UserId user, std::span<ConversationView> views) {
  std::vector<Head> heads;
  std::vector<UserId> peers;
  std::vector<std::string> titled;
  for (const auto& view : views) {
    heads.push_back(view.head);
    if (view.head.last_seq <= view.visible_after) heads.back().last_seq = 0;
    if (view.id.kind == ConversationKind::single) peers.push_back(view.id.peer_of(user));
    if (has_title(view.id)) titled.push_back(view.id.text);
  }
  auto newest = reader_.newest(ids_of(views), heads);
  if (!newest) return newest.error();
  if (auto done = complete_newest(user, *newest); !done) return done;
  const auto people = users_.find(peers);
  if (!people) return people.error();
  auto titles = access_.titles(titled);
  if (!titles) return titles.error();
  std::unordered_map<UserId, std::string_view> names;
  for (const auto& person : *people) names.emplace(person.id, person.nickname);
  for (std::size_t i = 0; i < views.size(); ++i) {
    views[i].last_message = std::move((*newest)[i]);
    if (views[i].id.kind == ConversationKind::world) views[i].name = "world";
    if (has_title(views[i].id)) views[i].name = (*titles)[views[i].id.text];
    if (views[i].id.kind == ConversationKind::single) views[i].name = names[views[i].target_id];
  }
  return {};
}

/// When the conversation had changed last at that time, for somebody who came into it at `joined_at`; 0: there was none
/// yet. The newest are looked at first: few messages came while somebody was leafing.
core::result<Timestamp> ConversationList::changed_before(const ConversationView& view, Timestamp joined_at,
                                                         Timestamp time) {
  if (view.head.updated_at <= time) return view.head.updated_at;
  if (joined_at > time) return 0;
  Seq below = 0, above = view.head.last_seq + 1;  // those up to `below` are from before, those from `above` on are not
  for (Seq stride = 1; above - below > 1; stride *= 2) {
    const Seq middle = below + (above - below) / 2;
    const Seq looked_at = below == 0 ? std::max(above - stride, middle) : middle;
    const auto message = reader_.run(view.id.text, looked_at, looked_at);
    if (!message) return message.error();
    const bool before = !message->empty() && message->front().sent_at <= time;
    (before ? below : above) = looked_at;
  }
  if (below == 0) return view.id.kind == ConversationKind::single ? 0 : joined_at;
  const auto last = reader_.run(view.id.text, below, below);
  if (!last) return last.error();
  return std::max(joined_at, last->empty() ? 0 : last->front().sent_at);
}

core::result<ConversationPage> ConversationList::page(UserId user, std::string_view cursor, std::size_t limit) {
  const auto after = parse_cursor(cursor);
  if (!cursor.empty() && !after) {
    return core::Error(errors::request_invalid,
                       std::vector<core::FieldError>{{"cursor", "is not a cursor of this list"}});
  }
  const auto begun = after ? after->begun : core::now_ms();
  const auto memberships = access_.memberships(user);
  if (!memberships) return memberships.error();
  auto all = views(user, *memberships);
  if (!all) return all.error();
  std::unordered_map<std::string_view, Timestamp> joined_at;
  for (const auto& membership : *memberships) joined_at.emplace(membership.conversation_id, membership.joined_at);

  std::vector<std::pair<Timestamp, ConversationView>> listed;
  for (auto& view : *all) {
    const auto changed_at = after ? changed_before(view, joined_at[view.id.text], begun) : view.head.updated_at;
    if (!changed_at) return changed_at.error();
    const bool comes = !after || (*changed_at != 0 && after->place < place_of(view, *changed_at));
    if (comes) listed.emplace_back(*changed_at, std::move(view));
  }
  std::ranges::sort(listed, {}, [](const auto& entry) { return place_of(entry.second, entry.first); });
  ConversationPage page;
  if (listed.size() > limit) {
    const auto& [changed_at, last] = listed[limit - 1];
    page.next_cursor = to_cursor(last, changed_at, begun);
    listed.resize(limit);
  }
  for (auto& entry : listed) page.items.push_back(std::move(entry.second));
  if (auto completed = complete(user, page.items); !completed) return completed.error();
  return page;
}

core::result<ConversationView> ConversationList::one(UserId user, const ConversationId& id) {
  auto membership = access_.membership(user, id);
  if (!membership) return membership.error();
  membership->conversation_id = id.text;
  auto found = views(user, {*membership});
  if (!found) return found.error();
  if (found->empty()) return errors::resource_not_found;
  if (auto completed = complete(user, *found); !completed) return completed.error();
  return std::move(found->front());
}

}  // namespace netherlink::im
