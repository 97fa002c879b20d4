#include "im/push_router.hpp"

#include <algorithm>

#include "im/interest_keeper.hpp"

namespace netherlink::im {
namespace {

constexpr std::chrono::seconds everything_for{10};  // a few announcements of InterestKeeper may be lost

void add(std::vector<std::size_t>& positions, std::size_t position) {
  if (positions.empty() || positions.back() != position) positions.push_back(position);
}

/// One element of one list of an envelope, and who needs it.
struct Part {
  std::vector<std::size_t> wire::PushSelection::*list;
  std::size_t position = 0;
  std::vector<std::string> topics;
};

std::vector<Part> parts_of(const PushEnvelope& envelope) {
  using wire::PushSelection;
  std::vector<Part> parts;
  for (std::size_t i = 0; i < envelope.conversations.size(); ++i) {
    append_topics(envelope.conversations[i].id, parts.emplace_back(Part{&PushSelection::conversations, i, {}}).topics);
  }
  for (std::size_t i = 0; i < envelope.events.size(); ++i) {
    const auto& event = envelope.events[i];
    auto& topics = parts.emplace_back(Part{&PushSelection::events, i, {}}).topics;
    for (const auto user : event.users) topics.push_back(user_topic(user));
    if (event.watched != 0) topics.push_back(presence_topic(event.watched));
    if (!event.conversation.empty()) topics.push_back(conversation_topic(event.conversation));
    if (!event.list.empty()) topics.push_back(list_topic(event.list));
  }
  for (std::size_t i = 0; i < envelope.memberships.size(); ++i) {
    auto& topics = parts.emplace_back(Part{&PushSelection::memberships, i, {}}).topics;
    for (const auto user : envelope.memberships[i].joined) topics.push_back(user_topic(user));
    for (const auto user : envelope.memberships[i].left) topics.push_back(user_topic(user));
  }
  return parts;
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
  const auto parts = parts_of(envelope);
  std::vector<std::string> topics;
  for (const auto& part : parts) topics.insert(topics.end(), part.topics.begin(), part.topics.end());
  const auto found = topics.empty() ? std::vector<cache::Interest::Replicas>{} : interest_->find(topics);
  const auto everybody = wanting_everything();
  auto replicas = found.begin();
  for (const auto& part : parts) {
    for (const auto end = replicas + static_cast<std::ptrdiff_t>(part.topics.size()); replicas != end; ++replicas) {
      if (!*replicas) return false;
      for (const auto& instance : **replicas) add(selections[instance].*part.list, part.position);
    }
    for (const auto& instance : everybody) add(selections[instance].*part.list, part.position);
  }
  for (std::size_t i = 0; i < envelope.conversations.size(); ++i) {
    for (const auto& committed : envelope.conversations[i].messages) {
      auto& chosen = selections[committed.instance].conversations;
      const auto place = std::ranges::lower_bound(chosen, i);
      if (place == chosen.end() || *place != i) chosen.insert(place, i);
    }
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
