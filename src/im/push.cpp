#include "netherlink/im/push.hpp"

#include "im/push_router.hpp"

namespace netherlink::im {

Announcer::Announcer(bus::PushBus& push, cache::Interest* interest)
    : router_(std::make_unique<PushRouter>(push, interest)) {}

Announcer::~Announcer() = default;

void Announcer::tell(PeopleEvent event) {
  PushEnvelope envelope;
  envelope.events.push_back(std::move(event));
  router_->publish(envelope);
}

void Announcer::tell(std::vector<PeopleEvent> events) {
  PushEnvelope envelope;
  envelope.events = std::move(events);
  router_->publish(envelope);
}

void Announcer::publish(const PushEnvelope& envelope) {
  router_->publish(envelope);
}

void Announcer::changed(std::span<const UserId> users) {
  if (forget_) forget_(users);
  PushEnvelope envelope;
  envelope.changed_users.assign(users.begin(), users.end());
  router_->publish_to_all(envelope);
}

void Announcer::revoke(std::span<const core::SessionId> sessions, core::Timestamp until) {
  PushEnvelope envelope;
  envelope.revoked_sessions.assign(sessions.begin(), sessions.end());
  envelope.revoked_until = until;
  router_->publish_to_all(envelope);
}

}  // namespace netherlink::im
