#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <string>

#include "gateway/ws/out_queue.hpp"
#include "gateway/ws/push.hpp"

namespace netherlink::gateway::ws {

class Hub;
class Session;
struct Subscriber;
struct Topic;

/// What is on its way to the subscribers of a large conversation, oldest first. Parts are numbered; Topic::told is the
/// number behind the last of them.
struct Spread {
  struct Part {
    enum class Kind : std::uint8_t { messages, updates, receipts, event };
    Kind kind = Kind::messages;
    RunPtr run;                                 // or
    std::shared_ptr<const EncodedEvent> event;  // this
    ChunkRef chunk;                             // its frames, shared by all
    std::size_t begin = 0;                      // first message, or update, that was not told before
    std::int64_t after_revision = 0;            // of updates: those up to here were told before
  };
  std::deque<Part> parts;
  std::size_t bytes = 0;     // of their frames
  std::uint32_t served = 0;  // subscribers before this place have at least what the present pass began with
  std::uint32_t goal = 0;    // number behind that
};

/// M16: to a group with many sessions here nothing is handed out at once, but in shards: a few sessions in each turn of
/// the loop, so that what others are told passes in between, and conversations take turns. Whoever is behind gets
/// everything that has come meanwhile with one write. Each subscriber is told everything in order, whoever comes and
/// goes meanwhile. A process that dies loses nothing: what it told was committed before, and clients `sync`. Belongs
/// to the I/O thread.
class Shards {
 public:
  explicit Shards(Hub& hub) : hub_(hub) {}

  /// What the topic is told goes out in shards.
  bool take(const Topic& topic) const;
  void add(Topic& topic, Spread::Part part);
  /// This one subscriber is told all but the newest `but` parts, now.
  void level(Topic& topic, Subscriber& subscriber, std::uint32_t but = 0);
  /// The same in each of the session's conversations.
  void level(const Session& session);
  void level(const Session& session, Topic& topic);

 private:
  void finish(Topic& topic);
  bool end_pass(Topic& topic);
  void serve(Topic& topic);
  void schedule();
  void step();

  Hub& hub_;
  std::deque<std::string> waiting_;  // conversations
  bool scheduled_ = false;
};

}  // namespace netherlink::gateway::ws
