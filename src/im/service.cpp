#include "netherlink/im/service.hpp"

#include "im/access.hpp"
#include "im/batcher.hpp"
#include "im/conversation_list.hpp"
#include "im/history.hpp"
#include "im/ingest_worker.hpp"
#include "im/message_reader.hpp"
#include "im/wire.hpp"
#include "netherlink/log/log.hpp"

namespace netherlink::im {

struct ChatService::Impl {
  explicit Impl(Dependencies d)
      : deps(std::move(d)),
        access(deps.conversations, deps.messages, deps.users),
        reader(deps.hot, deps.messages),
        list(access, deps.messages, reader, deps.users),
        history(access, deps.messages, reader),
        ingest({deps.bus.ingest(), deps.bus.push(), deps.hot, deps.messages}) {}

  Dependencies deps;
  ConversationAccess access;
  MessageReader reader;
  ConversationList list;
  History history;
  IngestWorker ingest;
};

ChatService::ChatService(Dependencies dependencies) : impl_(std::make_unique<Impl>(std::move(dependencies))) {
  impl_->deps.bus.push().subscribe([&delivery = impl_->deps.delivery](const bus::Payload& payload) {
    auto envelope = std::make_shared<PushEnvelope>();
    if (!wire::decode_push(*payload, *envelope)) {
      return log::error("push payload not understood", {{"bytes", payload->size()}});
    }
    delivery.deliver(std::move(envelope));
  });
  impl_->ingest.start();
}

ChatService::~ChatService() {
  stop();
}

void ChatService::stop() {
  impl_->ingest.stop();
}

const Limits& ChatService::limits() const {
  return impl_->deps.limits;
}

core::result<CommandPtr> ChatService::prepare(SendRequest request) const {
  return make_send(std::move(request), impl_->deps.limits);
}

core::result<CommandPtr> ChatService::prepare(const MarkRequest& request) const {
  return make_mark(request);
}

std::optional<core::result<void>> ChatService::authorise_cached(Command& command) const {
  return impl_->access.authorise_cached(command);
}

std::unique_ptr<CommandBatcher> ChatService::make_batcher() {
  return std::make_unique<PartitionBatcher>(impl_->deps.instance, impl_->deps.bus.ingest(), impl_->deps.delivery);
}

core::result<void> ChatService::authorise(Command& command) {
  return impl_->access.authorise(command);
}

core::result<ConversationPage> ChatService::conversations(UserId user, std::string_view cursor, std::size_t limit) {
  return impl_->list.page(user, cursor, limit);
}

core::result<ConversationView> ChatService::conversation(UserId user, const ConversationId& id) {
  return impl_->list.one(user, id);
}

core::result<std::vector<ConversationId>> ChatService::subscriptions(UserId user) {
  const auto memberships = impl_->access.memberships(user);
  if (!memberships) return memberships.error();
  std::vector<ConversationId> ids;
  for (const auto& membership : *memberships) {
    if (auto id = ConversationId::parse(membership.conversation_id)) ids.push_back(std::move(*id));
  }
  return ids;
}

core::result<std::vector<Head>> ChatService::heads(std::span<const std::string> conversation_ids) {
  return impl_->deps.messages.heads(conversation_ids);
}

core::result<HistoryPage> ChatService::history(UserId user, const ConversationId& id, std::optional<Seq> before,
                                               std::optional<Seq> after, std::size_t limit) {
  return impl_->history.page(user, id, before, after, limit);
}

core::result<std::vector<SyncItem>> ChatService::sync(UserId user, std::span<const SyncRequest> requests,
                                                      std::size_t limit) {
  return impl_->history.sync(user, requests, limit);
}

core::result<Message> ChatService::find(UserId user, MessageId id) {
  return impl_->history.find(user, id);
}

core::result<std::vector<Message>> ChatService::recent_messages(UserId user, std::size_t limit) {
  return impl_->history.newest(user, limit);
}

core::result<std::vector<Message>> ChatService::repair(const ConversationId& id, Seq from, Seq to) {
  return impl_->reader.run(id.text, from, to);
}

}  // namespace netherlink::im
