#include "support/chaos_crowd.hpp"

#include <algorithm>
#include <thread>

#include "support/catch.hpp"

namespace netherlink::test {
namespace {

using nlohmann::json;

/// Of those of `sent` that `history` holds, the order must be the same.
void check_order_of_sender(const std::vector<std::string>& sent, const std::vector<json>& history,
                           const std::string& sender) {
  std::vector<std::string> stored;
  for (const auto& message : history) {
    if (message.at("sender_id") == sender) stored.push_back(message.at("client_msg_id"));
  }
  CHECK(stored == sent);
}

/// The ids, which must be as many as there are seqs.
std::vector<std::string> check_history(const std::vector<json>& history, const std::map<std::string, long>& rest) {
  std::vector<std::string> ids;
  std::set<std::pair<std::string, std::string>> keys;
  for (const auto& message : history) {
    ids.push_back(message.at("message_id"));
    CHECK(message.at("seq") == ids.size());
    keys.emplace(message.at("sender_id"), message.at("client_msg_id"));
    const auto sent = rest.find(message.at("client_msg_id"));
    if (sent != rest.end()) CHECK(sent->second == message.at("seq"));
  }
  CHECK(keys.size() == history.size());
  CHECK(std::set<std::string>(ids.begin(), ids.end()).size() == ids.size());
  return ids;
}

}  // namespace

Crowd::Crowd(const std::vector<std::uint16_t>& ports, std::size_t count, ChaosClient::Options options) {
  for (std::size_t i = 0; i < count; ++i) people.push_back(std::make_unique<Person>(ports[i % ports.size()], "chaos"));
  for (std::size_t i = 0; i < count; ++i) {
    auto conversations = conversations_of(i);
    all.insert(conversations.begin(), conversations.end());
    clients.push_back(std::make_unique<ChaosClient>(*people[i], ports, std::move(conversations), options));
  }
}

std::vector<std::string> Crowd::conversations_of(std::size_t person) const {
  std::vector<std::string> ids{"world"};
  for (std::size_t other = 0; other < people.size(); ++other) {
    if (other != person) ids.push_back(people[person]->with(*people[other]));
  }
  return ids;
}

std::size_t Crowd::acknowledged() const {
  std::size_t sum = 0;
  for (const auto& client : clients) sum += client->acknowledged();
  return sum;
}

bool Crowd::failed() const {
  return std::any_of(clients.begin(), clients.end(), [](const auto& client) { return client->failed(); });
}

bool Crowd::make_progress(std::size_t more, milliseconds timeout) const {
  const auto goal = acknowledged() + more;
  const auto deadline = Clock::now() + timeout;
  const auto there = [&] {
    return acknowledged() >= goal &&
           std::all_of(clients.begin(), clients.end(), [](const auto& c) { return c->connected(); });
  };
  while (!there() && !failed() && Clock::now() < deadline) std::this_thread::sleep_for(milliseconds(2));
  return there();
}

void Crowd::finish() {
  for (auto& client : clients) client->finish();
  for (auto& client : clients) client->catch_up();
  for (auto& client : clients) CHECK(client->failure() == "");
}

void check_everything(Crowd& crowd, const std::map<std::string, long>& rest) {
  std::size_t stored = 0, acknowledged = rest.size();
  for (const auto& client : crowd.clients) acknowledged += client->acked().size();
  for (const auto& conversation : crowd.all) {
    INFO(conversation);
    const auto member = std::find_if(crowd.people.begin(), crowd.people.end(), [&](const auto& person) {
      return conversation == "world" || conversation.find(person->id) != std::string::npos;
    });
    const auto history = whole_history(**member, conversation);
    stored += history.size();
    const auto ids = check_history(history, rest);
    for (const auto& client : crowd.clients) {
      if (conversation != "world" && conversation.find(client->user()) == std::string::npos) continue;
      CHECK(client->seen(conversation) == ids);
      if (client->errors() == 0 && !client->drops()) {
        check_order_of_sender(client->sent(conversation), history, client->user());
      }
      for (const auto& [id, ack] : client->acked()) {
        if (ack.conversation == conversation) CHECK(ids.at(static_cast<std::size_t>(ack.seq) - 1) == ack.message_id);
      }
    }
  }
  CHECK(stored == acknowledged);
}

}  // namespace netherlink::test
