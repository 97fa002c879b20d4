#include "im/conversation_list.hpp"

#include <algorithm>
#include <charconv>
#include <tuple>

#include "im/views.hpp"

namespace netherlink::im {
namespace {

/// Pinned first, then changed last, then by id: a total order, so that a cursor names a place in it.
using Place = std::tuple<bool, Timestamp, std::string_view>;

Place place_of(const ConversationView& view) {
  return {!view.pinned, -view.head.updated_at, view.id.text};
}

std::string to_cursor(const ConversationView& view) {
  return std::string(view.pinned ? "1." : "0.") + std::to_string(view.head.updated_at) + "." + view.id.text;
}

std::optional<Place> parse_cursor(std::string_view cursor) {
  if (cursor.size() < 4 || (cursor[0] != '0' && cursor[0] != '1') || cursor[1] != '.') return std::nullopt;
  const auto dot = cursor.find('.', 2);
  if (dot == std::string_view::npos) return std::nullopt;
  Timestamp time = 0;
  const auto* end = cursor.data() + dot;
  const auto [stopped, error] = std::from_chars(cursor.data() + 2, end, time);
  if (error != std::errc() || stopped != end || time < 0) return std::nullopt;
  return Place{cursor[0] == '0', -time, cursor.substr(dot + 1)};
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

core::result<ConversationPage> ConversationList::page(UserId user, std::string_view cursor, std::size_t limit) {
  const auto after = parse_cursor(cursor);
  if (!cursor.empty() && !after) {
    return core::Error(errors::request_invalid,
                       std::vector<core::FieldError>{{"cursor", "is not a cursor of this list"}});
  }
  const auto memberships = access_.memberships(user);
  if (!memberships) return memberships.error();
  auto all = views(user, *memberships);
  if (!all) return all.error();
  std::sort(all->begin(), all->end(), [](const auto& a, const auto& b) { return place_of(a) < place_of(b); });
  if (after) std::erase_if(*all, [&](const auto& view) { return place_of(view) <= *after; });

  ConversationPage page;
  if (all->size() > limit) page.next_cursor = to_cursor((*all)[limit - 1]);
  all->resize(std::min(limit, all->size()));
  if (auto completed = complete(user, *all); !completed) return completed.error();
  page.items = std::move(*all);
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
