#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "netherlink/core/ids.hpp"
#include "netherlink/core/result.hpp"

namespace netherlink::im {

using core::MessageId;
using core::Seq;
using core::SessionId;
using core::Timestamp;
using core::UserId;

enum class ConversationKind : std::uint8_t { single, group, room, world };
std::string_view to_string(ConversationKind kind);

/// single_{smaller user id}_{larger user id}, group_{id}, room_{id}, world.
struct ConversationId {
  std::string text;
  ConversationKind kind = ConversationKind::world;
  std::int64_t first = 0, second = 0;  // single: the two users; group, room: first is its id

  /// nullopt: not the one canonical spelling of an id.
  static std::optional<ConversationId> parse(std::string_view text);
  static ConversationId single(UserId a, UserId b);
  static ConversationId group(std::int64_t id);
  static ConversationId room(std::int64_t id);
  static ConversationId world();

  bool operator==(const ConversationId& other) const { return text == other.text; }
  /// Of a single conversation: the user who is not `user`; 0 if `user` is neither.
  UserId peer_of(UserId user) const { return user == first ? second : user == second ? first : 0; }
};

/// hash(conversation) mod P: FNV-1a, fixed for ever, since it places rows.
std::size_t partition_of(std::string_view conversation_id, std::size_t partitions);

enum class MessageKind : std::uint8_t { text, image, file, emoji, custom, encrypted, system };
std::string_view to_string(MessageKind kind);
std::optional<MessageKind> parse_message_kind(std::string_view text);

enum class MessageStatus : std::uint8_t { normal, edited, recalled, deleted };
std::string_view to_string(MessageStatus status);

/// Mentioned: everybody in the conversation.
constexpr UserId mention_all = 0;

struct Reaction {
  std::string emoji;
  std::int64_t count = 0;
  bool mine = false;  // of the reader: see seen_by()
  bool operator==(const Reaction&) const = default;
};

/// What an answer shows of the message that it answers.
struct Quote {
  UserId sender_id = 0;
  MessageKind kind = MessageKind::text;
  MessageStatus status = MessageStatus::normal;
  std::string content;  // its beginning
  bool operator==(const Quote&) const = default;
};

/// By which readers can tell that a message is what a device of its sender sent, and when (docs/end-to-end.md).
struct MessageSignature {
  std::int64_t device_id = 0;
  Timestamp client_time = 0;
  std::string signing_key, signature;  // base64 without padding
  bool operator==(const MessageSignature&) const = default;
};

struct Message {
  MessageId id = 0;
  std::string conversation_id;
  Seq seq = 0;
  std::int64_t revision = 0;  // of its latest change; 0: none
  UserId sender_id = 0;
  std::string client_msg_id;
  MessageKind kind = MessageKind::text;
  MessageStatus status = MessageStatus::normal;
  std::string content;
  std::string extra;       // JSON object as text, or empty
  MessageId reply_to = 0;  // 0: none
  std::vector<UserId> mentions;
  Timestamp sent_at = 0, edited_at = 0;
  std::vector<Reaction> reactions;            // those that came first, first
  std::int64_t deletions = 0;                 // people who deleted it for themselves
  std::optional<Quote> quote;                 // of reply_to; found when it is read
  std::optional<MessageSignature> signature;  // of what was sent: gone when the content is
};

/// What one person did with a message that the others do not see as theirs: a reaction, or (without an emoji) deleting
/// it for oneself.
struct PersonalMark {
  MessageId message_id = 0;
  UserId user_id = 0;
  std::string emoji;
  bool operator==(const PersonalMark&) const = default;
};

/// People whose marks a message has: a person counts once for each.
std::int64_t count_marks(const Message& message);
/// Nothing is left but ids, seq, sender and time.
void clear_content(Message& message, MessageStatus status);
/// The message as that reader gets it. `marks`: of any people and messages, the reader's for this one among them.
Message seen_by(UserId reader, Message message, std::span<const PersonalMark> marks);
/// The attachment that a message of kind image or file refers to; 0: none. The server alone writes what this reads
/// (ConversationAccess).
std::int64_t attachment_of(const Message& message);
/// What others' answers show of it.
Quote quote_of(const Message& message);

/// What people do to a message that is there.
enum class ChangeKind : std::uint8_t {
  edit,
  recall,
  react,
  unreact,
  remove,  // for oneself alone: raises no revision
};

/// Where an answer goes: a connection of a replica, and which of its requests. Opaque to im.
struct Origin {
  std::uint64_t connection = 0;  // 0: nobody waits
  std::uint32_t request = 0;
};

/// What a member of a group or room may do; in this order, each what those before may.
enum class Role : std::uint8_t { member, admin, owner };
std::string_view to_string(Role role);

/// Newest state of a conversation, from its shard.
struct Head {
  Seq last_seq = 0;
  std::int64_t revision = 0;
  Timestamp updated_at = 0;  // sent_at of the newest message
};

/// How far a person is in a conversation; read implies delivered.
struct Marks {
  Seq read_seq = 0, delivered_seq = 0;
  bool operator==(const Marks&) const = default;
};

/// A conversation as one of its members sees it.
struct ConversationView {
  ConversationId id;
  std::int64_t target_id = 0;  // single: the other user; group, room: its id; world: 0
  std::string name;
  Head head;
  Marks marks;
  Seq visible_after = 0;  // older messages are not for this member
  bool pinned = false, muted = false;
  std::optional<Message> last_message;
  Seq unread() const { return head.last_seq > marks.read_seq ? head.last_seq - marks.read_seq : 0; }
};

struct ConversationPage {
  std::vector<ConversationView> items;
  std::string next_cursor;  // empty: the end
};

struct HistoryPage {
  std::vector<Message> messages;  // ascending by seq
  bool has_more = false;
};

struct SearchHit {
  Message message;
  std::vector<std::string> highlights;  // pieces of its content
};

struct SearchPage {
  std::vector<SearchHit> hits;  // newest first
  MessageId next = 0;           // where the next page begins; 0: there is none
};

/// Who got a message; a person of `people` has delivered_seq >= its seq.
struct Receipts {
  std::int64_t delivered_count = 0, read_count = 0;  // delivered includes read
  struct Person {
    UserId user_id = 0;
    bool read = false;
  };
  std::vector<Person> people;  // a page, by user id
  UserId next = 0;             // the last of the page if others follow, else 0
};

struct SyncRequest {
  ConversationId id;
  Seq after_seq = 0;
  std::optional<std::int64_t> after_revision;
};

struct SyncItem {
  std::string conversation_id;
  std::optional<core::Error> error;  // the rest is empty then
  std::vector<Message> messages, updates;
  Head head;
  bool complete = true;
};

struct MarkResult {
  std::string conversation_id;
  Marks marks;
  Seq last_seq = 0;
};

}  // namespace netherlink::im
