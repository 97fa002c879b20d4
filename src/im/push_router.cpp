#include "im/push_router.hpp"

#include <algorithm>

#include "im/interest_keeper.hpp"

namespace netherlink::im {
namespace {

constexpr std::chrono::seconds everything_for{10};  // a few announcements of InterestKeeper may be lost

void add(std::vector<std::size_t>& positions, std::size_t position) {
  if (positions.empty() || positions.back() != position) positions.push_back(position);
}

}  // namespace

void PushRouter::publish(const PushEnvelope& envelope) {
  Selections selections;
  if (interest_ == nullptr || !select(envelope, selections)) return publish_to_all(envelope);
  // Replicas that need the same share one payload.
  while (!selections.empty()) {
    const auto selection = std::move(selections.begin()->second);
    std::vector<std::string> instances{selections.begin()->first};
    selections.erase(selections.begin());
    for (auto other = selections.begin(); other != selections.end();) {
      if (other->second == selection) {
        instances.push_back(other->first);
        other = selections.erase(other);
      } else {
        ++other;
      }
    }
    push_.publish(instances, std::make_shared<const std::string>(wire::encode_push(envelope, selection)));
  }
}

void PushRouter::publish_to_all(const PushEnvelope& envelope) {
  push_.publish({}, std::make_shared<const std::string>(wire::encode_push(envelope)));
}

bool PushRouter::select(const PushEnvelope& envelope, Selections& selections) {
  std::vector<std::string> topics;
  std::vector<std::size_t> ends;
  for (const auto& events : envelope.conversations) {
    append_topics(events.id, topics);
    ends.push_back(topics.size());
  }
  for (const auto& event : envelope.events) {
    for (const auto user : event.users) topics.push_back(user_topic(user));
    if (event.watched != 0) topics.push_back(presence_topic(event.watched));
    ends.push_back(topics.size());
  }
  const auto found = topics.empty() ? std::vector<cache::Interest::Replicas>{} : interest_->find(topics);
  const auto everybody = wanting_everything();
  std::size_t at = 0;
  for (std::size_t i = 0; i < envelope.conversations.size(); ++i) {
    for (; at < ends[i]; ++at) {
      if (!found[at]) return false;
      for (const auto& instance : *found[at]) add(selections[instance].conversations, i);
    }
    for (const auto& instance : everybody) add(selections[instance].conversations, i);
    for (const auto& committed : envelope.conversations[i].messages) {
      add(selections[committed.instance].conversations, i);
    }
  }
  for (std::size_t i = 0; i < envelope.events.size(); ++i) {
    for (; at < ends[envelope.conversations.size() + i]; ++at) {
      if (!found[at]) return false;
      for (const auto& instance : *found[at]) add(selections[instance].events, i);
    }
    for (const auto& instance : everybody) add(selections[instance].events, i);
  }
  for (std::size_t i = 0; i < envelope.replies.size(); ++i) {
    add(selections[envelope.replies[i].instance].replies, i);
  }
  return true;
}

bool PushRouter::wants_everything(const std::string& instance) {
  const auto now = Clock::now();
  const std::lock_guard lock(mutex_);
  auto& until = everything_until_[instance];
  const bool before = until > now;
  until = now + everything_for;
  return !before;
}

std::vector<std::string> PushRouter::wanting_everything() {
  const auto now = Clock::now();
  std::vector<std::string> instances;
  const std::lock_guard lock(mutex_);
  std::erase_if(everything_until_, [now](const auto& entry) { return entry.second <= now; });
  for (const auto& [instance, until] : everything_until_) instances.push_back(instance);
  return instances;
}

}  // namespace netherlink::im
