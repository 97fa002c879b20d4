#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "gateway/net/timing_wheel.hpp"
#include "netherlink/im/types.hpp"

namespace netherlink::gateway::ws {

class Hub;
class Session;

/// After pushes may have been lost: compares what the sessions of one I/O thread were told with the store, once, piece
/// by piece (docs/architecture.md, rule 4). Finds messages that nobody pushed, and conversations that began meanwhile.
/// Belongs to the thread.
class Reconciler final : private WheelTimer {
 public:
  explicit Reconciler(Hub& hub) : hub_(hub) {}

  /// While it runs: once more afterwards.
  void start();
  /// For good.
  void stop();

 private:
  void next();
  bool compare_heads();
  bool look_for_conversations();
  void on_heads(const std::vector<std::string>& ids, const std::vector<im::Head>& heads);
  void on_conversations(im::UserId user, const std::vector<im::ConversationId>& ids);
  void leave_others(Session& session, const std::vector<im::ConversationId>& ids);
  void retry_later();
  void on_timer() override;

  Hub& hub_;
  bool running_ = false, again_ = false, stopped_ = false;
  std::vector<std::string> conversations_;  // still to be compared
  std::vector<im::UserId> users_;           // still to be asked for
};

}  // namespace netherlink::gateway::ws
