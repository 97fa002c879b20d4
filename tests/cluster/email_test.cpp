// Mails and codes, wherever somebody is connected.
#include <atomic>
#include <set>
#include <thread>

#include "support/catch.hpp"
#include "support/email.hpp"
#include "support/stack.hpp"

namespace netherlink::test {
namespace {

using nlohmann::json;

SmtpServer& smtp() {
  static SmtpServer server;
  return server;
}

Replicas& replicas() {
  static Replicas two(Stack::shared(), 2, smtp().settings());
  return two;
}

}  // namespace

TEST_CASE("email on replicas: each mail goes out once, whoever sends it", "[email]") {
  std::vector<std::unique_ptr<Correspondent>> people;
  for (std::size_t i = 0; i < 20; ++i) {
    people.push_back(std::make_unique<Correspondent>(replicas()[i % 2].port(), "person"));
  }
  for (const auto& person : people) smtp().wait_for(person->address);
  // Behind all others, on both.
  for (std::size_t i = 0; i < 2; ++i) {
    Correspondent last(replicas()[i].port(), "last");
    smtp().wait_for(last.address);
  }
  std::multiset<std::string> ids;
  for (const auto& mail : smtp().mails()) ids.insert(mail["message_id"].get<std::string>());
  CHECK(ids.size() == std::set<std::string>(ids.begin(), ids.end()).size());
  for (const auto& person : people) CHECK(smtp().mails_to(person->address).size() == 1);
}

TEST_CASE("email on replicas: of those who use a code at once one succeeds, and sessions end everywhere", "[email]") {
  Correspondent ada(replicas()[0].port(), "ada");
  HttpClient other(replicas()[1].port());
  CHECK(verify_address(other, code_in(smtp().wait_for(ada.address))).status == 204);
  const auto elsewhere = sign_in(replicas()[1].port(), ada.address, ada.password);
  REQUIRE(elsewhere.status == 200);
  WsClient here(replicas()[0].port(), ada.http.token()), there(replicas()[1].port(), elsewhere.json["access_token"]);
  const auto code = reset_code(other, smtp(), ada.address);
  std::atomic<int> done = 0, refused = 0;
  std::vector<std::thread> threads;
  for (std::size_t t = 0; t < 6; ++t) {
    threads.emplace_back([&, t] {
      HttpClient http(replicas()[t % 2].port());
      const auto answer = redeem(http, code, "their password " + std::to_string(t));
      done += answer.status == 204 ? 1 : 0;
      refused += answer.code() == "email.code_invalid" ? 1 : 0;
    });
  }
  for (auto& thread : threads) thread.join();
  CHECK(done == 1);
  CHECK(refused == 5);
  CHECK(here.wait_close() == 4002);
  CHECK(there.wait_close() == 4002);
  CHECK(ada.http.get("/api/v1/users/me").code() == "auth.session_revoked");
}

TEST_CASE("email on replicas: what a replica that dies was sending, another sends", "[email]") {
  SmtpServer mail;
  auto settings = mail.settings();
  settings.emplace_back("email.timeout=500ms");
  Replicas two(Stack::shared(), 1, settings);
  mail.mode("slow");
  Correspondent ada(two[0].port(), "ada");
  while (mail.tries() == 0) std::this_thread::sleep_for(milliseconds(5));
  two[0].kill();
  mail.mode("accept");
  CHECK(mail.mails().empty());
  auto& survivor = two.add();
  survivor.wait_ready();
  const auto came = mail.wait_for(ada.address);
  HttpClient http(survivor.port());
  CHECK(verify_address(http, code_in(came)).status == 204);
  CHECK(mail.mails().size() == 1);
}

}  // namespace netherlink::test
