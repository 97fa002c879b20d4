#include "netherlink/im/service.hpp"

#include "im/access.hpp"
#include "im/batcher.hpp"
#include "im/conversation_list.hpp"
#include "im/history.hpp"
#include "im/ingest_worker.hpp"
#include "im/interest_keeper.hpp"
#include "im/message_reader.hpp"
#include "im/push_router.hpp"
#include "im/wire.hpp"
#include "netherlink/log/log.hpp"
#include "netherlink/user/service.hpp"

namespace netherlink::im {

struct ChatService::Impl {
  explicit Impl(Dependencies d)
      : deps(std::move(d)),
        access(deps.conversations, deps.messages, deps.contacts),
        reader(deps.cache.hot_messages(), deps.messages),
        list(access, deps.messages, reader, deps.users),
        history(access, deps.messages, reader),
        ingest({deps.bus.ingest(), deps.announcer.router(), deps.cache.hot_messages(), deps.messages}) {
    if (deps.replicas) interest.emplace(deps.cache.interest(), [this] { ask_for_everything(); });
  }

  void on_push(const bus::Payload& payload);
  void on_gap();
  void on_changed(std::span<const UserId> users);
  void ask_for_everything();

  Dependencies deps;
  ConversationAccess access;
  MessageReader reader;
  ConversationList list;
  History history;
  IngestWorker ingest;
  std::optional<InterestKeeper> interest;
};

void ChatService::Impl::on_push(const bus::Payload& payload) {
  auto envelope = std::make_shared<PushEnvelope>();
  if (!wire::decode_push(*payload, *envelope)) {
    return log::error("push payload not understood", {{"bytes", payload->size()}});
  }
  for (const auto session : envelope->revoked_sessions) {
    deps.cache.revoked_sessions().add(session, envelope->revoked_until);
  }
  on_changed(envelope->changed_users);
  if (const auto& instance = envelope->wants_everything; !instance.empty()) {
    // What happened before everybody knew is found by comparing.
    if (deps.announcer.router().wants_everything(instance) && instance == deps.instance) on_gap();
  }
  deps.delivery.deliver(std::move(envelope));
}

void ChatService::Impl::on_gap() {
  access.forget_all();
  deps.on_gap();
}

void ChatService::Impl::on_changed(std::span<const UserId> users) {
  for (const auto user : users) deps.users.forget(user);
  access.forget(users);
}

void ChatService::Impl::ask_for_everything() {
  PushEnvelope envelope;
  envelope.wants_everything = deps.instance;
  deps.announcer.router().publish_to_all(envelope);
}

ChatService::ChatService(Dependencies dependencies) : impl_(std::make_unique<Impl>(std::move(dependencies))) {
  impl_->deps.bus.push().subscribe([impl = impl_.get()](const bus::Payload& payload) { impl->on_push(payload); },
                                   [impl = impl_.get()] { impl->on_gap(); });
  impl_->deps.announcer.on_changed([impl = impl_.get()](std::span<const UserId> users) { impl->on_changed(users); });
  if (impl_->deps.ingest) impl_->ingest.start();
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

core::result<ChatService::Subscriptions> ChatService::subscriptions(UserId user) {
  Subscriptions made;
  std::shared_ptr<const void> of_user, of_conversations;
  if (impl_->interest) of_user = impl_->interest->hold({user_topic(user)});
  auto ids = conversation_ids(user);
  if (!ids) return ids.error();
  made.conversations = std::move(*ids);
  if (!impl_->interest) return made;
  std::vector<std::string> topics;
  for (const auto& id : made.conversations) {
    if (id.kind != ConversationKind::single) append_topics(id, topics);
  }
  of_conversations = impl_->interest->hold(std::move(topics));
  using Both = std::pair<std::shared_ptr<const void>, std::shared_ptr<const void>>;
  made.interest = std::make_shared<const Both>(std::move(of_user), std::move(of_conversations));
  return made;
}

core::result<std::vector<ConversationId>> ChatService::conversation_ids(UserId user) {
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

std::shared_ptr<const void> ChatService::watch_presence(std::span<const UserId> users) {
  if (!impl_->interest || users.empty()) return nullptr;
  std::vector<std::string> topics;
  for (const auto user : users) topics.push_back(presence_topic(user));
  return impl_->interest->hold(std::move(topics));
}

core::result<void> ChatService::forget(UserId user) {
  return impl_->deps.conversations.forget(user);
}

core::result<std::vector<Message>> ChatService::repair(const ConversationId& id, Seq from, Seq to) {
  return impl_->reader.run(id.text, from, to);
}

}  // namespace netherlink::im
