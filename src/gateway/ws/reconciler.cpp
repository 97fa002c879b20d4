#include "gateway/ws/reconciler.hpp"

#include <algorithm>

#include "gateway/ws/hub.hpp"
#include "netherlink/log/log.hpp"

namespace netherlink::gateway::ws {
namespace {

constexpr std::size_t conversations_at_once = 200, users_at_once = 20;

template <class T>
std::vector<T> take_last(std::vector<T>& from, std::size_t count) {
  const auto begin = from.end() - static_cast<std::ptrdiff_t>(std::min(count, from.size()));
  std::vector<T> taken(std::make_move_iterator(begin), std::make_move_iterator(from.end()));
  from.erase(begin, from.end());
  return taken;
}

}  // namespace

void Reconciler::start() {
  if (stopped_) return;
  if (running_) {
    again_ = true;
    return;
  }
  running_ = true;
  // Users first: the conversations they turn out to be in are compared with the rest.
  users_ = hub_.users();
  conversations_ = hub_.topics().ids();
  log::info("comparing with the store", {{"conversations", conversations_.size()}, {"users", users_.size()}});
  next();
}

void Reconciler::stop() {
  stopped_ = true;
  cancel();
}

void Reconciler::next() {
  if (stopped_) return;
  if (!users_.empty()) {
    if (!look_for_conversations()) retry_later();
  } else if (!conversations_.empty()) {
    if (!compare_heads()) retry_later();
  } else {
    running_ = false;
    if (std::exchange(again_, false)) start();
  }
}

bool Reconciler::look_for_conversations() {
  auto users = take_last(users_, users_at_once);
  const auto kept = users;
  const bool accepted = hub_.run_on_store([this, users = std::move(users)]() -> std::function<void()> {
    std::vector<std::pair<im::UserId, std::vector<im::ConversationId>>> found;
    std::vector<im::UserId> failed;
    for (const auto user : users) {
      if (auto ids = hub_.context().chat.conversation_ids(user)) {
        found.emplace_back(user, std::move(*ids));
      } else {
        failed.push_back(user);
      }
    }
    return [this, found = std::move(found), failed = std::move(failed)] {
      for (const auto& [user, ids] : found) on_conversations(user, ids);
      if (failed.empty()) return next();
      users_.insert(users_.end(), failed.begin(), failed.end());
      retry_later();
    };
  });
  if (!accepted) users_.insert(users_.end(), kept.begin(), kept.end());
  return accepted;
}

void Reconciler::on_conversations(im::UserId user, const std::vector<im::ConversationId>& ids) {
  for (Session* const session : hub_.sessions_of(user)) {
    if (session->state() != Session::State::open) continue;  // its own welcome brings it up to date
    for (const auto& id : ids) {
      if (const Topic* const topic = hub_.topics().find(id.text); topic && Topics::is_subscribed(*session, *topic)) {
        continue;
      }
      if (id.kind == im::ConversationKind::world) continue;  // left by lobby.leave
      if (id.kind != im::ConversationKind::single) {
        hub_.joins().join(*session, id, std::nullopt);
        continue;
      }
      hub_.topics().subscribe(*session, hub_.topics().find_or_add(id, 0), 0);
      conversations_.push_back(id.text);
    }
    leave_others(*session, ids);
  }
}

/// What it was removed from while news were lost.
void Reconciler::leave_others(Session& session, const std::vector<im::ConversationId>& ids) {
  std::vector<im::ConversationId> others;
  for (const auto& subscription : session.subscriptions()) {
    const auto& id = subscription.topic->id;
    const bool can_be_left = id.kind == im::ConversationKind::group || id.kind == im::ConversationKind::room;
    if (can_be_left && std::ranges::find(ids, id) == ids.end()) others.push_back(id);
  }
  for (const auto& id : others) hub_.joins().leave(session, id);
}

bool Reconciler::compare_heads() {
  auto ids = take_last(conversations_, conversations_at_once);
  const auto kept = ids;
  const bool accepted = hub_.run_on_store([this, ids = std::move(ids)]() -> std::function<void()> {
    auto heads = hub_.context().chat.heads(ids);
    return [this, ids, heads = std::move(heads)] {
      if (heads) {
        on_heads(ids, *heads);
        return next();
      }
      conversations_.insert(conversations_.end(), ids.begin(), ids.end());
      retry_later();
    };
  });
  if (!accepted) conversations_.insert(conversations_.end(), kept.begin(), kept.end());
  return accepted;
}

void Reconciler::on_heads(const std::vector<std::string>& ids, const std::vector<im::Head>& heads) {
  for (std::size_t i = 0; i < ids.size(); ++i) {
    Topic* const topic = hub_.topics().find(ids[i]);
    if (topic == nullptr) continue;
    hub_.fan_out().catch_up_changes(*topic, heads[i].revision);
    hub_.fan_out().catch_up(*topic, heads[i].last_seq + 1, heads[i].last_seq);
  }
}

void Reconciler::retry_later() {
  if (!stopped_ && !armed()) hub_.thread().wheel().arm(*this, hub_.context().settings.repair_retry);
}

void Reconciler::on_timer() {
  hub_.begin_handler();
  next();
}

}  // namespace netherlink::gateway::ws
