#pragma once

#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <vector>

namespace netherlink::test::model {

/// What docs/protocol.md says becomes of one message.
struct Message {
  std::string id, sender, kind, content, status = "normal";
  long seq = 0, revision = 0;
  std::map<std::string, std::set<std::string>> reactions;  // people by emoji
  std::map<std::string, long> deleted;                     // step at which somebody deleted it for themselves

  bool recalled() const { return status == "recalled"; }
  /// As a person sees it: the fields that are compared.
  nlohmann::json seen_by(const std::string& user, bool with_deletion = true) const;
};

struct Conversation {
  std::string id, owner;  // of a group; empty: single
  bool whole_history = false;
  std::vector<Message> messages;  // seq 1 and so on
  long revision = 0;
  std::map<std::string, long> members;  // to the seq behind which each may see
  std::map<std::string, long> read;

  long last_seq() const { return static_cast<long>(messages.size()); }
  bool has(const std::string& user) const { return members.contains(user); }
  bool sees(const std::string& user, const Message& message) const {
    return has(user) && message.seq > members.at(user);
  }
  void mark_read(const std::string& user, long seq);
};

/// The same fields of a message as the server tells it.
nlohmann::json seen(const nlohmann::json& message);

/// The whole state: what every device has to agree with in the end. Operations say which error they end in; empty:
/// they take effect.
class Model {
 public:
  std::map<std::string, Conversation> conversations;
  std::set<std::pair<std::string, std::string>> blocks;  // who, whom

  bool may_speak(const std::string& user, const Conversation& conversation) const;
  std::string send_error(const std::string& user, const std::string& conversation) const;
  /// Appends what the server acknowledged; false: not the next seq.
  bool sent(const std::string& conversation, Message message);

  std::string edit(const std::string& user, Conversation& conversation, Message& message, const std::string& text);
  std::string recall(const std::string& user, Conversation& conversation, Message& message);
  std::string react(const std::string& user, Conversation& conversation, Message& message, const std::string& emoji,
                    bool on);
  std::string remove(const std::string& user, Conversation& conversation, Message& message, long step);
  std::string read(const std::string& user, Conversation& conversation, long seq);

 private:
  static void raise(Conversation& conversation, Message& message) { message.revision = ++conversation.revision; }
};

}  // namespace netherlink::test::model
