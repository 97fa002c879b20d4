#include <sys/resource.h>

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

void limit_file_size(pid_t pid, rlim_t bytes) {
  rlimit limit{};
  REQUIRE(::prlimit(pid, RLIMIT_FSIZE, nullptr, &limit) == 0);
  limit.rlim_cur = std::min(bytes, limit.rlim_max);
  REQUIRE(::prlimit(pid, RLIMIT_FSIZE, &limit, nullptr) == 0);
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

TEST_CASE("chaos: a disk that is full is told, and the server recovers when there is room", "[chaos]") {
  ServerProcess server;
  Person ada(server, "ada"), bob(server, "bob");
  bob.socket();
  const auto conversation = ada.with(bob);
  ada.say(conversation, "while there is room");
  // With 0 nothing can be written any more, as on a read-only disk; with what is in use nothing can grow.
  for (const rlim_t bytes :
       {rlim_t{0}, static_cast<rlim_t>(std::filesystem::file_size(server.database().string() + "-wal"))}) {
    INFO(bytes);
    limit_file_size(server.pid(), bytes);
    const auto unsent = unique("unsent");
    json refusal;
    for (int i = 0; i < 500 && refusal.is_null(); ++i) {
      const auto reply = ada.socket().request("message.send",
                                              text_message(conversation, std::string(8000, 'x'), i == 0 ? unsent : ""));
      if (reply.at("type") == "error") refusal = reply.at("data");
    }
    REQUIRE_FALSE(refusal.is_null());
    CHECK(refusal["code"] == "server.unavailable");
    CHECK(refusal["retry_after_ms"] > 0);
    const auto rest = ada.http.post("/api/v1/chat/messages", text_message(conversation, std::string(8000, 'x')));
    CHECK(rest.status == 503);
    CHECK(rest.code() == "server.unavailable");
    CHECK(std::stoi(rest.header("retry-after")) >= 1);
    HttpClient http(server.port());
    CHECK(http.get("/healthz").status == 200);
    CHECK(http.get("/readyz").status == 503);
    CHECK(bob.http.get("/api/v1/chat/history?conversation_id=" + conversation).status == 200);
    CHECK(server.running());

    limit_file_size(server.pid(), RLIM_INFINITY);
    const auto deadline = Clock::now() + patience;
    while (http.get("/readyz").status != 200 && Clock::now() < deadline) std::this_thread::sleep_for(milliseconds(50));
    CHECK(http.get("/readyz").status == 200);
    ada.say(conversation, "there is room again", unsent);
    const auto history = whole_history(bob, conversation);
    for (std::size_t i = 0; i < history.size(); ++i) CHECK(history[i]["seq"] == i + 1);
    CHECK(std::count_if(history.begin(), history.end(), [&](const json& m) { return m["client_msg_id"] == unsent; }) ==
          1);
  }
}

}  // namespace netherlink::test
