// Mails arrive, whatever the mail server does, and not again and again.
#include <set>

#include "support/catch.hpp"
#include "support/email.hpp"
#include "support/redis_server.hpp"
#include "support/server_process.hpp"

namespace netherlink::test {
namespace {

using nlohmann::json;

std::vector<std::string> with(std::vector<std::string> settings, std::vector<std::string> more) {
  settings.insert(settings.end(), more.begin(), more.end());
  return settings;
}

std::size_t times(const std::string& text, std::string_view part) {
  std::size_t count = 0;
  for (auto at = text.find(part); at != text.npos; at = text.find(part, at + 1)) ++count;
  return count;
}

}  // namespace

TEST_CASE("email delivery: what was accepted arrives when the mail server is back, also after kill -9", "[email]") {
  SmtpServer smtp;
  // Short, so that a mail that is being tried when the server dies is soon taken up again.
  ServerProcess server(with(smtp.settings(), {"email.timeout=1s"}));
  smtp.kill();
  Correspondent ada(server.port(), "ada");  // 201, and nobody to hand the mail to
  CHECK(server.wait_for_log("mail server not reached"));
  server.kill();
  server.start();
  CHECK(server.wait_for_log("mail server not reached"));
  smtp.start();
  const auto mail = smtp.wait_for(ada.address);
  CHECK(verify_address(ada.http, code_in(mail)).status == 204);
  CHECK(smtp.mails().size() == 1);
  CHECK(server.terminate() == 0);
}

TEST_CASE("email delivery: a mail that is put off comes later, one that is refused does not", "[email]") {
  SmtpServer smtp;
  ServerProcess server(smtp.settings());
  smtp.mode("busy");
  Correspondent ada(server.port(), "ada");
  CHECK(eventually([&] { return smtp.tries() >= 3; }));
  CHECK(smtp.mails().empty());
  smtp.mode("break");
  const auto tried = smtp.tries();
  CHECK(eventually([&] { return smtp.tries() >= tried + 2; }));
  smtp.mode("accept");
  CHECK(verify_address(ada.http, code_in(smtp.wait_for(ada.address))).status == 204);

  smtp.mode("refuse");
  const auto before = smtp.tries();
  CHECK(ask_for_reset(ada.http, ada.address).status == 202);
  CHECK(eventually([&] { return times(server.log(), "mail refused") == 1; }));
  smtp.mode("refuse_text");
  CHECK(ask_for_reset(ada.http, ada.address).status == 202);
  CHECK(eventually([&] { return times(server.log(), "mail refused") == 2; }));
  smtp.mode("accept");
  CHECK_FALSE(reset_code(ada.http, smtp, ada.address).empty());
  CHECK(smtp.tries() == before + 3);
  CHECK(smtp.mails_to(ada.address).size() == 2);
}

TEST_CASE("email delivery: what the server took and did not say so comes again as the same mail", "[email]") {
  SmtpServer smtp;
  ServerProcess server(smtp.settings());
  smtp.mode("forget");
  Correspondent ada(server.port(), "ada");
  const auto first = smtp.wait_for(ada.address, 0), second = smtp.wait_for(ada.address, 1);
  smtp.mode("accept");
  CHECK(first["message_id"] == second["message_id"]);
  CHECK(code_in(first) == code_in(second));
  CHECK(verify_address(ada.http, code_in(first)).status == 204);
  // Used: it is not brought back by another attempt.
  CHECK(verify_address(ada.http, code_in(second)).code() == "email.code_invalid");
  CHECK(eventually([&] { return smtp.tries() == smtp.mails().size(); }));
}

TEST_CASE("email delivery: a server that says nothing holds up nobody", "[email]") {
  SmtpServer smtp;
  ServerProcess server(with(smtp.settings(), {"email.timeout=300ms", "email.threads=1"}));
  smtp.mode("slow");
  Correspondent ada(server.port(), "ada");
  CHECK(eventually([&] { return smtp.tries() >= 2; }));
  HttpClient http(server.port());
  CHECK(http.get("/healthz").status == 200);
  smtp.mode("accept");
  CHECK_FALSE(code_in(smtp.wait_for(ada.address)).empty());
  smtp.mode("slow");
  CHECK(ada.http.put("/api/v1/users/me/email", {{"email", new_address("x")}, {"password", ada.password}}).status ==
        202);
  CHECK(server.terminate() == 0);
}

TEST_CASE("email delivery: a server that is down is asked now and then, and the queue has an end", "[email]") {
  SmtpServer smtp;
  ServerProcess server(with(smtp.settings(), {"email.queue=3", "email.retry_after=20s"}));
  smtp.kill();
  HttpClient http(server.port());
  Correspondent ada(server.port(), "ada");
  CHECK(server.wait_for_log("mail server not reached"));
  CHECK(ask_for_reset(http, new_address("a")).status == 202);
  CHECK(ask_for_reset(http, new_address("b")).status == 202);
  const auto full = ask_for_reset(http, new_address("c"));
  CHECK(full.code() == "server.overloaded");
  CHECK_FALSE(full.header("retry-after").empty());
  // People are not kept out because mail waits.
  Correspondent bob(server.port(), "bob");
  CHECK(bob.profile()["email_verified"] == false);
  CHECK(times(server.log(), "mail server not reached") <= 2);  // one for each thread
}

TEST_CASE("email delivery: over TLS, with a password, to a server that is who it says", "[email]") {
  for (const auto* tls : {"starttls", "smtps"}) {
    INFO(tls);
    SmtpServer smtp({.tls = tls, .user = "netherlink", .password = "a password of the relay"});
    ServerProcess server(smtp.settings());
    Correspondent ada(server.port(), "ada");
    const auto mail = smtp.wait_for(ada.address);
    CHECK(mail["tls"] == true);
    CHECK(mail["authenticated"] == true);

    ServerProcess distrustful(with(smtp.settings(), {"email.ca_file="}));
    Correspondent bob(distrustful.port(), "bob");
    CHECK(distrustful.wait_for_log("mail server not reached"));
    ServerProcess forgetful(with(smtp.settings(), {"email.password=something else altogether"}));
    Correspondent eve(forgetful.port(), "eve");
    CHECK(forgetful.wait_for_log("mail server not reached"));
    CHECK(forgetful.log().find("something else altogether") == std::string::npos);
    CHECK(smtp.mails().size() == 1);
  }
  // Nothing goes in the clear to a server that cannot do better.
  SmtpServer plain;
  ServerProcess careful(with(plain.settings(), {"email.tls=required"}));
  Correspondent ada(careful.port(), "ada");
  CHECK(careful.wait_for_log("mail server not reached"));
  CHECK(plain.mails().empty());
  CHECK(plain.tries() == 0);
}

TEST_CASE("email delivery: no address and no code is in the log", "[email]") {
  SmtpServer smtp;
  ServerProcess server(smtp.settings());
  Correspondent ada(server.port(), "ada");
  confirm(ada, smtp);
  const auto code = reset_code(ada.http, smtp, ada.address);
  smtp.mode("refuse");
  CHECK(ask_for_reset(ada.http, ada.address).status == 202);
  CHECK(server.wait_for_log("mail refused"));
  smtp.mode("accept");
  CHECK(redeem(ada.http, code, "another horse 8").status == 204);
  smtp.wait_for(ada.address, 2);
  CHECK(server.terminate() == 0);
  const auto log = server.log();
  auto plain = code;
  std::erase(plain, '-');
  for (const auto& secret : {ada.address, code, plain}) CHECK(log.find(secret) == log.npos);
}

}  // namespace netherlink::test
