#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "netherlink/core/result.hpp"
#include "netherlink/im/types.hpp"

namespace netherlink::im {

/// The right to write a partition. Each new owner raises the epoch; an older epoch cannot commit any more.
struct PartitionLease {
  std::size_t partition = 0;
  std::int64_t epoch = 0;
  MessageId last_id = 0;  // highest message id minted so far
};

/// What one transaction changes in one conversation. The owner of its partition has worked it out: nobody else writes
/// there while its lease holds.
struct MessageChanges {
  std::vector<Message> messages;  // as they become; content, extra, mentions, status, revision, edited_at, reactions
                                  // and deletions are stored
  struct MarkChange {
    enum class What : std::uint8_t { set, clear, clear_reactions } what = What::set;
    PersonalMark mark;  // clear_reactions: of everybody, its message_id alone counts
  };
  std::vector<MarkChange> marks;  // in order; what is set was not there, what is cleared was
  struct Replaced {
    MessageId message_id = 0;
    std::int64_t revision = 0;  // of the change that replaced it
    Timestamp replaced_at = 0;
    std::string content;
  };
  std::vector<Replaced> replaced;  // kept for moderators
  struct Applied {
    std::int64_t change_id = 0, revision = 0;
  };
  struct Words {
    MessageId message_id = 0;
    std::vector<std::string> tokens;  // ascending, each once
  };
  std::vector<Words> words;      // of edited texts: added to what search finds them by
  std::vector<Applied> applied;  // changes that changed something: known again when they are delivered again
  std::int64_t revision = 0;     // of the conversation afterwards

  bool empty() const { return messages.empty(); }
};

/// What one transaction adds. The store assigns seq; see MessageStore::append.
struct AppendBatch {
  struct Conversation {
    std::string id;
    std::size_t partition = 0;
    Head head;                      // in: as the owner knows it; out: after the append
    std::vector<Message> messages;  // in order; id, sent_at set; out: seq, or the stored ids if duplicate
    std::vector<bool> duplicate;    // out: one for each message
    struct Mark {
      UserId user_id = 0;
      Marks marks;           // in: wanted, never lowers what is stored; out: what is stored now
      bool changed = false;  // out: something was raised
    };
    std::vector<Mark> marks;  // of readers; the senders' own follow from messages
    MessageChanges changes;
  };
  std::vector<PartitionLease> leases;  // of every partition touched; last_id: the new high-water mark
  std::vector<Conversation> conversations;
};

/// Messages, heads and marks: a shard (docs/architecture.md, "What lives where"). Calls block. Thread-safe, but append
/// and acquire of one partition belong to the one thread that ingests it. A failing store is server.unavailable.
class MessageStore {
 public:
  virtual ~MessageStore() = default;

  /// Takes the partition: raises its epoch in the store.
  virtual core::result<PartitionLease> acquire(std::size_t partition) = 0;

  enum class Append { committed, fenced };
  /// ONE transaction. Fences on each lease (a newer epoch: `fenced`, nothing written), gives each new message the next
  /// seq of its conversation (head.last_seq + 1 …, no gaps), answers one already stored by (conversation, sender,
  /// client_msg_id) with duplicate and the stored id, seq and sent_at (also twice within a batch), moves the heads, and
  /// raises the senders' read and delivered marks to their newest message, and the marks asked for (clamped at
  /// last_seq). On return `marks` holds what is stored now. Writes `changes`, and their revision into the head. An
  /// error: nothing is known to be written; forget every head and ask again.
  virtual core::result<Append> append(AppendBatch& batch) = 0;

  virtual core::result<std::vector<Head>> heads(std::span<const std::string> conversation_ids) = 0;  // same order
  virtual core::result<std::vector<Marks>> marks(UserId user, std::span<const std::string> conversation_ids) = 0;

  /// from..to inclusive, ascending, at most `limit` from the lower end (`newest_first`: from the upper end).
  virtual core::result<std::vector<Message>> range(std::string_view conversation_id, Seq from, Seq to,
                                                   std::size_t limit, bool newest_first) = 0;
  virtual core::result<std::optional<Message>> find(MessageId id) = 0;
  /// The message that its sender called so.
  virtual core::result<std::optional<Message>> find_sent(std::string_view conversation_id, UserId sender,
                                                         std::string_view client_msg_id) = 0;
  /// Those of `ids` that exist, in any order.
  virtual core::result<std::vector<Message>> find_all(std::span<const MessageId> ids) = 0;

  /// Messages from..to with a higher revision, lowest revision first.
  virtual core::result<std::vector<Message>> changed(std::string_view conversation_id, std::int64_t after_revision,
                                                     Seq from, Seq to, std::size_t limit) = 0;
  /// The marks of one person, or (nullopt) of everybody, on these messages.
  virtual core::result<std::vector<PersonalMark>> personal_marks(std::span<const MessageId> ids,
                                                                 std::optional<UserId> user) = 0;
  /// Which of these changes are among the last `remembered_changes` applied to the conversation.
  static constexpr std::int64_t remembered_changes = 1000;
  virtual core::result<std::vector<std::int64_t>> applied(std::string_view conversation_id,
                                                          std::span<const std::int64_t> change_ids) = 0;
  /// What a message said before, oldest first.
  virtual core::result<std::vector<MessageChanges::Replaced>> replaced(MessageId id) = 0;
  /// Everybody but `except` whose delivered mark is at `seq` or beyond; of the page those with a higher id than
  /// `after`.
  virtual core::result<Receipts> receipts(std::string_view conversation_id, Seq seq, UserId except, UserId after,
                                          std::size_t limit) = 0;
};

/// A word, or pair of characters, as search compares them (docs/search.md).
struct SearchTerm {
  std::string text;
  bool prefix = false;  // words that begin so, too
  bool operator==(const SearchTerm&) const = default;
};

/// Which messages have had which words: a part of each message shard. Only where to look, since messages change. Calls
/// block. Thread-safe.
class SearchIndex {
 public:
  virtual ~SearchIndex() = default;

  struct Postings {
    std::vector<MessageId> ids;  // descending
    bool complete = false;       // there are no others
  };
  /// Messages of a conversation that have had the term, with ids below `before`: the newest `limit`. Of a prefix all,
  /// or, if more than `limit` words of messages begin so, below or not, some. May be a moment old.
  virtual core::result<Postings> postings(std::string_view conversation_id, const SearchTerm& term, MessageId before,
                                          std::size_t limit) = 0;
  /// Those of `ids` that have had the term, which is no prefix; descending.
  virtual core::result<std::vector<MessageId>> having(std::string_view conversation_id, const SearchTerm& term,
                                                      std::span<const MessageId> ids) = 0;

  /// For each conversation: its newest message below `before` that has had the term; 0: none. Of a prefix any message,
  /// also one that is not below.
  virtual core::result<std::vector<MessageId>> newest(std::span<const std::string> conversation_ids,
                                                      const SearchTerm& term, MessageId before) = 0;
  /// The different words of a conversation that begin with `prefix`, the first `limit` of them, ascending.
  virtual core::result<std::vector<std::string>> words(std::string_view conversation_id, const std::string& prefix,
                                                       std::size_t limit) = 0;

  struct Progress {
    std::size_t shard = 0, partition = 0;
    MessageId indexed = 0;  // up to here
    MessageId written = 0;  // the newest message is not beyond
  };
  virtual core::result<std::vector<Progress>> progress() = 0;

  struct Text {
    MessageId id = 0;
    std::int64_t conversation = 0;  // as add() takes it
    std::string content;            // empty: nothing to be found by
  };
  /// The messages of a shard with ids above `after` up to `up_to`, the oldest `limit`, ascending.
  virtual core::result<std::vector<Text>> texts(std::size_t shard, MessageId after, MessageId up_to,
                                                std::size_t limit) = 0;

  struct Entry {
    std::int64_t conversation = 0;
    std::string token;
    MessageId message_id = 0;
    auto operator<=>(const Entry&) const = default;
  };
  /// ONE transaction, unless a partition was brought on meanwhile: false, and nothing is written. `before`: of one
  /// shard, as progress() said. `after`: beside it, how far each is now. `entries` are best sorted.
  virtual core::result<bool> add(std::span<const Progress> before, std::span<const MessageId> after,
                                 std::span<const Entry> entries) = 0;
};

/// Which conversations a person is in: the main database. Calls block.
class ConversationRepository {
 public:
  virtual ~ConversationRepository() = default;

  struct Membership {
    std::string conversation_id;
    bool pinned = false, muted = false;
    Timestamp joined_at = 0;
    Seq joined_seq = 0;     // last_seq at the time: whoever joins has read everything before (protocol.md)
    Seq visible_after = 0;  // messages up to here are not for this member to read
    Role role = Role::member;
    Timestamp muted_until = 0;  // may not write before
  };

  /// Both people become members of their single conversation. Idempotent.
  virtual core::result<void> ensure_single(const ConversationId& id, Timestamp now) = 0;
  /// One person becomes a member; an existing membership is left as it is. Idempotent.
  virtual core::result<void> join(UserId user, std::string_view conversation_id, Seq joined_seq, Timestamp now) = 0;
  virtual core::result<std::vector<Membership>> of_user(UserId user) = 0;
  virtual core::result<std::optional<Membership>> find(UserId user, std::string_view conversation_id) = 0;
  /// Of a deleted account: its part in `world` and in single conversations. Idempotent.
  virtual core::result<void> forget(UserId user) = 0;
  /// Titles of groups and rooms, by conversation id.
  virtual core::result<std::unordered_map<std::string, std::string>> titles(std::span<const std::string> ids) = 0;
  /// How many people are in a group; 0: it is none.
  virtual core::result<std::int64_t> group_size(std::string_view conversation_id) = 0;
  /// nullopt: stays. False: no member.
  virtual core::result<bool> set_flags(UserId user, std::string_view conversation_id, std::optional<bool> pinned,
                                       std::optional<bool> muted) = 0;
};

/// What a transaction changed about who is in a conversation, or about the conversation, written down in that very
/// transaction: it is told afterwards (ChatService::tell_notices), again if the process died in between. A repository
/// of the main database adds it with store/sql/members.hpp.
struct Notice {
  std::int64_t id = 0;  // random: nobody guesses it (crypto::random_u64() >> 1)
  ConversationId conversation;
  UserId actor = 0;                  // who did it: the sender of the system message
  std::vector<UserId> joined, left;  // whose membership began, or ended
  std::vector<UserId> changed;       // whose role or muting is another now
  Seq joined_seq = 0;                // of those who joined
  std::string content, extra;        // of the system message: a sentence in English, a JSON object; empty: none
  Timestamp created_at = 0;
};

/// The notices that are not told yet: the main database. Calls block. Thread-safe.
class NoticeRepository {
 public:
  virtual ~NoticeRepository() = default;

  virtual core::result<std::vector<Notice>> find(std::span<const std::int64_t> ids) = 0;
  /// Those older than `before`, oldest first.
  virtual core::result<std::vector<Notice>> pending(Timestamp before, std::size_t limit) = 0;
  virtual core::result<void> remove(std::span<const std::int64_t> ids) = 0;
};

/// What messages of kind image and file may refer to (M19). Calls block. Thread-safe.
class MessageAttachments {
 public:
  virtual ~MessageAttachments() = default;

  struct Wanted {
    std::int64_t attachment_id = 0;
    MessageKind kind = MessageKind::file;
    UserId sender_id = 0;
    std::string conversation_id, client_msg_id;
  };
  /// The message is about to be sent; from now on the attachment is kept for it. What the message says of it: the
  /// members of a JSON object behind `attachment_id`, without braces. request.invalid: it may not refer to this.
  virtual core::result<std::string> attach(const Wanted& wanted) = 0;
  /// The message may be about to be recalled: the attachment need not be kept for it much longer.
  virtual core::result<void> doubt(const Message& message) = 0;
};

/// Who may sign messages (G9). Calls block. Thread-safe.
class DeviceSigners {
 public:
  virtual ~DeviceSigners() = default;

  struct Signer {
    std::int64_t device_id = 0;
    std::string signing_key;  // base64 without padding
  };
  /// Of a session that has published keys.
  virtual core::result<std::optional<Signer>> find(UserId user, SessionId session) = 0;
};

/// A message after a change, and how single readers see it.
struct UpdatedMessage {
  Message message;
  std::vector<PersonalMark> marks;  // of everybody
};

/// A message that was just committed, and who waits for its ack.
struct CommittedMessage {
  Message message;
  Origin origin;
  std::string instance;  // of the origin
};

/// What a push brings to one conversation. `messages` is contiguous and ascending.
struct ConversationEvents {
  ConversationId id;
  std::vector<CommittedMessage> messages;
  struct Receipt {
    UserId user_id = 0;
    Marks marks;
    Origin origin;         // the session that caused it is not told
    std::string instance;  // of the origin
  };
  std::vector<Receipt> receipts;
  bool own_receipts = false;  // each of them is told to nobody but that person's other sessions
  /// Changed messages, by revision. The last of them has the revision of the conversation; without any it is
  /// revision_before. Who has heard of less than revision_before reads what changed.
  std::vector<UpdatedMessage> updates;
  Seq seq_before = 0;  // last_seq and revision before this
  std::int64_t revision_before = 0;
  struct Deletion {
    UserId user_id = 0;
    Message message;  // as this person sees it now
  };
  std::vector<Deletion> deletions;  // each concerns one person
  /// Messages that were committed and may never have been pushed (0: none): whoever is behind reads them.
  Seq missed_from = 0, missed_to = 0;
};

/// The answer to one request that is not a committed new message.
struct DirectReply {
  Origin origin;
  std::string instance;              // of the origin
  std::string client_msg_id;         // of a send, else empty
  std::optional<core::Error> error;  // or one of those below
  std::optional<Message> duplicate;  // a send that was stored before: ids, seq, sent_at
  std::optional<MarkResult> marked;
  std::optional<Message> changed;  // a change took effect, or had before: the message as who asked sees it
};

/// Who came into a conversation, and who is out of it.
struct MembershipEvent {
  ConversationId id;
  std::vector<UserId> joined, left;
  Seq joined_seq = 0;  // what comes behind it is theirs
};

/// A frame to every session of some people that is no message: it is not stored, and who was away reads the state.
struct PeopleEvent {
  std::vector<UserId> users;
  UserId watched = 0;                // and to every session that watches the presence of this person (0: none)
  std::string conversation;          // and to every session that follows this conversation (empty: none) …
  std::vector<UserId> except_users;  // … but those of these people
  std::string list;   // and to every session that watches this list (empty: none), as its filter decides …
  std::string facts;  // … by these, which only the gateway understands
  std::string type;   // of the frame
  std::string data;   // its JSON object
  Origin except;      // a session that knows already, of the replica `except_instance`; none: empty
  std::string except_instance;
};

/// One push to one replica.
struct PushEnvelope {
  std::vector<ConversationEvents> conversations;
  std::vector<DirectReply> replies;
  std::vector<PeopleEvent> events;
  std::vector<MembershipEvent> memberships;
  std::vector<UserId> changed_users;  // what is remembered of them, and of who may reach them, is old
  std::vector<core::SessionId> revoked_sessions;
  core::Timestamp revoked_until = 0;  // when the last access token of those expires
  std::string wants_everything;       // a replica that cannot register what its sessions need (docs/bus.md)
};

/// The way to the sockets of this replica; implemented by gateway/ws. Events come from the push thread, in order;
/// replies that refuse a request may come from any thread. May wait while the I/O threads are far behind, never for a
/// client.
class Delivery {
 public:
  virtual ~Delivery() = default;
  virtual void deliver(std::shared_ptr<const PushEnvelope> envelope) = 0;
};

}  // namespace netherlink::im
