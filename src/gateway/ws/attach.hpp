#pragma once

#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "gateway/ws/session.hpp"
#include "netherlink/core/result.hpp"

namespace netherlink::gateway::ws {

class Hub;

/// Makes a new session level (architecture rule 5): first it subscribes to its conversations, then it reads where they
/// are. What is committed in between is in the heads, in the pushes that wait, or in both, and then it is dropped once:
/// behind a `welcome` that says last_seq = n, the first message is n + 1.
class Attacher {
 public:
  explicit Attacher(Hub& hub) : hub_(hub) {}

  void start(Session& session);

 private:
  /// Read on the store pool, after the subscriptions are in place.
  struct Level {
    std::string welcome;  // the frame
    std::vector<std::pair<im::ConversationId, im::Head>> heads;
  };

  void subscribe(Session& session, const std::vector<im::ConversationId>& ids);
  void read_level(Session& session, std::vector<im::ConversationId> ids);
  core::result<Level> level(const user::Principal& principal, const std::vector<im::ConversationId>& ids);
  std::string welcome_frame(const user::Principal& principal, const user::User& user, const im::ConversationPage& page);
  bool is_level(const Session& session, const Level& level) const;
  void finish(Session& session, Level level);
  static void give_up(Session& session, const core::Error& error);

  Hub& hub_;
};

}  // namespace netherlink::gateway::ws
