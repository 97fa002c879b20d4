#pragma once

#include <memory>
#include <shared_mutex>
#include <string>
#include <vector>

#include "gateway/pending_replies.hpp"
#include "netherlink/im/ports.hpp"

namespace netherlink::gateway {

namespace ws {
class Inbox;
}

/// The way from the push thread to the sockets: encodes each message once and hands each I/O thread one batch.
/// Delivers to REST callers alone until the hubs are connected. Thread-safe.
class Delivery final : public im::Delivery {
 public:
  /// `instance`: answers to other replicas' origins are not ours.
  explicit Delivery(std::string instance);
  ~Delivery() override;

  void deliver(std::shared_ptr<const im::PushEnvelope> envelope) override;

  /// One inbox for each I/O thread, in order. They must outlive disconnect().
  void connect(std::vector<ws::Inbox*> inboxes);
  /// On return no thread uses the inboxes any more. Close them first: deliver() may be waiting for room in one.
  void disconnect();

  PendingReplies& pending() { return pending_; }

 private:
  void answer_rest(const im::PushEnvelope& envelope);

  std::string instance_;
  PendingReplies pending_;
  std::shared_mutex mutex_;  // of inboxes_
  std::vector<ws::Inbox*> inboxes_;
};

}  // namespace netherlink::gateway
