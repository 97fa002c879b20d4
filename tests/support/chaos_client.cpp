#include "support/chaos_client.hpp"

#include <algorithm>

namespace netherlink::test {

using nlohmann::json;

ChaosClient::ChaosClient(Person& person, std::vector<std::uint16_t> ports, std::vector<std::string> conversations,
                         Options options)
    : person_(person),
      ports_(std::move(ports)),
      next_port_(std::hash<std::string>()(person.id)),
      conversations_(std::move(conversations)),
      options_(options),
      random_(static_cast<std::mt19937::result_type>(std::hash<std::string>()(person.id))),
      thread_([this] { run(); }) {}

ChaosClient::~ChaosClient() {
  aborted_ = true;
  finish();
}

void ChaosClient::finish() {
  finishing_ = true;
  if (thread_.joinable()) thread_.join();
}

void ChaosClient::catch_up() {
  if (!failure_.empty()) return;
  try {
    connect();
    for (const auto& frame : socket_->collect("message.new")) on_message(frame.at("message"));
    socket_.reset();
  } catch (const std::exception& problem) {
    fail(problem.what());
  }
}

void ChaosClient::fail(const std::string& why) {
  failure_ = why;
  failed_ = true;
}

void ChaosClient::run() {
  while (!failed_ && !done()) {
    try {
      serve_connection();
    } catch (const SocketClosed& closed) {
      close_codes_.push_back(closed.code);
    } catch (const ConnectionLost&) {
      std::this_thread::sleep_for(milliseconds(10));
    } catch (const HandshakeRefused& refused) {
      if (refused.answer.status != 503) fail(refused.what());
      std::this_thread::sleep_for(milliseconds(10));
    } catch (const std::exception& problem) {
      fail(problem.what());
    }
    connected_ = false;
    socket_.reset();
  }
}

void ChaosClient::serve_connection() {
  connect();
  for (const auto& message : pending_) send(message);
  retried_ += pending_.size();
  connected_ = true;
  const auto until = Clock::now() + options_.drop_after;
  while (!done()) {
    while (!finishing_ && !draining_ && pending_.size() < options_.window) send_new();
    if (const auto frame = socket_->receive(milliseconds(50))) handle(*frame);
    if (options_.drop_after.count() > 0 && Clock::now() > until) return;
  }
}

/// Brings the client level: after this the next frame of each conversation is the one after what was seen.
void ChaosClient::connect() {
  draining_ = false;
  socket_.emplace(ports_[next_port_++ % ports_.size()], person_.token);
  for (const auto& conversation : socket_->welcome().at("conversations")) {
    sync(conversation.at("conversation_id"), conversation.at("last_seq"));
  }
}

void ChaosClient::sync(const std::string& conversation, long upto) {
  auto& seen = seen_[conversation];
  while (static_cast<long>(seen.size()) < upto) {
    const json wanted{{"conversation_id", conversation}, {"after_seq", seen.size()}};
    const auto result = socket_->ask("sync", {{"conversations", {wanted}}, {"limit", 200}}, "sync.result");
    const auto& messages = result.at("conversations").at(0).at("messages");
    if (messages.empty()) throw ContractViolation("sync is empty before the end of " + conversation);
    for (const auto& message : messages) {
      if (message.at("seq") <= upto) on_message(message);  // what is newer comes by itself
    }
  }
}

void ChaosClient::send_new() {
  const auto& conversation = conversations_[random_() % conversations_.size()];
  auto& sent = sent_[conversation];
  const auto id = unique("chaos");
  pending_.push_back({conversation, id, "number " + std::to_string(sent.size()) + " of " + person_.username});
  sent.push_back(id);
  send(pending_.back());
}

void ChaosClient::send(const Pending& message) {
  socket_->send("message.send", text_message(message.conversation, message.text, message.id));
}

void ChaosClient::handle(const json& frame) {
  const auto& type = frame.at("type");
  const auto& data = frame.at("data");
  if (type == "message.ack") {
    on_ack(data);
  } else if (type == "message.new") {
    on_message(data.at("message"));
  } else if (type == "draining") {
    draining_ = true;
  } else if (type == "error") {
    ++errors_;
    const auto& code = data.at("code");
    if (code != "server.unavailable" && code != "server.overloaded")
      throw ContractViolation("refused: " + frame.dump());
    throw ConnectionLost("refused for now");  // again, in order, over a new connection
  } else {
    throw ContractViolation("unexpected: " + frame.dump());
  }
}

void ChaosClient::on_ack(const json& ack) {
  const auto id = ack.at("client_msg_id").get<std::string>();
  const auto found = std::find_if(pending_.begin(), pending_.end(), [&](const Pending& p) { return p.id == id; });
  if (found == pending_.end()) throw ContractViolation("an ack twice, or of nothing: " + ack.dump());
  acked_[id] = {ack.at("conversation_id"), ack.at("message_id"), ack.at("seq")};
  if (found->conversation != acked_[id].conversation)
    throw ContractViolation("an ack of another conversation: " + ack.dump());
  pending_.erase(found);
  ++acknowledged_;
  if (!ack.at("duplicate")) advance(acked_[id].conversation, acked_[id].seq, acked_[id].message_id);
}

void ChaosClient::on_message(const json& message) {
  advance(message.at("conversation_id"), message.at("seq"), message.at("message_id"));
}

void ChaosClient::advance(const std::string& conversation, long seq, const std::string& message_id) {
  auto& seen = seen_[conversation];
  if (seq != static_cast<long>(seen.size()) + 1) {
    throw ContractViolation(conversation + ": seq " + std::to_string(seq) + " after " + std::to_string(seen.size()));
  }
  seen.push_back(message_id);
}

}  // namespace netherlink::test
