#include "netherlink/im/service.hpp"

#include <atomic>
#include <limits>
#include <unordered_map>

#include "im/access.hpp"
#include "im/batcher.hpp"
#include "im/conversation_list.hpp"
#include "im/group_sizes.hpp"
#include "im/history.hpp"
#include "im/ingest_worker.hpp"
#include "im/interest_keeper.hpp"
#include "im/message_reader.hpp"
#include "im/notice_teller.hpp"
#include "im/push_router.hpp"
#include "im/search/indexer.hpp"
#include "im/search/searcher.hpp"
#include "im/views.hpp"
#include "im/wire.hpp"
#include "netherlink/log/log.hpp"
#include "netherlink/user/service.hpp"

namespace netherlink::im {

struct ChatService::Impl {
  explicit Impl(Dependencies d)
      : deps(std::move(d)),
        access({deps.conversations, deps.messages, deps.contacts, deps.attachments, deps.signers}, deps.limits),
        reader(deps.cache.hot_messages(), deps.messages),
        list(access, deps.messages, reader, deps.users),
        history(access, deps.messages, reader),
        searcher(access, deps.messages, deps.search, reader, deps.limits.search),
        indexer({deps.search, deps.bus.ingest(), deps.limits.search.message_tokens}),
        sizes(deps.conversations, deps.limits.large_group),
        ingest({deps.bus.ingest(),
                deps.announcer.router(),
                deps.cache.hot_messages(),
                deps.messages,
                {deps.limits.reactions, deps.limits.search.message_tokens},
                sizes,
                deps.limits.search.enabled ? &indexer : nullptr}),
        notices({deps.instance, deps.notices, deps.conversations, deps.announcer, deps.bus.ingest()}) {
    if (deps.replicas) interest.emplace(deps.cache.interest(), [this] { ask_for_everything(); });
  }

  core::result<void> filter(std::string& text) const;
  void on_push(const bus::Payload& payload);
  void on_gap();
  void on_changed(std::span<const UserId> users);
  void note_system_messages(const PushEnvelope& envelope);
  void ask_for_everything();

  Dependencies deps;
  ConversationAccess access;
  MessageReader reader;
  ConversationList list;
  History history;
  search::Searcher searcher;
  search::Indexer indexer;
  GroupSizes sizes;
  IngestWorker ingest;
  NoticeTeller notices;
  std::optional<InterestKeeper> interest;
  std::atomic<std::shared_ptr<const WordFilter>> words;
};

core::result<void> ChatService::Impl::filter(std::string& text) const {
  const auto filter = words.load();
  return filter ? filter->apply(text) : core::result<void>();
}

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
  note_system_messages(*envelope);
  deps.delivery.deliver(std::move(envelope));
}

void ChatService::Impl::note_system_messages(const PushEnvelope& envelope) {
  for (const auto& events : envelope.conversations) {
    for (const auto& committed : events.messages) {
      const bool ours = committed.message.kind == MessageKind::system && committed.instance == deps.instance;
      if (ours) notices.committed(committed.message.client_msg_id);
    }
  }
  for (const auto& reply : envelope.replies) {
    const bool ours =
        reply.duplicate && reply.duplicate->kind == MessageKind::system && reply.instance == deps.instance;
    if (ours) notices.committed(reply.duplicate->client_msg_id);
  }
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
  if (impl_->deps.ingest && impl_->deps.limits.search.enabled) impl_->indexer.start();
  impl_->notices.start();
}

ChatService::~ChatService() {
  stop();
}

void ChatService::stop() {
  impl_->notices.stop();
  impl_->ingest.stop();
  impl_->indexer.stop();
}

const Limits& ChatService::limits() const {
  return impl_->deps.limits;
}

core::result<CommandPtr> ChatService::prepare(SendRequest request) const {
  auto command = make_send(std::move(request), impl_->deps.limits);
  if (command && (*command)->kind == MessageKind::text) {
    const auto said = (*command)->signature ? (*command)->content : std::string();
    if (auto allowed = impl_->filter((*command)->content); !allowed) return allowed.error();
    // Nothing else can be made of what is signed.
    if ((*command)->signature && (*command)->content != said) return errors::chat_blocked_word;
  }
  return command;
}

core::result<CommandPtr> ChatService::prepare(ChangeRequest request) const {
  return make_change(std::move(request), impl_->deps.limits);
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
  if (auto allowed = impl_->access.authorise(command); !allowed) return allowed;
  const bool edited = command.type == Command::Type::change && command.change == ChangeKind::edit;
  return edited && command.kind == MessageKind::text ? impl_->filter(command.content) : core::result<void>();
}

void ChatService::use_word_filter(std::shared_ptr<const WordFilter> filter) {
  impl_->words.store(std::move(filter));
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

std::shared_ptr<const void> ChatService::follow(const ConversationId& id) {
  // Of a single conversation its people's sessions are told as it is.
  if (!impl_->interest || id.kind == ConversationKind::single) return nullptr;
  return impl_->interest->hold({conversation_topic(id.text)});
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

core::result<SearchPage> ChatService::search(const SearchRequest& request) {
  return impl_->searcher.search(request);
}

core::result<Message> ChatService::find_sent(UserId user, const ConversationId& id, UserId sender,
                                             std::string_view client_msg_id) {
  return impl_->history.find_sent(user, id, sender, client_msg_id);
}

core::result<std::optional<Message>> ChatService::stored(const ConversationId& id, UserId sender,
                                                         std::string_view client_msg_id) {
  return impl_->deps.messages.find_sent(id.text, sender, client_msg_id);
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

std::shared_ptr<const void> ChatService::watch_list(std::string_view list) {
  if (!impl_->interest) return nullptr;
  return impl_->interest->hold({list_topic(list)});
}

core::result<void> ChatService::forget(UserId user) {
  return impl_->deps.conversations.forget(user);
}

core::result<std::vector<Message>> ChatService::repair(const ConversationId& id, Seq from, Seq to) {
  auto messages = impl_->reader.run(id.text, from, to);
  if (!messages) return messages;
  if (auto quoted = add_quotes(impl_->deps.messages, *messages); !quoted) return quoted.error();
  return messages;
}

core::result<std::vector<UpdatedMessage>> ChatService::repair_changes(const ConversationId& id,
                                                                      std::int64_t after_revision, std::size_t limit) {
  auto& store = impl_->deps.messages;
  auto messages = store.changed(id.text, after_revision, 1, std::numeric_limits<Seq>::max(), limit);
  if (!messages) return messages.error();
  if (auto quoted = add_quotes(store, *messages); !quoted) return quoted.error();
  std::vector<MessageId> marked;
  for (const auto& message : *messages) {
    if (count_marks(message) != 0) marked.push_back(message.id);
  }
  std::unordered_map<MessageId, std::vector<PersonalMark>> marks;
  if (!marked.empty()) {
    auto found = store.personal_marks(marked, std::nullopt);
    if (!found) return found.error();
    for (auto& mark : *found) marks[mark.message_id].push_back(std::move(mark));
  }
  std::vector<UpdatedMessage> updates;
  for (auto& message : *messages) {
    auto& own = marks[message.id];
    updates.push_back({std::move(message), std::move(own)});
  }
  return updates;
}

core::result<Receipts> ChatService::receipts(UserId user, MessageId id, UserId after, std::size_t limit) {
  return impl_->history.receipts(user, id, after, limit);
}

core::result<ConversationView> ChatService::set_flags(UserId user, const ConversationId& id, std::optional<bool> pinned,
                                                      std::optional<bool> muted) {
  if (auto seen = impl_->list.one(user, id); !seen) return seen;
  const auto set = impl_->deps.conversations.set_flags(user, id.text, pinned, muted);
  if (!set) return set.error();
  return impl_->list.one(user, id);
}

core::result<bool> ChatService::typing(UserId user, const ConversationId& id, bool on) {
  if (auto member = impl_->access.require_member(user, id); !member) return member.error();
  if (id.kind == ConversationKind::world) return false;
  if (const auto allowed = impl_->access.may_speak(user, id); !allowed) {
    // Nobody is told of who may not say anything.
    if (allowed.error().is(errors::chat_muted) || allowed.error().is(errors::user_not_reachable)) return false;
    return allowed.error();
  }
  if (impl_->sizes.is_large(id)) return false;
  // Of stopping more are let through: whoever was told of the one is told of the other.
  const double rate = 1000.0 / static_cast<double>(impl_->deps.limits.typing_interval.count());
  const auto key = (on ? "typing:" : "typing-off:") + std::to_string(user) + ':' + id.text;
  return !impl_->deps.cache.rate_limiter().take(key, {on ? 1.0 : 2.0, rate});
}

void ChatService::tell_notices(std::span<const std::int64_t> ids) {
  impl_->notices.tell(ids);
}

void ChatService::tell(PeopleEvent event) {
  event.except_instance = impl_->deps.instance;
  impl_->deps.announcer.tell(std::move(event));
}

}  // namespace netherlink::im
