#pragma once

#include <memory>
#include <string>
#include <vector>

#include "gateway/net/timing_wheel.hpp"
#include "gateway/ws/connection_id.hpp"
#include "netherlink/core/result.hpp"
#include "netherlink/im/ports.hpp"

namespace netherlink::gateway::ws {

class Hub;
class Session;

/// Sessions of one I/O thread that come to follow a conversation while they are open, or cease to. Who joins gets
/// `conversation.updated`, then everything behind what was there, in order and without holes: until what was committed
/// meanwhile is read from the store, nothing is handed out to the session live. Belongs to the thread.
class Joins final : private WheelTimer {
 public:
  explicit Joins(Hub& hub) : hub_(hub) {}
  ~Joins() override { cancel(); }

  void take(const im::MembershipEvent& event);
  /// The session turns out to be a member. `after`: what it has already, or what was there when it joined; nullopt:
  /// begins at the end.
  void join(Session& session, const im::ConversationId& id, std::optional<im::Seq> after);
  /// The session turns out to be none any more.
  void leave(Session& session, const im::ConversationId& id);

 private:
  /// A session on its way into a conversation.
  struct Joining {
    Handle session;
    im::ConversationId id;
    std::optional<im::Seq> after;  // what the session has
    bool told = false;             // of the conversation
  };
  struct Read;

  void ask(Joining joining);
  Read read(const Joining& joining, im::UserId user);
  void go_on(Session& session, Joining joining, Read& read);
  void retry_later(Joining joining);
  void on_timer() override;

  Hub& hub_;
  std::vector<Joining> to_retry_;
};

}  // namespace netherlink::gateway::ws
