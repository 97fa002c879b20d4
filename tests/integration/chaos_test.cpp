#include <algorithm>

#include <memory>
#include <random>
#include <set>
#include <thread>

#include "support/catch.hpp"
#include "support/chaos_crowd.hpp"

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
  check_everything(crowd, rest.acked());
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
  check_everything(crowd);
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
  check_everything(crowd);
}

}  // namespace netherlink::test
