#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "netherlink/core/result.hpp"
#include "netherlink/im/ports.hpp"
#include "netherlink/im/push.hpp"
#include "netherlink/im/types.hpp"
#include "netherlink/im/word_filter.hpp"

namespace netherlink::bus {
class Bus;
}
namespace netherlink::cache {
class Cache;
}
namespace netherlink::friends {
class ContactRepository;
}
namespace netherlink::user {
class UserDirectory;
}

namespace netherlink::im {

/// Full-text search (docs/search.md).
struct SearchLimits {
  bool enabled = true;
  std::size_t query_chars = 1, query_bytes = 256, query_words = 16;
  std::size_t message_tokens = 2000;  // by which a message is found
  std::size_t conversations = 1000;   // that one call looks into, those that changed last
  std::size_t candidates = 2000;      // messages that one call reads, about
};

struct Limits {
  std::size_t content_bytes = 8192, extra_bytes = 8192, client_msg_id_chars = 64, history_page = 200,
              sync_conversations = 50, sync_page = 200, mentions = 50, reactions = 20, reaction_bytes = 64,
              large_group = 500;  // members above which receipts and typing are told to nobody else
  std::chrono::milliseconds recall_window{120'000};
  std::chrono::milliseconds typing_interval{3'000};
  std::chrono::milliseconds signature_window{300'000};  // between a signed message's time and the server's
  bool require_signatures = false;                      // of sessions that have a signing key
  SearchLimits search;
};

struct SearchRequest {
  UserId user_id = 0;
  std::string_view text;
  std::optional<ConversationId> conversation;  // none: all of the user's
  MessageId before = 0;                        // SearchPage::next of the page before, or 0
  std::size_t limit = 0;
};

/// A message as a client asks to send it. Exactly one of conversation_id and to_user_id is given.
struct SendRequest {
  UserId sender_id = 0;
  Origin origin;
  std::string conversation_id;  // or
  UserId to_user_id = 0;
  std::string client_msg_id, kind, content, extra;  // extra: JSON object text, or empty
  std::int64_t attachment_id = 0;  // of an image or file (0: none); extra is then without what the server says of it
  MessageId reply_to = 0;
  std::vector<UserId> mentions;
  SessionId session_id = 0;  // of the sender
  std::optional<Timestamp> client_time = {};
  std::string signature = {};  // empty: none
};

struct MarkRequest {
  UserId user_id = 0;
  Origin origin;
  std::string conversation_id;
  Seq seq = 0;
  bool read = false;  // else delivered
};

struct ChangeRequest {
  ChangeKind kind = ChangeKind::edit;
  UserId user_id = 0;
  Origin origin;
  MessageId message_id = 0;
  std::string text;  // of an edit: the new content; of a reaction: the emoji
};

struct Command;  // a validated request on its way to its partition

struct CommandDeleter {
  void operator()(Command* command) const;
};
using CommandPtr = std::unique_ptr<Command, CommandDeleter>;

/// Collects the commands of one I/O thread for a turn of its loop, so that one bus message carries many. Not
/// thread-safe.
class CommandBatcher {
 public:
  virtual ~CommandBatcher() = default;
  virtual void add(CommandPtr command) = 0;
  /// Publishes what was added. Failures come back to their origins through Delivery.
  virtual void flush() = 0;
  virtual bool empty() const = 0;
};

/// M1-M13, M18: the message path seen from the gateway. Thread-safe.
class ChatService {
 public:
  struct Dependencies {
    std::string instance;
    Limits limits;
    bool ingest = true;     // this replica writes partitions
    bool replicas = false;  // there may be others
    bus::Bus& bus;
    cache::Cache& cache;
    Announcer& announcer;
    MessageStore& messages;
    SearchIndex& search;
    ConversationRepository& conversations;
    NoticeRepository& notices;
    user::UserDirectory& users;
    friends::ContactRepository& contacts;
    Delivery& delivery;
    /// Pushes to this replica may have been lost: its sessions compare their heads. On a thread of the bus.
    std::function<void()> on_gap;
    MessageAttachments* attachments = nullptr;  // nullptr: no message may refer to any
    DeviceSigners* signers = nullptr;           // nullptr: nobody can sign
  };
  explicit ChatService(Dependencies dependencies);
  ~ChatService();

  // Never block: any thread.

  /// Checks the form of the request and makes a command of it.
  core::result<CommandPtr> prepare(SendRequest request) const;
  core::result<CommandPtr> prepare(const MarkRequest& request) const;
  core::result<CommandPtr> prepare(ChangeRequest request) const;
  /// May the sender do this? nullopt: not known without the store; ask authorise().
  std::optional<core::result<void>> authorise_cached(Command& command) const;
  /// One for each I/O thread.
  std::unique_ptr<CommandBatcher> make_batcher();

  // May block: store pool.

  /// May complete the command with what only the store knows.
  core::result<void> authorise(Command& command);
  /// Conversations of a user, changed last first. `cursor`: of the page before, or empty.
  core::result<ConversationPage> conversations(UserId user, std::string_view cursor, std::size_t limit);
  core::result<ConversationView> conversation(UserId user, const ConversationId& id);
  /// What a new session subscribes to before it reads its heads.
  struct Subscriptions {
    std::vector<ConversationId> conversations;  // every one whose messages this user's sessions get
    std::shared_ptr<const void> interest;       // while it lives, other replicas send what happens there
  };
  core::result<Subscriptions> subscriptions(UserId user);
  core::result<std::vector<ConversationId>> conversation_ids(UserId user);
  /// While the answer lives, other replicas send what happens in this conversation, too. May block.
  std::shared_ptr<const void> follow(const ConversationId& id);
  core::result<std::vector<Head>> heads(std::span<const std::string> conversation_ids);
  /// At most one of before and after. Neither: the newest.
  core::result<HistoryPage> history(UserId user, const ConversationId& id, std::optional<Seq> before,
                                    std::optional<Seq> after, std::size_t limit);
  core::result<std::vector<SyncItem>> sync(UserId user, std::span<const SyncRequest> requests, std::size_t limit);
  core::result<Message> find(UserId user, MessageId id);
  /// Messages that the user may read now and that have what is looked for, newest first. A page may be short, even
  /// empty, with others behind it. request.invalid, resource.not_found.
  core::result<SearchPage> search(const SearchRequest& request);
  /// The message that its sender called so, as `user` sees it.
  core::result<Message> find_sent(UserId user, const ConversationId& id, UserId sender, std::string_view client_msg_id);
  /// The same for nobody in particular; nullopt: there is none.
  core::result<std::optional<Message>> stored(const ConversationId& id, UserId sender, std::string_view client_msg_id);
  /// Newest messages over all conversations of the user, for the login answer.
  core::result<std::vector<Message>> recent_messages(UserId user, std::size_t limit);
  /// While the answer lives, changes of the presence of `users` come to this replica (PeopleEvent::watched).
  std::shared_ptr<const void> watch_presence(std::span<const UserId> users);
  /// The same for what happens in a list (PeopleEvent::list).
  std::shared_ptr<const void> watch_list(std::string_view list);
  /// After an account was deleted. Idempotent.
  core::result<void> forget(UserId user);
  /// The messages from..to of a conversation, without asking who reads: to fill the gap that a lost push left.
  core::result<std::vector<Message>> repair(const ConversationId& id, Seq from, Seq to);
  /// Likewise the messages that changed after that revision, lowest first.
  core::result<std::vector<UpdatedMessage>> repair_changes(const ConversationId& id, std::int64_t after_revision,
                                                           std::size_t limit);
  /// Who got a message; `after`: Receipts::next of the page before, or 0.
  core::result<Receipts> receipts(UserId user, MessageId id, UserId after, std::size_t limit);
  /// nullopt: stays as it is.
  core::result<ConversationView> set_flags(UserId user, const ConversationId& id, std::optional<bool> pinned,
                                           std::optional<bool> muted);
  /// Whether to tell others that the user types, or stopped: not if they were told a moment ago, nor in the world.
  core::result<bool> typing(UserId user, const ConversationId& id, bool on);
  /// Tells everybody concerned what the committed transactions changed that wrote these notices: on return this replica
  /// asks the store again who may do what, sessions of those who joined or left are on their way to know, and the
  /// system message is on its way to its seq. A failure is made up for within seconds, by some replica. Blocks.
  void tell_notices(std::span<const std::int64_t> ids);
  /// To every replica; see Announcer. `except` is a session of this one.
  void tell(PeopleEvent event);

  /// Words that may not be said; nullptr: none. Takes effect at once, any thread.
  void use_word_filter(std::shared_ptr<const WordFilter> filter);

  /// Ends ingest after what was published is committed and pushed.
  void stop();

  const Limits& limits() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace netherlink::im
