#include <algorithm>

#include <memory>
#include <random>
#include <set>
#include <thread>

#include "integration/chaos_client.hpp"
#include "support/catch.hpp"

namespace netherlink::test {
namespace {

using nlohmann::json;

/// Says something to the world over REST again and again, each until it is acknowledged.
class RestSender {
 public:
  explicit RestSender(const ServerProcess& server) : person_(server, "rest"), thread_([this] { run(); }) {}
  ~RestSender() { finish(); }
  RestSender(const RestSender&) = delete;
  RestSender& operator=(const RestSender&) = delete;

  void finish() {
    finishing_ = true;
    if (thread_.joinable()) thread_.join();
  }
  /// After finish().
  const std::map<std::string, long>& acked() const { return acked_; }  // seq by client_msg_id
  const std::string& failure() const { return failure_; }
  std::size_t retried() const { return retried_; }

 private:
  void run() {
    try {
      while (!finishing_) {
        const auto message = text_message("world", "over REST, number " + std::to_string(acked_.size()));
        while (!acknowledged(message)) ++retried_;
      }
    } catch (const std::exception& problem) {
      failure_ = problem.what();
    }
  }

  bool acknowledged(const json& message) {
    try {
      const auto answer = person_.http.post("/api/v1/chat/messages", message);
      if (answer.status / 100 == 2) acked_[message.at("client_msg_id")] = answer.json.at("seq");
      if (answer.status != 503) return answer.status / 100 == 2 || throw_refused(answer);
    } catch (const ConnectionLost&) {
    }
    std::this_thread::sleep_for(milliseconds(10));
    return false;
  }

  [[noreturn]] static bool throw_refused(const HttpAnswer& answer) {
    throw std::runtime_error("refused: " + answer.body);
  }

  Person person_;
  std::map<std::string, long> acked_;
  std::string failure_;
  std::size_t retried_ = 0;
  std::atomic<bool> finishing_{false};
  std::thread thread_;
};

/// Some people who all talk to each other and to the world.
struct Crowd {
  Crowd(const ServerProcess& server, std::size_t count, ChaosClient::Options options) {
    for (std::size_t i = 0; i < count; ++i) people.push_back(std::make_unique<Person>(server, "chaos"));
    for (std::size_t i = 0; i < count; ++i) {
      auto conversations = conversations_of(i);
      all.insert(conversations.begin(), conversations.end());
      clients.push_back(std::make_unique<ChaosClient>(*people[i], server.port(), std::move(conversations), options));
    }
  }

  std::vector<std::string> conversations_of(std::size_t person) const {
    std::vector<std::string> ids{"world"};
    for (std::size_t other = 0; other < people.size(); ++other) {
      if (other != person) ids.push_back(people[person]->with(*people[other]));
    }
    return ids;
  }

  std::size_t acknowledged() const {
    std::size_t sum = 0;
    for (const auto& client : clients) sum += client->acknowledged();
    return sum;
  }

  bool failed() const {
    return std::any_of(clients.begin(), clients.end(), [](const auto& client) { return client->failed(); });
  }

  /// Waits until everybody is connected and `more` messages were acknowledged. False: that does not happen.
  bool make_progress(std::size_t more) const {
    const auto goal = acknowledged() + more;
    const auto deadline = Clock::now() + 3 * patience;
    const auto there = [&] {
      return acknowledged() >= goal &&
             std::all_of(clients.begin(), clients.end(), [](const auto& c) { return c->connected(); });
    };
    while (!there() && !failed() && Clock::now() < deadline) std::this_thread::sleep_for(milliseconds(2));
    return there();
  }

  void finish() {
    for (auto& client : clients) client->finish();
    for (auto& client : clients) client->catch_up();
    for (auto& client : clients) CHECK(client->failure() == "");
  }

  std::vector<std::unique_ptr<Person>> people;
  std::vector<std::unique_ptr<ChaosClient>> clients;
  std::set<std::string> all;
};

/// Of those of `sent` that `history` holds, the order must be the same.
void check_order_of_sender(const std::vector<std::string>& sent, const std::vector<json>& history,
                           const std::string& sender) {
  std::vector<std::string> stored;
  for (const auto& message : history) {
    if (message.at("sender_id") == sender) stored.push_back(message.at("client_msg_id"));
  }
  CHECK(stored == sent);
}

/// Nothing acknowledged is missing, nothing is there twice, seq is 1..n, and everybody saw it like that.
void check_everything(Crowd& crowd, bool order_of_senders, const RestSender* rest = nullptr) {
  std::size_t stored = 0, acknowledged = rest == nullptr ? 0 : rest->acked().size();
  for (const auto& client : crowd.clients) acknowledged += client->acked().size();
  for (const auto& conversation : crowd.all) {
    INFO(conversation);
    const auto member = std::find_if(crowd.people.begin(), crowd.people.end(), [&](const auto& person) {
      return conversation == "world" || conversation.find(person->id) != std::string::npos;
    });
    const auto history = whole_history(**member, conversation);
    stored += history.size();
    std::vector<std::string> ids;
    std::set<std::pair<std::string, std::string>> keys;
    for (const auto& message : history) {
      ids.push_back(message.at("message_id"));
      CHECK(message.at("seq") == ids.size());
      keys.emplace(message.at("sender_id"), message.at("client_msg_id"));
    }
    CHECK(keys.size() == history.size());
    for (const auto& message : history) {
      if (rest == nullptr || !rest->acked().contains(message.at("client_msg_id"))) continue;
      CHECK(rest->acked().at(message.at("client_msg_id")) == message.at("seq"));
    }
    CHECK(std::set<std::string>(ids.begin(), ids.end()).size() == ids.size());
    for (const auto& client : crowd.clients) {
      if (conversation != "world" && conversation.find(client->user()) == std::string::npos) continue;
      CHECK(client->seen(conversation) == ids);
      if (order_of_senders) check_order_of_sender(client->sent(conversation), history, client->user());
      for (const auto& [id, ack] : client->acked()) {
        if (ack.conversation == conversation) CHECK(ids.at(static_cast<std::size_t>(ack.seq) - 1) == ack.message_id);
      }
    }
  }
  CHECK(stored == acknowledged);
}

}  // namespace

TEST_CASE("chaos: killed twenty times under load, nothing is lost, doubled or out of order", "[chaos]") {
  ServerProcess server;
  Crowd crowd(server, 4, {});
  RestSender rest(server);
  std::mt19937 random(20);
  for (int i = 0; i < 20; ++i) {
    const bool progress = crowd.make_progress(50 + random() % 150);
    CHECK(progress);
    if (!progress) break;
    server.kill();
    server.start();
  }
  rest.finish();
  CHECK(rest.failure() == "");
  CHECK(rest.acked().size() > 20);
  crowd.finish();
  check_everything(crowd, true, &rest);
  std::size_t retried = 0;
  for (const auto& client : crowd.clients) retried += client->retried();
  CHECK(retried > 0);  // otherwise the kills hit nothing
}

TEST_CASE("chaos: asked to stop under load, the server leaves nothing to send again", "[chaos]") {
  ServerProcess server;
  Crowd crowd(server, 4, {});
  for (int i = 0; i < 5; ++i) {
    const bool progress = crowd.make_progress(150);
    CHECK(progress);
    if (!progress) break;
    CHECK(server.terminate() == 0);
    server.start();
  }
  crowd.finish();
  check_everything(crowd, true);
  for (const auto& client : crowd.clients) {
    CHECK(client->retried() == 0);
    CHECK(client->errors() == 0);
    CHECK(client->close_codes() == std::vector<int>(5, 1001));
  }
}

TEST_CASE("chaos: clients that drop and come back miss nothing", "[chaos]") {
  ServerProcess server;
  ChaosClient::Options options;
  options.drop_after = milliseconds(150);
  Crowd crowd(server, 4, options);
  const auto until = Clock::now() + milliseconds(6000);
  while (Clock::now() < until && !crowd.failed()) std::this_thread::sleep_for(milliseconds(20));
  crowd.finish();
  check_everything(crowd, false);
}

}  // namespace netherlink::test
