#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "gateway/ws/push.hpp"
#include "gateway/ws/shards.hpp"

namespace netherlink::gateway::ws {

class Session;

/// A session that gets a conversation's messages, those with seq > start_seq, and its changes behind start_revision.
struct Subscriber {
  Session* session = nullptr;
  std::uint32_t place = 0;  // in the session's own list
  std::uint32_t told = 0;   // parts of the topic that it got: behind Topic::told while they go out in shards
  im::Seq start_seq = 0;
  std::int64_t start_revision = 0;
};

/// What one I/O thread knows of a conversation that a session of it is in.
struct Topic {
  /// last_seq before anything is known: the first run says where the conversation is …
  static constexpr im::Seq from_first_run = -1;
  /// … or a head that is being read: runs are held until then.
  static constexpr im::Seq from_head = -2;

  im::ConversationId id;
  im::Seq last_seq = from_first_run;  // newest that was handed to the subscribers
  im::Seq newest = 0;                 // newest heard of: beyond last_seq while a gap is open
  std::int64_t last_revision = -1;    // the same for changes; known as soon as last_seq is
  std::int64_t newest_revision = 0;
  bool repairing = false;
  im::Seq pending_from = 0, pending_to = 0;  // handed out as a signal that is not sent yet (Storm); 0: none
  std::uint64_t joined = 0;  // Hub::arrivals() when the users of a single conversation were looked up last
  std::vector<Subscriber> subscribers;
  std::vector<RunPtr> held;        // behind a gap, in order
  std::unique_ptr<Spread> spread;  // on its way to the subscribers in shards; nullptr: nothing is
  std::uint32_t told = 0;          // parts that were put on that way so far

  bool behind() const { return last_seq < newest || last_revision < newest_revision; }
  /// What the subscribers know of.
  im::Seq told_seq() const { return pending_to != 0 ? pending_from - 1 : last_seq; }
  bool holding() const { return repairing || last_seq == from_head; }
};

/// A session's side of a subscription.
struct Subscription {
  Topic* topic = nullptr;
  std::uint32_t place = 0;  // in the topic's list
};

/// The conversations of one I/O thread; one without subscribers is forgotten. Not thread-safe.
class Topics {
 public:
  Topic* find(std::string_view id) const;
  /// A new one starts with `last_seq`.
  Topic& find_or_add(const im::ConversationId& id, im::Seq last_seq);

  void subscribe(Session& session, Topic& topic, im::Seq start_seq);
  /// The topic may be gone afterwards.
  void unsubscribe(Session& session, Topic& topic);
  void unsubscribe_all(Session& session);
  static bool is_subscribed(const Session& session, const Topic& topic);
  static Subscriber& subscriber(const Subscription& subscription) {
    return subscription.topic->subscribers[subscription.place];
  }

  /// nullptr: it is none.
  static Subscriber* subscriber_of(const Session& session, const Topic& topic);

  std::vector<std::string> ids() const;
  std::size_t size() const { return topics_.size(); }

 private:
  void remove(Session& session, std::uint32_t place_in_session);

  std::unordered_map<std::string_view, std::unique_ptr<Topic>> topics_;  // keys lie in the topics
};

}  // namespace netherlink::gateway::ws
