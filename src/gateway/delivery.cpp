#include "gateway/delivery.hpp"

#include <mutex>

#include "gateway/ws/connection_id.hpp"
#include "gateway/ws/inbox.hpp"

namespace netherlink::gateway {

Delivery::Delivery(std::string instance) : instance_(std::move(instance)) {}
Delivery::~Delivery() = default;

void Delivery::connect(std::vector<ws::Inbox*> inboxes) {
  const std::unique_lock lock(mutex_);
  inboxes_ = std::move(inboxes);
}

void Delivery::disconnect() {
  const std::unique_lock lock(mutex_);
  inboxes_.clear();
}

void Delivery::deliver(std::shared_ptr<const im::PushEnvelope> envelope) {
  answer_rest(*envelope);
  const std::shared_lock lock(mutex_);
  if (inboxes_.empty()) return;
  const auto push = std::make_shared<const ws::Push>(ws::encode_push(std::move(envelope), instance_, inboxes_.size()));
  // Only the push thread brings events, and only it may wait: refusals come from I/O threads too.
  if (!push->runs.empty() || !push->events.empty()) {
    for (auto* inbox : inboxes_) inbox->wait_for_room();
  }
  for (std::size_t i = 0; i < inboxes_.size(); ++i) {
    if (push->concerns_all() || !push->replies[i].empty()) inboxes_[i]->put(push);
  }
}

void Delivery::answer_rest(const im::PushEnvelope& envelope) {
  const auto ours = [this](const im::Origin& origin, const std::string& instance) {
    return ws::ConnectionId::is_rest(origin.connection) && instance == instance_;
  };
  for (const auto& events : envelope.conversations) {
    for (const auto& committed : events.messages) {
      if (ours(committed.origin, committed.instance))
        pending_.complete(committed.origin, {.message = &committed.message});
    }
  }
  for (const auto& reply : envelope.replies) {
    if (!ours(reply.origin, reply.instance)) continue;
    CommandOutcome outcome;
    if (reply.error) {
      outcome.error = &*reply.error;
    } else if (reply.duplicate) {
      outcome.message = &*reply.duplicate;
      outcome.duplicate = true;
    } else if (reply.marked) {
      outcome.marked = &*reply.marked;
    } else if (reply.changed) {
      outcome.message = &*reply.changed;
    }
    pending_.complete(reply.origin, outcome);
  }
}

}  // namespace netherlink::gateway
