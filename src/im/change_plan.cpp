#include "im/change_plan.hpp"

#include <algorithm>

#include "im/search/text.hpp"
#include "im/views.hpp"

namespace netherlink::im {
namespace {

using MarkChange = MessageChanges::MarkChange;

constexpr std::int64_t most_told = 256;  // people whose marks on one message travel in a push

std::vector<MessageId> ids_of(std::span<const Change> changes) {
  std::set<MessageId> ids;
  for (const auto& change : changes) ids.insert(change.message_id);
  return {ids.begin(), ids.end()};
}

}  // namespace

core::result<ChangePlan> ChangePlan::make(MessageStore& store, std::string_view conversation_id, const Head& head,
                                          std::span<const Change> changes, const ChangeLimits& limits, Timestamp now) {
  ChangePlan plan;
  plan.changes_.revision = head.revision;
  if (auto loaded = plan.load(store, conversation_id, changes); !loaded) return loaded.error();
  for (const auto& change : changes) plan.refusals_.push_back(plan.apply(change, limits, now));
  for (const auto& [id, state] : plan.states_) {
    if (state.changed) plan.changes_.messages.push_back(state.message);
    if (state.edited) plan.changes_.words.push_back({id, search::tokens_of(state.message.content, limits.tokens)});
  }
  return plan;
}

core::result<void> ChangePlan::load(MessageStore& store, std::string_view conversation_id,
                                    std::span<const Change> changes) {
  auto found = store.find_all(ids_of(changes));
  if (!found) return found.error();
  if (auto quoted = add_quotes(store, *found); !quoted) return quoted;
  for (auto& message : *found) {
    if (message.conversation_id != conversation_id) continue;
    State state;
    state.revision_before = message.revision;
    state.all_marks = count_marks(message) <= most_told;
    state.message = std::move(message);
    states_.emplace(state.message.id, std::move(state));
  }
  std::vector<std::int64_t> change_ids;
  for (const auto& change : changes) change_ids.push_back(change.id);
  const auto applied = store.applied(conversation_id, change_ids);
  if (!applied) return applied.error();
  applied_.insert(applied->begin(), applied->end());
  return load_marks(store, changes);
}

core::result<void> ChangePlan::load_marks(MessageStore& store, std::span<const Change> changes) {
  std::vector<MessageId> of_all;
  std::map<UserId, std::set<MessageId>> of_one;
  for (const auto& [id, state] : states_) {
    if (state.all_marks && count_marks(state.message) != 0) of_all.push_back(id);
  }
  for (const auto& change : changes) {
    const auto state = states_.find(change.message_id);
    if (state != states_.end() && !state->second.all_marks) of_one[change.user_id].insert(change.message_id);
  }
  const auto take = [&](std::span<const MessageId> ids, std::optional<UserId> user) -> core::result<void> {
    auto marks = store.personal_marks(ids, user);
    if (!marks) return marks.error();
    for (auto& mark : *marks) states_.at(mark.message_id).marks.emplace(mark.user_id, std::move(mark.emoji));
    return {};
  };
  if (!of_all.empty()) {
    if (auto taken = take(of_all, std::nullopt); !taken) return taken;
  }
  for (const auto& [user, ids] : of_one) {
    if (auto taken = take(std::vector<MessageId>(ids.begin(), ids.end()), user); !taken) return taken;
  }
  return {};
}

std::optional<core::Error> ChangePlan::apply(const Change& change, const ChangeLimits& limits, Timestamp now) {
  const auto found = states_.find(change.message_id);
  if (found == states_.end()) return errors::resource_not_found;
  if (!applied_.insert(change.id).second) return std::nullopt;  // delivered again
  auto& state = found->second;
  const bool recalled = state.message.status == MessageStatus::recalled;
  switch (change.kind) {
    case ChangeKind::edit:
      if (recalled) return errors::chat_recalled;
      edit(state, change, now);
      return std::nullopt;
    case ChangeKind::recall:
      if (!recalled) recall(state, change, now);
      return std::nullopt;
    case ChangeKind::react:
      if (recalled) return errors::chat_recalled;
      return react(state, change, limits);
    case ChangeKind::unreact:
      unreact(state, change);
      return std::nullopt;
    case ChangeKind::remove:
      remove(state, change);
      return std::nullopt;
  }
  return errors::server_internal;
}

void ChangePlan::raise(State& state, const Change& change) {
  state.message.revision = ++changes_.revision;
  state.changed = true;
  changes_.applied.push_back({change.id, changes_.revision});
}

void ChangePlan::keep_content(const State& state, Timestamp now) {
  changes_.replaced.push_back({state.message.id, changes_.revision + 1, now, state.message.content});
}

void ChangePlan::set_mark(State& state, const Change& change, std::string_view emoji, bool on) {
  PersonalMark mark{state.message.id, change.user_id, std::string(emoji)};
  if (on) {
    state.marks.emplace(mark.user_id, mark.emoji);
  } else {
    state.marks.erase({mark.user_id, mark.emoji});
  }
  changes_.marks.push_back({on ? MarkChange::What::set : MarkChange::What::clear, std::move(mark)});
}

void ChangePlan::edit(State& state, const Change& change, Timestamp now) {
  if (state.message.content == change.text) return;
  keep_content(state, now);
  state.message.content = change.text;
  state.message.signature.reset();  // it was of what is not said any more
  state.message.status = MessageStatus::edited;
  state.edited = state.message.kind == MessageKind::text;
  state.message.edited_at = now;
  raise(state, change);
}

void ChangePlan::recall(State& state, const Change& change, Timestamp now) {
  keep_content(state, now);
  if (!state.message.reactions.empty()) {
    changes_.marks.push_back({MarkChange::What::clear_reactions, {state.message.id, 0, {}}});
    std::erase_if(state.marks, [](const auto& mark) { return !mark.second.empty(); });
  }
  clear_content(state.message, MessageStatus::recalled);
  state.edited = false;
  raise(state, change);
}

std::optional<core::Error> ChangePlan::react(State& state, const Change& change, const ChangeLimits& limits) {
  if (state.marks.contains({change.user_id, change.text})) return std::nullopt;
  auto& reactions = state.message.reactions;
  const auto known = std::ranges::find(reactions, change.text, &Reaction::emoji);
  if (known != reactions.end()) {
    ++known->count;
  } else if (reactions.size() >= limits.reactions) {
    return core::Error(errors::request_invalid,
                       "a message has at most " + std::to_string(limits.reactions) + " kinds of reactions");
  } else {
    reactions.push_back({change.text, 1, false});
  }
  set_mark(state, change, change.text, true);
  raise(state, change);
  return std::nullopt;
}

void ChangePlan::unreact(State& state, const Change& change) {
  if (!state.marks.contains({change.user_id, change.text})) return;
  auto& reactions = state.message.reactions;
  const auto known = std::ranges::find(reactions, change.text, &Reaction::emoji);
  if (known != reactions.end() && --known->count <= 0) reactions.erase(known);
  set_mark(state, change, change.text, false);
  raise(state, change);
}

void ChangePlan::remove(State& state, const Change& change) {
  if (state.marks.contains({change.user_id, std::string()})) return;
  ++state.message.deletions;
  state.changed = true;
  set_mark(state, change, {}, true);
  removed_.emplace_back(change.user_id, change.message_id);
}

std::vector<PersonalMark> ChangePlan::marks_of(const State& state) {
  std::vector<PersonalMark> marks;
  for (const auto& [user, emoji] : state.marks) marks.push_back({state.message.id, user, emoji});
  return marks;
}

core::result<Message> ChangePlan::outcome(std::size_t index, const Change& change) const {
  if (refusals_[index]) return *refusals_[index];
  const auto& state = states_.at(change.message_id);
  return seen_by(change.user_id, state.message, marks_of(state));
}

bool ChangePlan::can_tell_updates() const {
  return std::ranges::none_of(states_, [](const auto& entry) {
    const auto& state = entry.second;
    return state.message.revision != state.revision_before && !state.all_marks;
  });
}

std::vector<UpdatedMessage> ChangePlan::updates() const {
  std::vector<UpdatedMessage> updates;
  for (const auto& [id, state] : states_) {
    if (state.message.revision != state.revision_before) updates.push_back({state.message, marks_of(state)});
  }
  std::ranges::sort(updates, {}, [](const UpdatedMessage& update) { return update.message.revision; });
  return updates;
}

std::vector<ConversationEvents::Deletion> ChangePlan::deletions() const {
  std::vector<ConversationEvents::Deletion> deletions;
  for (const auto& [user, id] : removed_) {
    const auto& state = states_.at(id);
    deletions.push_back({user, seen_by(user, state.message, marks_of(state))});
  }
  return deletions;
}

std::vector<const Message*> ChangePlan::messages() const {
  std::vector<const Message*> all;
  for (const auto& [id, state] : states_) all.push_back(&state.message);
  return all;
}

}  // namespace netherlink::im
