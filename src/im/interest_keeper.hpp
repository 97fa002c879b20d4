#pragma once

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <thread>
#include <unordered_map>
#include <vector>

#include "netherlink/cache/cache.hpp"
#include "netherlink/im/types.hpp"

namespace netherlink::im {

/// What other replicas call the events of a conversation: those of its two people, or its own.
void append_topics(const ConversationId& id, std::vector<std::string>& topics);
std::string user_topic(UserId user);
/// Of a conversation that is not single.
std::string conversation_topic(std::string_view conversation_id);
/// A list that changes, for those who watch it.
std::string list_topic(std::string_view list);
/// The presence of a person, for those who watch it.
std::string presence_topic(UserId user);

/// Counts what the sessions of this replica need, and keeps it registered while any of them does. While the registry is
/// not reliable, `announce` is called now and then, on a thread of its own: it tells every replica to send everything.
/// Thread-safe.
class InterestKeeper {
 public:
  InterestKeeper(cache::Interest& interest, std::function<void()> announce);
  ~InterestKeeper();
  InterestKeeper(const InterestKeeper&) = delete;
  InterestKeeper& operator=(const InterestKeeper&) = delete;

  /// The topics stay registered while the answer lives (it must not outlive this). May block: store pool.
  std::shared_ptr<const void> hold(std::vector<std::string> topics);

 private:
  void release(std::span<const std::string> topics);
  void watch();

  cache::Interest& interest_;
  const std::function<void()> announce_;
  std::mutex mutex_;
  std::unordered_map<std::string, std::size_t> holders_;
  std::condition_variable wake_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace netherlink::im
