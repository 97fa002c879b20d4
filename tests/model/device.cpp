#include "model/device.hpp"

#include <algorithm>

namespace netherlink::test::model {

using nlohmann::json;

void Device::fail(const std::string& what) const {
  throw std::runtime_error(name_ + ": " + what);
}

void Device::connect(long step, long page) {
  const auto& welcome = person_.connect().welcome();
  connected_ = true;
  connected_at_ = step;
  page_ = page;
  live_.clear();
  live_revision_.clear();
  std::vector<std::string> named;
  for (const auto& conversation : welcome.at("conversations")) {
    const std::string id = conversation.at("conversation_id");
    if (id == "world") continue;
    named.push_back(id);
    live_[id] = conversation.at("last_seq");
    live_revision_[id] = conversation.at("revision");
  }
  std::erase_if(local_, [&](const auto& entry) { return std::ranges::find(named, entry.first) == named.end(); });
  for (const auto& id : named) sync(id, joined_.contains(id));
  joined_.clear();
  pump();
}

void Device::drop() {
  if (!connected_) return;
  take_kept();
  person_.hang_up();
  connected_ = false;
}

Device::Reply Device::command(const std::string& type, const json& data) {
  const auto frame = person_.socket().request(type, data);
  take_kept();
  if (frame.at("type") == "error") return {{}, frame.at("data").at("code")};
  if (frame.at("type") == "message.ack") on_ack(frame.at("data"));
  return {frame.at("data"), {}};
}

Device::Reply Device::send_text(const std::string& conversation, const std::string& text, const std::string& id) {
  texts_[id] = {conversation, text};
  return command("message.send", text_message(conversation, text, id));
}

void Device::send_later(const std::string& conversation, const std::string& text, const std::string& id) {
  texts_[id] = {conversation, text};
  person_.socket().send("message.send", text_message(conversation, text, id));
}

void Device::wait_for_acks(const std::vector<std::string>& ids) {
  take_kept();
  const auto done = [&] { return std::ranges::all_of(ids, [&](const auto& id) { return acks_.contains(id); }); };
  while (!done()) {
    const auto frame = person_.socket().receive();
    if (!frame) fail("an ack did not come");
    if (frame->at("type") == "error") fail("refused: " + frame->dump());
    take(*frame);
  }
}

void Device::pump() {
  person_.socket().ask("ping", json::object(), "pong");
  take_kept();
  while (!joined_.empty()) {
    const auto id = *joined_.begin();
    joined_.erase(joined_.begin());
    sync(id, true);
  }
}

void Device::take_kept() {
  auto& kept = person_.socket().kept();
  while (!kept.empty()) {
    const auto frame = std::move(kept.front());
    kept.pop_front();
    take(frame);
  }
}

void Device::take(const json& frame) {
  const std::string type = frame.at("type");
  const auto& data = frame.at("data");
  if (type == "message.ack") return on_ack(data);
  if (type == "message.new") {
    const auto& message = data.at("message");
    const std::string conversation = message.at("conversation_id");
    if (conversation == "world") return;
    on_live(conversation, message.at("seq"));
    return keep(conversation, message);
  }
  if (type == "message.updated") {
    const auto& message = data.at("message");
    const std::string conversation = message.at("conversation_id");
    // Of what is deleted for oneself the revision says nothing.
    if (message.at("status") != "deleted") {
      auto& last = live_revision_[conversation];
      const long revision = message.at("revision");
      if (revision <= last) fail("change " + frame.dump() + " after revision " + std::to_string(last));
      last = revision;
    }
    keep(conversation, message);
    auto& local = local_[conversation];
    local.revision = std::max(local.revision, message.at("revision").get<long>());
  } else if (type == "conversation.updated") {
    const std::string id = data.at("conversation").at("conversation_id");
    if (id != "world" && !local_.contains(id)) joined_.insert(id);
  } else if (type == "conversation.removed") {
    const std::string id = data.at("conversation_id");
    local_.erase(id);
    live_.erase(id);
    live_revision_.erase(id);
    joined_.erase(id);
  } else if (type == "messages.available" || type == "draining") {
    fail("not expected: " + frame.dump());
  }
}

void Device::on_ack(const json& ack) {
  const std::string id = ack.at("client_msg_id");
  acks_[id] = ack;
  if (ack.at("duplicate")) return;
  const auto& [conversation, text] = texts_.at(id);
  on_live(conversation, ack.at("seq"));
  keep(conversation, {{"message_id", ack.at("message_id")},
                      {"seq", ack.at("seq")},
                      {"sender_id", user()},
                      {"kind", "text"},
                      {"revision", 0},
                      {"content", text},
                      {"status", "normal"},
                      {"reactions", json::array()}});
}

/// Ascending, none missing and none twice; the first of a single conversation that is not in the welcome is 1.
void Device::on_live(const std::string& conversation, long seq) {
  const auto known = live_.find(conversation);
  if (known == live_.end()) {
    if (conversation.starts_with("single") && seq != 1) fail(conversation + " begins with " + std::to_string(seq));
  } else if (seq != known->second + 1) {
    fail(conversation + ": " + std::to_string(seq) + " after " + std::to_string(known->second));
  }
  live_[conversation] = seq;
}

void Device::keep(const std::string& conversation, const json& message) {
  auto& messages = local_[conversation].messages;
  const auto view = seen(message);
  const auto [at, added] = messages.try_emplace(view.at("seq"), view);
  if (added) return;
  auto& known = at->second;
  if (known.at("message_id") != view.at("message_id")) fail("two messages: " + known.dump() + " " + view.dump());
  const bool newer = view.at("revision") >= known.at("revision");
  const bool was_deleted = known.at("status") == "deleted", deleted = view.at("status") == "deleted";
  if (was_deleted ? deleted && newer : deleted || newer) known = view;
}

std::map<long, json>::const_iterator Device::Local::end_without_hole() const {
  const auto hole = std::adjacent_find(messages.begin(), messages.end(),
                                       [](const auto& a, const auto& b) { return b.first != a.first + 1; });
  return hole == messages.end() ? std::prev(hole) : hole;
}

/// `whole`: of a conversation that was joined while the socket was open, what came live says nothing of what lies
/// before.
void Device::sync(const std::string& conversation, bool whole) {
  long after = 0, revision = 0;
  if (const auto& local = local_[conversation]; !whole && !local.messages.empty()) {
    after = local.end_without_hole()->first;
    revision = local.revision;
  }
  for (int pages = 0; pages < 10'000; ++pages) {
    const json wanted{{"conversation_id", conversation}, {"after_seq", after}, {"after_revision", revision}};
    const auto answer = person_.socket().ask("sync", {{"conversations", {wanted}}, {"limit", page_}}, "sync.result");
    const auto& item = answer.at("conversations").at(0);
    if (item.contains("error")) {
      local_.erase(conversation);
      return;
    }
    const auto &messages = item.at("messages"), &updates = item.at("updates");
    for (const auto& message : messages) keep(conversation, message);
    for (const auto& message : updates) keep(conversation, message);
    if (item.at("complete")) {
      auto& known = local_[conversation].revision;
      known = std::max(known, item.at("revision").get<long>());
      return;
    }
    if (messages.empty() && updates.empty()) fail("an empty page that is not complete: " + item.dump());
    if (!messages.empty()) after = messages.back().at("seq");
    if (!updates.empty()) revision = updates.back().at("revision");
  }
  fail("sync of " + conversation + " does not end");
}

const json* Device::shown(const std::string& conversation, long seq) const {
  const auto local = local_.find(conversation);
  if (local == local_.end()) return nullptr;
  const auto message = local->second.messages.find(seq);
  return message == local->second.messages.end() ? nullptr : &message->second;
}

std::vector<std::string> Device::shown_conversations() const {
  std::vector<std::string> ids;
  for (const auto& [id, local] : local_) {
    if (!local.messages.empty()) ids.push_back(id);
  }
  return ids;
}

}  // namespace netherlink::test::model
