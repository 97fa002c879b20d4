#include "im/interest_keeper.hpp"

#include <pthread.h>

#include <chrono>

namespace netherlink::im {
namespace {

constexpr std::chrono::seconds announce_every{2};

}  // namespace

std::string user_topic(UserId user) {
  return "u:" + std::to_string(user);
}

std::string list_topic(std::string_view list) {
  std::string topic("l:");
  topic.append(list);
  return topic;
}

std::string presence_topic(UserId user) {
  return "p:" + std::to_string(user);
}

void append_topics(const ConversationId& id, std::vector<std::string>& topics) {
  if (id.kind == ConversationKind::single) {
    topics.push_back(user_topic(id.first));
    topics.push_back(user_topic(id.second));
  } else {
    topics.push_back(conversation_topic(id.text));
  }
}

std::string conversation_topic(std::string_view conversation_id) {
  std::string topic("c:");
  topic.append(conversation_id);
  return topic;
}

InterestKeeper::InterestKeeper(cache::Interest& interest, std::function<void()> announce)
    : interest_(interest), announce_(std::move(announce)), thread_([this] { watch(); }) {
  pthread_setname_np(thread_.native_handle(), "interest");
}

InterestKeeper::~InterestKeeper() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_one();
  thread_.join();
}

std::shared_ptr<const void> InterestKeeper::hold(std::vector<std::string> topics) {
  {
    const std::lock_guard lock(mutex_);
    for (const auto& topic : topics) ++holders_[topic];
  }
  auto kept = std::make_shared<const std::vector<std::string>>(std::move(topics));
  // Also what others hold already: their registration may still be on its way.
  interest_.add(*kept);
  if (!interest_.reliable()) announce_();
  return {kept.get(), [this, kept](const void*) { release(*kept); }};
}

void InterestKeeper::release(std::span<const std::string> topics) {
  std::vector<std::string> unneeded;
  const std::lock_guard lock(mutex_);
  for (const auto& topic : topics) {
    const auto found = holders_.find(topic);
    if (--found->second != 0) continue;
    holders_.erase(found);
    unneeded.push_back(topic);
  }
  // Under the lock: whoever holds one of them again registers it after this.
  if (!unneeded.empty()) interest_.remove(unneeded);
}

void InterestKeeper::watch() {
  std::unique_lock lock(mutex_);
  while (!wake_.wait_for(lock, announce_every, [this] { return stopping_; })) {
    lock.unlock();
    if (!interest_.reliable()) announce_();
    lock.lock();
  }
}

}  // namespace netherlink::im
