// Addresses that are confirmed and passwords that are reset (U9), with a real mail server.
#include <atomic>
#include <thread>

#include "support/catch.hpp"
#include "support/email.hpp"
#include "support/people.hpp"
#include "support/server_process.hpp"

namespace netherlink::test {
namespace {

using nlohmann::json;

SmtpServer& smtp() {
  static SmtpServer server;
  return server;
}

ServerProcess& server() {
  static ServerProcess process(smtp().settings());
  return process;
}

constexpr const char* new_password = "another horse 8";

}  // namespace

TEST_CASE("email: without a mail server it is off, and says so", "[email]") {
  ServerProcess plain;
  HttpClient http(plain.port());
  CHECK(http.get("/api/v1/client-config").json["features"]["email"] == false);
  Correspondent ada(plain.port(), "ada");
  CHECK(ada.login["user"]["email"] == ada.address);
  CHECK(ada.login["user"]["email_verified"] == false);
  CHECK_FALSE(ada.login["user"].contains("email_pending"));
  CHECK(ask_for_reset(http, ada.address).code() == "email.disabled");
  CHECK(redeem(http, "x", new_password).code() == "email.disabled");
  CHECK(verify_address(http, "x").code() == "email.disabled");
  CHECK(ada.http.request("POST", "/api/v1/auth/email/verify/request").code() == "email.disabled");
  CHECK(change_address(ada, new_address("x"), ada.password).code() == "email.disabled");
  CHECK(ada.http.request("DELETE", "/api/v1/users/me/email", json{{"password", ada.password}}).status == 404);
  // Nobody can confirm an address here: it is the first one's, and signs in.
  CHECK(sign_in(plain.port(), ada.address, ada.password).status == 200);
}

TEST_CASE("email: an address is confirmed with the code that comes", "[email]") {
  HttpClient http(server().port());
  CHECK(http.get("/api/v1/client-config").json["features"]["email"] == true);
  Correspondent ada(server().port(), "ada");
  CHECK(ada.login["user"]["email"] == ada.address);
  CHECK(ada.login["user"]["email_verified"] == false);
  const auto mail = smtp().wait_for(ada.address);
  const auto code = code_in(mail);
  CHECK(mail["from"] == "noreply@play.example");
  CHECK(mail["header_from"] == "NetherLink 测试 <noreply@play.example>");
  CHECK(mail["subject"] == "Confirm your e-mail address");
  CHECK(mail["helo"] == "play.example");
  const std::string text = mail["text"], html = mail["html"];
  auto plain_code = code;
  std::erase(plain_code, '-');
  CHECK(text.find("https://play.example/verify-email#" + plain_code) != text.npos);
  CHECK(html.find("href=\"https://play.example/verify-email#" + plain_code + "\"") != html.npos);
  CHECK(html.find(code) != html.npos);
  CHECK(text.find(ada.username) != text.npos);

  // It does not sign in before.
  CHECK(sign_in(server().port(), ada.address, ada.password).code() == "auth.invalid_credentials");
  CHECK(sign_in(server().port(), ada.username, ada.password).status == 200);

  auto typed = code;
  for (auto& c : typed) c = c == '-' ? ' ' : static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  CHECK(verify_address(http, typed).status == 204);
  CHECK(ada.profile()["email_verified"] == true);
  CHECK(sign_in(server().port(), ada.address, ada.password).status == 200);
  CHECK(verify_address(http, code).code() == "email.code_invalid");
  CHECK(ada.http.request("POST", "/api/v1/auth/email/verify/request").code() == "email.nothing_to_verify");
  CHECK(http.get("/api/v1/users/" + ada.user_id()).status == 401);
  Person bob(server(), "bob");
  CHECK_FALSE(bob.http.get("/api/v1/users/" + ada.user_id()).json.contains("email"));
  CHECK(bob.http.request("POST", "/api/v1/auth/email/verify/request").code() == "email.nothing_to_verify");
}

TEST_CASE("email: mails are in the language of who asks", "[email]") {
  Correspondent ada(server().port(), "ada", "fr, zh-CN;q=0.9, en;q=0.5");
  const auto mail = smtp().wait_for(ada.address);
  CHECK(mail["subject"] == "确认你的电子邮箱地址");
  const std::string raw = mail["raw_subject"], text = mail["text"], html = mail["html"];
  CHECK(raw.starts_with("=?UTF-8?Q?"));
  CHECK(text.find("验证码") != text.npos);
  CHECK(html.find("lang=\"zh-CN\"") != html.npos);
  confirm(ada, smtp());
  CHECK(ask_for_reset(ada.http, ada.address, "en-GB,zh;q=0.3").status == 202);
  CHECK(smtp().wait_for(ada.address, 1)["subject"] == "Set a new password");
}

TEST_CASE("email: an address may have letters of any script", "[email]") {
  Correspondent ada(server().port(), "ada");
  const auto address = new_address("爱达");
  CHECK(change_address(ada, address, ada.password).status == 202);
  CHECK(verify_address(ada.http, code_in(smtp().wait_for(address))).status == 204);
  CHECK(sign_in(server().port(), address, ada.password).status == 200);
}

TEST_CASE("email: a password is reset, and every session ends", "[email]") {
  Correspondent ada(server().port(), "ada");
  confirm(ada, smtp());
  WsClient socket(server().port(), ada.http.token());
  HttpClient stranger(server().port());
  const auto code = reset_code(stranger, smtp(), ada.address);
  CHECK(redeem(stranger, code, "short").code() == "auth.weak_password");
  CHECK(redeem(stranger, code, ada.username).fields() == std::vector<std::string>{"password"});
  CHECK(redeem(stranger, code, new_password).status == 204);

  CHECK(socket.wait_close() == 4002);
  CHECK(ada.http.get("/api/v1/users/me").code() == "auth.session_revoked");
  CHECK(stranger.post("/api/v1/auth/refresh", {{"refresh_token", ada.login["refresh_token"]}}).code() ==
        "auth.refresh_invalid");
  CHECK(sign_in(server().port(), ada.username, ada.password).code() == "auth.invalid_credentials");
  CHECK(sign_in(server().port(), ada.address, new_password).status == 200);
  CHECK(smtp().wait_for(ada.address, 2)["subject"] == "Your password was changed");
  CHECK(redeem(stranger, code, "yet another 9").code() == "email.code_invalid");
}

TEST_CASE("email: a reset that is asked for tells nobody whether an address is known", "[email]") {
  Correspondent ada(server().port(), "ada"), unconfirmed(server().port(), "bob");
  confirm(ada, smtp());
  smtp().wait_for(unconfirmed.address);
  HttpClient http(server().port());
  const auto unknown = new_address("nobody");
  const auto known = ask_for_reset(http, ada.address);
  for (const auto& address : {unknown, unconfirmed.address}) {
    const auto answer = ask_for_reset(http, address);
    CHECK(answer.status == known.status);
    CHECK(answer.body == known.body);
  }
  CHECK(ask_for_reset(http, "no address").fields() == std::vector<std::string>{"email"});
  CHECK(ask_for_reset(http, "a@b.example\r\nBcc: eve@evil.example").code() == "request.invalid");
  smtp().wait_for(ada.address, 1);
  // Behind the others; whatever they bring is there when this one is.
  CHECK_FALSE(reset_code(http, smtp(), ada.address).empty());
  CHECK(smtp().mails_to(unknown).empty());
  CHECK(smtp().mails_to(unconfirmed.address).size() == 1);
}

TEST_CASE("email: another address takes over once it is confirmed", "[email]") {
  Correspondent ada(server().port(), "ada");
  confirm(ada, smtp());
  const auto old_code = reset_code(ada.http, smtp(), ada.address);
  const auto second = new_address("ada.second"), third = new_address("ada.third");
  CHECK(change_address(ada, second, "wrong").code() == "auth.invalid_credentials");
  CHECK(change_address(ada, second, "wrong").status == 403);
  CHECK(change_address(ada, "none", ada.password).fields() == std::vector<std::string>{"email"});
  auto changed = change_address(ada, second, ada.password);
  CHECK(changed.status == 202);
  CHECK(changed.json["email"] == ada.address);
  CHECK(changed.json["email_verified"] == true);
  CHECK(changed.json["email_pending"] == second);
  CHECK(smtp().wait_for(ada.address, 2)["subject"] == "Your e-mail address is being changed");
  const auto overtaken = code_in(smtp().wait_for(second));
  CHECK(change_address(ada, third, ada.password).status == 202);
  CHECK(verify_address(ada.http, overtaken).code() == "email.code_invalid");
  const auto code = code_in(smtp().wait_for(third));
  CHECK(sign_in(server().port(), third, ada.password).status == 401);
  CHECK(sign_in(server().port(), ada.address, ada.password).status == 200);
  CHECK(verify_address(ada.http, code).status == 204);
  CHECK(ada.profile()["email"] == third);
  CHECK_FALSE(ada.profile().contains("email_pending"));
  CHECK(sign_in(server().port(), third, ada.password).status == 200);
  CHECK(sign_in(server().port(), ada.address, ada.password).status == 401);
  // What lies in the old mailbox opens nothing any more.
  CHECK(redeem(ada.http, old_code, new_password).code() == "email.code_invalid");

  CHECK(change_address(ada, second, ada.password).json["email_pending"] == second);
  CHECK_FALSE(change_address(ada, third, ada.password).json.contains("email_pending"));

  CHECK(ada.http.request("DELETE", "/api/v1/users/me/email", json{{"password", "wrong"}}).status == 403);
  CHECK(ada.http.request("DELETE", "/api/v1/users/me/email", json{{"password", ada.password}}).status == 204);
  CHECK(ada.profile()["email"] == "");
  CHECK(ada.profile()["email_verified"] == false);
  CHECK(sign_in(server().port(), third, ada.password).status == 401);
}

TEST_CASE("email: an address belongs to who confirms it first", "[email]") {
  Correspondent ada(server().port(), "ada"), eve(server().port(), "eve");
  confirm(eve, smtp());
  // Both may say it; nobody is told of the other.
  CHECK(change_address(ada, new_address("shared"), ada.password).status == 202);
  const std::string shared = ada.profile()["email"];
  CHECK(change_address(eve, shared, eve.password).status == 202);
  const auto first = code_in(smtp().wait_for(shared, 0)), other = code_in(smtp().wait_for(shared, 1));
  CHECK(verify_address(ada.http, first).status == 204);
  CHECK(verify_address(eve.http, other).code() == "email.taken");
  CHECK(eve.profile()["email"] == eve.address);

  // From now on its owner hears of it, and there is no code.
  CHECK(eve.http.request("POST", "/api/v1/auth/email/verify/request").status == 202);
  const auto word = smtp().wait_for(shared, 2);
  CHECK(word["subject"] == "You have an account with this address already");
  CHECK(code_in(word).empty());
  Correspondent mallory(server().port(), "mallory");
  const auto registered = mallory.http.post(
      "/api/v1/auth/register", {{"username", unique("second")}, {"password", "correct horse 7"}, {"email", shared}});
  CHECK(registered.status == 201);
  CHECK(code_in(smtp().wait_for(shared, 3)).empty());
}

TEST_CASE("email: of those who use a code at once one succeeds", "[email]") {
  Correspondent ada(server().port(), "ada");
  confirm(ada, smtp());
  for (int round = 0; round < 3; ++round) {
    HttpClient http(server().port());
    const auto code = reset_code(http, smtp(), ada.address);
    std::atomic<int> done = 0, refused = 0;
    std::vector<std::thread> threads;
    for (int t = 0; t < 6; ++t) {
      threads.emplace_back([&, t] {
        HttpClient own(server().port());
        const auto answer = redeem(own, code, "their password " + std::to_string(t));
        done += answer.status == 204 ? 1 : 0;
        refused += answer.code() == "email.code_invalid" ? 1 : 0;
      });
    }
    for (auto& thread : threads) thread.join();
    CHECK(done == 1);
    CHECK(refused == 5);
    // The notice, so that the next code is told apart.
    smtp().wait_for(ada.address, static_cast<std::size_t>(2 + 2 * round));
  }
}

TEST_CASE("email: a code that is guessed at dies, and so does one whose time is over", "[email]") {
  Correspondent ada(server().port(), "ada");
  confirm(ada, smtp());
  HttpClient http(server().port());
  const auto code = reset_code(http, smtp(), ada.address);
  auto wrong = code;
  wrong.back() = wrong.back() == '7' ? '8' : '7';
  for (int guess = 0; guess < 5; ++guess) CHECK(redeem(http, wrong, new_password).code() == "email.code_invalid");
  CHECK(redeem(http, code, new_password).code() == "email.code_invalid");
  CHECK(verify_address(http, reset_code(http, smtp(), ada.address)).code() == "email.code_invalid");  // another topic

  auto settings = smtp().settings();
  settings.emplace_back("email.code_ttl=1s");
  ServerProcess hasty(settings);
  CHECK(HttpClient(hasty.port()).get("/api/v1/client-config").json["limits"]["email_code_ttl"] == 1);
  Correspondent bob(hasty.port(), "bob");
  const auto late = code_in(smtp().wait_for(bob.address));
  std::this_thread::sleep_for(milliseconds(1500));  // longer than it lives
  CHECK(verify_address(bob.http, late).code() == "email.code_invalid");
  CHECK(bob.http.request("POST", "/api/v1/auth/email/verify/request").status == 202);
}

TEST_CASE("email: guests have none, accounts that are gone get none", "[email]") {
  HttpClient guest(server().port());
  guest.set_token(guest.post("/api/v1/auth/guest", {{"nickname", "Wanderer"}}).json["access_token"]);
  CHECK(guest.put("/api/v1/users/me/email", {{"email", new_address("guest")}, {"password", ""}}).code() ==
        "auth.guest");
  CHECK(guest.request("POST", "/api/v1/auth/email/verify/request").code() == "auth.guest");
  const auto address = new_address("settled");
  const auto upgraded = guest.post(
      "/api/v1/auth/upgrade", {{"username", unique("settled")}, {"password", "correct horse 7"}, {"email", address}});
  CHECK(upgraded.json["email"] == address);
  CHECK(verify_address(guest, code_in(smtp().wait_for(address))).status == 204);

  const auto code = reset_code(guest, smtp(), address);
  CHECK(guest.request("DELETE", "/api/v1/users/me", json{{"password", "correct horse 7"}}).status == 204);
  CHECK(redeem(guest, code, new_password).code() == "email.code_invalid");
  Correspondent next(server().port(), "next");
  CHECK(change_address(next, address, next.password).status == 202);
  CHECK(verify_address(next.http, code_in(smtp().wait_for(address, 2))).status == 204);
}

TEST_CASE("email: mails and codes are limited by address, and by who asks", "[email]") {
  auto settings = smtp().settings();
  settings.insert(settings.end(), {"rate_limits.enabled=true", "rate_limits.email_address=2/0.001",
                                   "rate_limits.email_ip=5/0.001", "rate_limits.email_code_ip=3/0.001"});
  ServerProcess strict(settings);
  HttpClient http(strict.port());
  Correspondent ada(strict.port(), "ada");  // one mail
  confirm(ada, smtp());                     // one code
  CHECK(ask_for_reset(http, ada.address).status == 202);
  const auto known = ask_for_reset(http, ada.address);
  CHECK(known.code() == "request.rate_limited");
  CHECK_FALSE(known.header("retry-after").empty());
  const auto nobody = new_address("nobody");
  CHECK(ask_for_reset(http, nobody).status == 202);
  CHECK(ask_for_reset(http, nobody).status == 202);
  CHECK(ask_for_reset(http, new_address("nobody")).status == 429);  // the sixth by this client
  for (int guess = 0; guess < 2; ++guess) CHECK(redeem(http, "wrong", new_password).status == 404);
  CHECK(redeem(http, "wrong", new_password).status == 429);
  CHECK(verify_address(http, "wrong").status == 429);
}

}  // namespace netherlink::test
