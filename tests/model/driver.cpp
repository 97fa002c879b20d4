#include "model/driver.hpp"

#include <algorithm>
#include <array>

namespace netherlink::test::model {

using nlohmann::json;

namespace {

constexpr std::size_t people = 5, traced = 40;
constexpr std::array<const char*, 3> emojis{"👍", "🎉", "😢"};

std::string message_path(const Message& message) {
  return "/api/v1/chat/messages/" + message.id;
}

}  // namespace

Driver::Driver(unsigned seed, const std::vector<std::string>& settings) : random_(seed), server_(settings) {
  for (std::size_t i = 0; i < people; ++i) {
    Person person(server_, "model");
    users_.push_back(person.id);
    const std::size_t count = i < 3 ? 2 : 1;
    for (std::size_t d = 1; d < count; ++d) {
      devices_.push_back(std::make_unique<Device>(person.sign_in(), "user " + std::to_string(i) + " device 2"));
    }
    devices_.push_back(std::make_unique<Device>(std::move(person), "user " + std::to_string(i) + " device 1"));
  }
  for (std::size_t i = 0; i < people; ++i) {
    for (std::size_t k = i + 1; k < people; ++k) {
      const auto low = std::min(std::stoll(users_[i]), std::stoll(users_[k]));
      const auto high = std::max(std::stoll(users_[i]), std::stoll(users_[k]));
      Conversation single;
      single.id = "single_" + std::to_string(low) + "_" + std::to_string(high);
      single.members = {{users_[i], 0}, {users_[k], 0}};
      conversations_.push_back(single.id);
      model_.conversations[single.id] = std::move(single);
    }
  }
  for (const std::size_t owner : {std::size_t{0}, std::size_t{2}}) {
    auto& http = devices_[owner]->person().http;
    const bool all = owner == 0;
    const auto made = http.post("/api/v1/groups", {{"name", "model"}, {"history", all ? "all" : "joined"}}).json;
    Conversation group;
    group.id = made.at("conversation_id");
    group.owner = devices_[owner]->user();
    group.whole_history = all;
    group.members[group.owner] = 0;
    owners_[group.id] = owner;
    group_ids_[group.id] = made.at("id");
    codes_[group.id] = http.post("/api/v1/groups/" + group_ids_[group.id] + "/link", json::object()).json.at("code");
    conversations_.push_back(group.id);
    auto& kept = model_.conversations[group.id] = std::move(group);
    take_notice(kept);
  }
}

void Driver::run(long steps) {
  for (; step_ < steps; ++step_) step();
}

void Driver::step() {
  using Operation = void (Driver::*)();
  static constexpr std::array<std::pair<Operation, int>, 13> operations{{{&Driver::say, 300},
                                                                         {&Driver::say_over_rest, 40},
                                                                         {&Driver::burst, 50},
                                                                         {&Driver::edit, 120},
                                                                         {&Driver::recall, 30},
                                                                         {&Driver::react, 150},
                                                                         {&Driver::remove, 40},
                                                                         {&Driver::read, 80},
                                                                         {&Driver::block, 25},
                                                                         {&Driver::come_or_go, 50},
                                                                         {&Driver::drop, 40},
                                                                         {&Driver::crash, 3},
                                                                         {&Driver::crash_while_editing, 2}}};
  int all = 0;
  for (const auto& [operation, weight] : operations) all += weight;
  auto chosen = static_cast<int>(below(static_cast<std::size_t>(all)));
  for (const auto& [operation, weight] : operations) {
    if (chosen < weight) return (this->*operation)();
    chosen -= weight;
  }
}

void Driver::note(const std::string& what) {
  trace_.push_back(std::to_string(step_) + ": " + what);
  if (trace_.size() > traced) trace_.erase(trace_.begin());
}

std::string Driver::trace() const {
  std::string text;
  for (const auto& line : trace_) text += line + "\n";
  return text;
}

Device& Driver::any_device() {
  return *devices_[below(devices_.size())];
}

Device& Driver::connected_device() {
  auto& device = any_device();
  if (!device.connected()) {
    note(device.name() + " connects");
    device.connect(step_, 1 + static_cast<long>(below(60)));
  }
  return device;
}

Conversation& Driver::any_conversation() {
  return model_.conversations.at(conversations_[below(conversations_.size())]);
}

Message* Driver::any_message(Conversation& conversation) {
  const auto count = conversation.messages.size();
  if (count == 0) return nullptr;
  // The newest half of the time.
  const auto from = below(2) == 0 && count > 8 ? count - 8 : 0;
  return &conversation.messages[from + below(count - from)];
}

void Driver::expect(const std::string& error, const std::string& wanted, const std::string& what) const {
  if (error != wanted) throw std::runtime_error(what + ": \"" + error + "\" instead of \"" + wanted + "\"");
}

void Driver::add(const std::string& conversation, const std::string& sender, const std::string& text, const json& ack) {
  Message message;
  message.id = ack.at("message_id");
  message.seq = ack.at("seq");
  message.sender = sender;
  message.kind = "text";
  message.content = text;
  if (!model_.sent(conversation, std::move(message))) throw std::runtime_error("unexpected seq: " + ack.dump());
}

void Driver::say() {
  auto& device = connected_device();
  const auto& id = any_conversation().id;
  const auto text = "text " + std::to_string(++sent_);
  note(device.name() + " says \"" + text + "\" in " + id);
  const auto reply = device.send_text(id, text, "c" + std::to_string(sent_));
  expect(reply.error, model_.send_error(device.user(), id), "message.send");
  if (reply.error.empty()) add(id, device.user(), text, reply.data);
}

void Driver::say_over_rest() {
  auto& device = any_device();
  const auto& id = any_conversation().id;
  const auto text = "text " + std::to_string(++sent_);
  note(device.name() + " posts \"" + text + "\" in " + id);
  const auto body = text_message(id, text, "c" + std::to_string(sent_));
  const auto answer = device.person().http.post("/api/v1/chat/messages", body);
  expect(answer.code(), model_.send_error(device.user(), id), "POST /chat/messages");
  if (answer.status / 100 != 2) return;
  add(id, device.user(), text, answer.json);
  // Once more, as after an answer that was lost.
  const auto again = device.person().http.post("/api/v1/chat/messages", body);
  if (again.status != 200 || again.json.at("seq") != answer.json.at("seq")) {
    throw std::runtime_error("sent twice: " + again.body);
  }
}

namespace {

struct Sent {
  Device* device;
  std::string conversation, text, id;
};

}  // namespace

/// Several devices send at once; the acks say in which order it came about.
void Driver::burst() {
  std::vector<Sent> sent;
  for (std::size_t i = 0, count = 2 + below(12); i < count; ++i) {
    auto& device = connected_device();
    const auto& id = any_conversation().id;
    if (!model_.send_error(device.user(), id).empty()) continue;
    sent.push_back({&device, id, "text " + std::to_string(sent_ + 1), "c" + std::to_string(sent_ + 1)});
    ++sent_;
    note(device.name() + " sends \"" + sent.back().text + "\" to " + id);
    device.send_later(id, sent.back().text, sent.back().id);
  }
  for (const auto& message : sent) message.device->wait_for_acks({message.id});
  const auto ack = [](const Sent& message) -> const json& { return message.device->acks().at(message.id); };
  std::ranges::sort(sent, {}, [&](const Sent& message) { return ack(message).at("seq").get<long>(); });
  for (const auto& message : sent) add(message.conversation, message.device->user(), message.text, ack(message));
}

void Driver::edit() {
  auto& device = connected_device();
  auto& conversation = any_conversation();
  auto* const message = any_message(conversation);
  if (message == nullptr) return;
  // Mostly by whom it is of.
  auto* by = &device;
  for (const auto& other : devices_) {
    if (other->user() == message->sender && other->connected() && below(4) != 0) by = other.get();
  }
  const auto text = "edited " + std::to_string(++sent_);
  note(by->name() + " edits " + std::to_string(message->seq) + " of " + conversation.id + ": " + text);
  const auto reply = by->command("message.edit", {{"message_id", message->id}, {"content", text}});
  expect(reply.error, model_.edit(by->user(), conversation, *message, text), "message.edit");
}

void Driver::recall() {
  auto& device = connected_device();
  auto& conversation = any_conversation();
  auto* const message = any_message(conversation);
  if (message == nullptr || message->kind == "system") return;
  note(device.name() + " recalls " + std::to_string(message->seq) + " of " + conversation.id);
  const auto reply = device.command("message.recall", {{"message_id", message->id}});
  expect(reply.error, model_.recall(device.user(), conversation, *message), "message.recall");
}

void Driver::react() {
  auto& device = connected_device();
  auto& conversation = any_conversation();
  auto* const message = any_message(conversation);
  if (message == nullptr) return;
  const std::string emoji = emojis[below(emojis.size())];
  const bool on = below(3) != 0;
  note(device.name() + (on ? " reacts " : " takes back ") + emoji + " at " + std::to_string(message->seq) + " of " +
       conversation.id);
  const auto reply = device.command("message.react", {{"message_id", message->id}, {"emoji", emoji}, {"on", on}});
  expect(reply.error, model_.react(device.user(), conversation, *message, emoji, on), "message.react");
}

void Driver::remove() {
  auto& device = any_device();
  auto& conversation = any_conversation();
  auto* const message = any_message(conversation);
  if (message == nullptr) return;
  note(device.name() + " deletes for itself " + std::to_string(message->seq) + " of " + conversation.id);
  const auto answer = device.person().http.erase(message_path(*message));
  expect(answer.code(), model_.remove(device.user(), conversation, *message, step_), "DELETE /chat/messages");
}

void Driver::read() {
  auto& device = connected_device();
  auto& conversation = any_conversation();
  const auto seq = 1 + static_cast<long>(below(conversation.messages.size() + 3));
  note(device.name() + " reads " + conversation.id + " up to " + std::to_string(seq));
  const auto reply = device.command("message.read", {{"conversation_id", conversation.id}, {"seq", seq}});
  // Nobody may know of a single conversation in which nothing was said.
  expect(reply.error, model_.read(device.user(), conversation, seq), "message.read");
}

void Driver::block() {
  auto& device = any_device();
  const auto& whom = users_[below(users_.size())];
  if (whom == device.user()) return;
  const std::pair<std::string, std::string> pair{device.user(), whom};
  const auto path = "/api/v1/blocks/" + whom;
  if (model_.blocks.erase(pair) != 0) {
    note(device.name() + " unblocks " + whom);
    expect(device.person().http.erase(path).code(), "", "DELETE /blocks");
  } else if (below(2) == 0) {
    note(device.name() + " blocks " + whom);
    expect(device.person().http.request("PUT", path).code(), "", "PUT /blocks");
    model_.blocks.insert(pair);
  }
}

void Driver::come_or_go() {
  auto& device = any_device();
  auto& group = model_.conversations.at(conversations_[conversations_.size() - 1 - below(2)]);
  if (group.owner == device.user()) return;
  auto& http = device.person().http;
  if (group.has(device.user())) {
    note(device.name() + " leaves " + group.id);
    const auto left = http.request("POST", "/api/v1/groups/" + group_ids_.at(group.id) + "/leave");
    expect(left.code(), "", "leaving");
    group.members.erase(device.user());
  } else {
    note(device.name() + " joins " + group.id);
    expect(http.post("/api/v1/groups/join", {{"code", codes_.at(group.id)}}).code(), "", "joining");
    group.members[device.user()] = group.whole_history ? 0 : group.last_seq();
    group.mark_read(device.user(), group.last_seq());
  }
  take_notice(group);
}

/// The system message of what was just done, as soon as it is there.
void Driver::take_notice(Conversation& group) {
  auto& owner = *devices_[owners_.at(group.id)];
  const auto path =
      "/api/v1/chat/history?conversation_id=" + group.id + "&after_seq=" + std::to_string(group.last_seq());
  const auto deadline = Clock::now() + patience;
  json found = json::array();
  while (found.empty() && Clock::now() < deadline) found = owner.person().http.get(path).json.at("messages");
  if (found.size() != 1) throw std::runtime_error("one system message should have come: " + found.dump());
  const auto& told = found.front();
  Message message;
  message.id = told.at("message_id");
  message.seq = told.at("seq");
  message.sender = told.at("sender_id");
  message.kind = told.at("kind");
  message.content = told.at("content");
  if (message.kind != "system" || !model_.sent(group.id, std::move(message))) {
    throw std::runtime_error("not the system message: " + told.dump());
  }
}

void Driver::drop() {
  auto& device = any_device();
  if (!device.connected()) return;
  note(device.name() + " drops its connection");
  device.drop();
}

void Driver::restart() {
  server_.kill();
  for (const auto& device : devices_) device->drop();
  server_.start();
}

/// What was not acknowledged is sent again: all of it is there in the end, once.
void Driver::crash() {
  std::vector<Sent> sent;
  for (std::size_t i = 0, count = 3 + below(20); i < count; ++i) {
    auto& device = connected_device();
    const auto& id = any_conversation().id;
    if (!model_.send_error(device.user(), id).empty()) continue;
    ++sent_;
    sent.push_back({&device, id, "text " + std::to_string(sent_), "c" + std::to_string(sent_)});
    note(device.name() + " sends \"" + sent.back().text + "\" to " + id);
    device.send_later(id, sent.back().text, sent.back().id);
  }
  if (!sent.empty() && below(2) == 0) sent.front().device->wait_for_acks({sent.front().id});
  note("the server is killed");
  restart();
  std::vector<std::pair<json, const Sent*>> acks;
  for (const auto& message : sent) {
    auto& device = *message.device;
    if (!device.connected()) device.connect(step_, 1 + static_cast<long>(below(60)));
    const auto reply = device.send_text(message.conversation, message.text, message.id);
    expect(reply.error, "", "sending again");
    acks.emplace_back(reply.data, &message);
  }
  std::ranges::sort(acks, {}, [](const auto& entry) { return entry.first.at("seq").template get<long>(); });
  for (const auto& [ack, message] : acks) add(message->conversation, message->device->user(), message->text, ack);
}

/// A change whose answer was lost is asked for again, and takes effect once.
void Driver::crash_while_editing() {
  auto& conversation = any_conversation();
  auto* const message = any_message(conversation);
  if (message == nullptr) return;
  for (const auto& device : devices_) {
    if (device->user() != message->sender) continue;
    auto after = *message;
    auto changed = conversation;
    const auto text = "edited " + std::to_string(++sent_);
    if (!model_.edit(device->user(), changed, after, text).empty()) return;
    if (!device->connected()) device->connect(step_, 20);
    note(device->name() + " edits " + std::to_string(message->seq) + " of " + conversation.id +
         ", the server is killed, it asks again: " + text);
    const json wanted{{"message_id", message->id}, {"content", text}};
    device->person().socket().send("message.edit", wanted);
    if (below(2) == 0) device->pump();
    restart();
    device->connect(step_, 20);
    expect(device->command("message.edit", wanted).error, "", "editing again");
    expect(model_.edit(device->user(), conversation, *message, text), "", "the model");
    return;
  }
}

}  // namespace netherlink::test::model
