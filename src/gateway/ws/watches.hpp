#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "gateway/ws/push.hpp"
#include "netherlink/core/result.hpp"
#include "netherlink/friend/types.hpp"
#include "netherlink/user/types.hpp"

namespace netherlink::gateway::ws {

class Hub;
class Session;

/// The people whose presence one session watches.
struct Watch {
  enum class Reach : std::uint8_t {
    asked,    // the store is being asked: nothing is told until it has answered
    missed,   // the same, and something has changed meanwhile
    hidden,   // not for this session to know
    friends,  // friends are told anyway
    open,
  };
  struct Person {
    user::UserId id = 0;
    Reach reach = Reach::asked;
  };

  std::vector<Person> people;  // by id
  std::uint64_t number = 0;    // tells a watch from the one that replaced it
  std::shared_ptr<const void> interest;

  Person* find(user::UserId id);
};

/// `presence.watch` of the sessions of one I/O thread. Who may see whom is asked again whenever something between
/// people changed (im::PushEnvelope::changed_users); until it is known, nothing is told. Belongs to the thread.
class Watches {
 public:
  explicit Watches(Hub& hub) : hub_(hub) {}

  /// Replaces what the session watched. False: too busy; nothing is watched then.
  bool watch(Session& session, std::vector<user::UserId> users, std::string request_id);
  void drop(Session& session);

  /// To the sessions that watch `event.watched`.
  void deliver(const std::shared_ptr<const EncodedEvent>& encoded);
  void reconsider(std::span<const user::UserId> changed);
  /// News may have been lost.
  void reconsider_all();

 private:
  using Views = core::result<std::vector<friends::PresenceView>>;

  bool ask(Session& session, std::vector<user::UserId> users, std::optional<std::string> request_id);
  void answer(Session& session, std::uint64_t number, const std::optional<std::string>& request_id, const Views& views,
              std::shared_ptr<const void> interest);
  /// Those who have changed while the store was asked.
  static std::vector<user::UserId> take(Watch& watch, const std::vector<friends::PresenceView>& views);

  Hub& hub_;
  std::uint64_t last_number_ = 0;
  std::unordered_map<user::UserId, std::vector<Session*>> watchers_;
};

}  // namespace netherlink::gateway::ws
