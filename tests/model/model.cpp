#include "model/model.hpp"

#include <algorithm>

namespace netherlink::test::model {

using nlohmann::json;

json Message::seen_by(const std::string& user, bool with_deletion) const {
  const bool gone = with_deletion && deleted.contains(user);
  json reacted = json::object();
  if (!gone) {
    for (const auto& [emoji, people] : reactions) {
      if (!people.empty()) reacted[emoji] = {{"count", people.size()}, {"mine", people.contains(user)}};
    }
  }
  return {{"message_id", id},
          {"seq", seq},
          {"sender_id", sender},
          {"kind", kind},
          {"revision", revision},
          {"content", gone ? "" : content},
          {"status", gone ? "deleted" : status},
          {"reactions", reacted}};
}

json seen(const json& message) {
  json reacted = json::object();
  for (const auto& reaction : message.at("reactions")) {
    reacted[reaction.at("emoji").get<std::string>()] = {{"count", reaction.at("count")}, {"mine", reaction.at("mine")}};
  }
  json view;
  for (const auto* name : {"message_id", "seq", "sender_id", "kind", "revision", "content", "status"}) {
    view[name] = message.at(name);
  }
  view["reactions"] = reacted;
  return view;
}

void Conversation::mark_read(const std::string& user, long seq) {
  read[user] = std::max(read[user], std::min(seq, last_seq()));
}

bool Model::may_speak(const std::string& user, const Conversation& conversation) const {
  if (!conversation.owner.empty()) return conversation.has(user);
  return std::ranges::none_of(
      blocks, [&](const auto& block) { return conversation.has(block.first) && conversation.has(block.second); });
}

std::string Model::send_error(const std::string& user, const std::string& id) const {
  const auto& conversation = conversations.at(id);
  if (!conversation.has(user)) return "chat.not_member";
  return may_speak(user, conversation) ? "" : "user.not_reachable";
}

bool Model::sent(const std::string& id, Message message) {
  auto& conversation = conversations.at(id);
  if (message.seq != conversation.last_seq() + 1) return false;
  const auto sender = message.sender;
  conversation.messages.push_back(std::move(message));
  conversation.mark_read(sender, conversation.last_seq());
  return true;
}

std::string Model::edit(const std::string& user, Conversation& conversation, Message& message,
                        const std::string& text) {
  if (!conversation.sees(user, message)) return "resource.not_found";
  if (message.sender != user || message.kind == "system") return "chat.forbidden";
  if (message.recalled()) return "chat.recalled";
  if (!may_speak(user, conversation)) return "user.not_reachable";
  if (message.content == text) return {};
  message.content = text;
  message.status = "edited";
  raise(conversation, message);
  return {};
}

std::string Model::recall(const std::string& user, Conversation& conversation, Message& message) {
  if (!conversation.sees(user, message)) return "resource.not_found";
  if (message.sender != user && conversation.owner != user) return "chat.forbidden";
  if (message.recalled()) return {};
  message.status = "recalled";
  message.content.clear();
  message.reactions.clear();
  raise(conversation, message);
  return {};
}

std::string Model::react(const std::string& user, Conversation& conversation, Message& message,
                         const std::string& emoji, bool on) {
  if (!conversation.sees(user, message)) return "resource.not_found";
  // Taking something back is always allowed.
  if (on && message.recalled()) return "chat.recalled";
  if (on && !may_speak(user, conversation)) return "user.not_reachable";
  auto& people = message.reactions[emoji];
  const bool changed = on ? people.insert(user).second : people.erase(user) != 0;
  if (changed) raise(conversation, message);
  return {};
}

std::string Model::remove(const std::string& user, Conversation& conversation, Message& message, long step) {
  if (!conversation.sees(user, message)) return "resource.not_found";
  message.deleted.emplace(user, step);
  return {};
}

std::string Model::read(const std::string& user, Conversation& conversation, long seq) {
  // A single conversation exists from its first message on.
  if (!conversation.has(user) || conversation.messages.empty()) return "chat.not_member";
  conversation.mark_read(user, seq);
  return {};
}

}  // namespace netherlink::test::model
