#include "gateway/ws/topics.hpp"

#include <algorithm>

#include "gateway/ws/session.hpp"

namespace netherlink::gateway::ws {

Topic* Topics::find(std::string_view id) const {
  const auto found = topics_.find(id);
  return found == topics_.end() ? nullptr : found->second.get();
}

Topic& Topics::find_or_add(const im::ConversationId& id, im::Seq last_seq) {
  if (Topic* const known = find(id.text)) return *known;
  auto topic = std::make_unique<Topic>();
  topic->id = id;
  topic->last_seq = last_seq;
  if (last_seq >= 0) topic->last_revision = 0;
  Topic& added = *topic;
  topics_.emplace(added.id.text, std::move(topic));
  return added;
}

Subscriber* Topics::subscriber_of(const Session& session, const Topic& topic) {
  const auto& mine = session.subscriptions();
  const auto found = std::find_if(mine.begin(), mine.end(), [&](const Subscription& s) { return s.topic == &topic; });
  return found == mine.end() ? nullptr : &subscriber(*found);
}

std::vector<std::string> Topics::ids() const {
  std::vector<std::string> all;
  all.reserve(topics_.size());
  for (const auto& [id, topic] : topics_) all.emplace_back(id);
  return all;
}

bool Topics::is_subscribed(const Session& session, const Topic& topic) {
  const auto& mine = session.subscriptions();
  if (mine.size() < topic.subscribers.size()) {
    return std::any_of(mine.begin(), mine.end(), [&](const Subscription& s) { return s.topic == &topic; });
  }
  return std::any_of(topic.subscribers.begin(), topic.subscribers.end(),
                     [&](const Subscriber& s) { return s.session == &session; });
}

void Topics::subscribe(Session& session, Topic& topic, im::Seq start_seq) {
  auto& mine = session.subscriptions();
  const auto place = static_cast<std::uint32_t>(mine.size());
  mine.push_back({&topic, static_cast<std::uint32_t>(topic.subscribers.size())});
  topic.subscribers.push_back({&session, place, topic.told, start_seq, 0});
}

/// The last of each list takes the place that becomes free: no search, however many there are.
void Topics::remove(Session& session, std::uint32_t place_in_session) {
  auto& mine = session.subscriptions();
  const Subscription gone = mine[place_in_session];
  auto& theirs = gone.topic->subscribers;
  std::uint32_t free = gone.place;
  const auto fill_from = [&](std::size_t from) {
    if (from == free) return;
    theirs[free] = theirs[from];
    theirs[free].session->subscriptions()[theirs[free].place].place = free;
    free = static_cast<std::uint32_t>(from);
  };
  // Those that the present pass has served stay in front of the others.
  if (auto* const spread = gone.topic->spread.get(); spread != nullptr && free < spread->served) {
    fill_from(--spread->served);
  }
  fill_from(theirs.size() - 1);
  theirs.pop_back();
  mine[place_in_session] = mine.back();
  mine.pop_back();
  if (place_in_session != mine.size()) subscriber(mine[place_in_session]).place = place_in_session;
  if (theirs.empty()) topics_.erase(topics_.find(gone.topic->id.text));
}

void Topics::unsubscribe(Session& session, Topic& topic) {
  const auto& mine = session.subscriptions();
  const auto found = std::find_if(mine.begin(), mine.end(), [&](const Subscription& s) { return s.topic == &topic; });
  if (found != mine.end()) remove(session, static_cast<std::uint32_t>(found - mine.begin()));
}

void Topics::unsubscribe_all(Session& session) {
  while (!session.subscriptions().empty()) {
    remove(session, static_cast<std::uint32_t>(session.subscriptions().size() - 1));
  }
}

}  // namespace netherlink::gateway::ws
