// Whether everybody sees what the model says.
#include <algorithm>
#include <thread>

#include "model/driver.hpp"

namespace netherlink::test::model {

using nlohmann::json;

namespace {

constexpr milliseconds settle{10'000};

std::string difference(const Device& device, const Conversation& conversation, const Message& message) {
  const auto* const shown = device.shown(conversation.id, message.seq);
  const auto wanted = message.seen_by(device.user());
  if (shown != nullptr && *shown == wanted) return {};
  // A device that was away hears of what was deleted for oneself when it loads the message.
  const auto deleted = message.deleted.find(device.user());
  const bool may_not_know = deleted != message.deleted.end() && device.connected_at() >= deleted->second;
  if (may_not_know && shown != nullptr && *shown == message.seen_by(device.user(), false)) return {};
  return conversation.id + ": shows " + (shown ? shown->dump() : "nothing") + " instead of " + wanted.dump();
}

}  // namespace

std::string Driver::live_difference(Device& device) const {
  for (const auto& [id, conversation] : model_.conversations) {
    for (const auto& message : conversation.messages) {
      if (!conversation.sees(device.user(), message)) continue;
      if (auto wrong = difference(device, conversation, message); !wrong.empty()) return wrong;
    }
  }
  for (const auto& id : device.shown_conversations()) {
    if (!model_.conversations.at(id).has(device.user())) return id + ": still there";
  }
  return {};
}

/// What was told may still be on its way.
void Driver::compare_live(Device& device) const {
  const auto deadline = Clock::now() + settle;
  std::string wrong;
  do {
    device.pump();
    wrong = live_difference(device);
    if (wrong.empty()) return;
    std::this_thread::sleep_for(milliseconds(5));
  } while (Clock::now() < deadline);
  throw std::runtime_error(device.name() + ": " + wrong);
}

void Driver::compare_history(Device& device) const {
  auto& http = device.person().http;
  for (const auto& [id, conversation] : model_.conversations) {
    const auto path = "/api/v1/chat/history?limit=37&conversation_id=" + id;
    if (!conversation.has(device.user()) || conversation.messages.empty()) {
      if (http.get(path).status != 404) throw std::runtime_error(device.name() + " reads " + id);
      continue;
    }
    std::vector<const Message*> wanted;
    for (const auto& message : conversation.messages) {
      if (conversation.sees(device.user(), message)) wanted.push_back(&message);
    }
    std::vector<json> backwards;
    for (long before = conversation.last_seq() + 1;;) {
      const auto page = http.get(path + "&before_seq=" + std::to_string(before)).json;
      const auto& messages = page.at("messages");
      for (auto message = messages.rbegin(); message != messages.rend(); ++message) backwards.push_back(*message);
      if (!page.at("has_more")) break;
      before = backwards.back().at("seq");
    }
    auto forwards = whole_history(device.person(), id);
    std::ranges::reverse(backwards);
    if (forwards != backwards) throw std::runtime_error(device.name() + ": two histories of " + id);
    if (forwards.size() != wanted.size()) {
      throw std::runtime_error(device.name() + ": " + std::to_string(forwards.size()) + " messages of " +
                               std::to_string(wanted.size()) + " in " + id);
    }
    for (std::size_t i = 0; i < wanted.size(); ++i) {
      const auto view = seen(forwards[i]), expected = wanted[i]->seen_by(device.user());
      if (view != expected) throw std::runtime_error(device.name() + ": " + view.dump() + " for " + expected.dump());
    }
  }
}

void Driver::compare_list(Device& device) const {
  std::map<std::string, json> listed;
  std::string cursor;
  do {
    const auto page = device.person().http.get("/api/v1/conversations?limit=4" + cursor).json;
    for (const auto& item : page.at("items")) {
      if (!listed.emplace(item.at("conversation_id"), item).second) {
        throw std::runtime_error("twice in the list: " + item.dump());
      }
    }
    const auto& next = page.at("next_cursor");
    cursor = next.is_null() ? "" : "&cursor=" + next.get<std::string>();
  } while (!cursor.empty());
  listed.erase("world");
  for (const auto& [id, conversation] : model_.conversations) {
    const bool there = conversation.has(device.user()) && conversation.last_seq() != 0;
    if (there != listed.contains(id)) throw std::runtime_error(device.name() + ": wrong in the list: " + id);
    if (!there) continue;
    const auto read = conversation.read.find(device.user());
    const long read_seq = read == conversation.read.end() ? 0 : read->second;
    const json wanted{{"last_seq", conversation.last_seq()},
                      {"revision", conversation.revision},
                      {"read_seq", read_seq},
                      {"unread", conversation.last_seq() - read_seq}};
    for (const auto& [name, value] : wanted.items()) {
      if (listed[id].at(name) != value) {
        throw std::runtime_error(device.name() + ": " + listed[id].dump() + " for " + wanted.dump());
      }
    }
  }
}

void Driver::compare() {
  note("everything is compared");
  for (const auto& device : devices_) {
    if (device->connected()) compare_live(*device);
  }
  for (const auto& device : devices_) {
    device->drop();
    device->connect(step_, 1 + static_cast<long>(below(60)));
    compare_live(*device);
    compare_history(*device);
    compare_list(*device);
  }
}

}  // namespace netherlink::test::model
