#pragma once

#include <sys/types.h>

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "support/server_process.hpp"

namespace netherlink::test {

/// A mail server on a free port of 127.0.0.1 (Debian's python3-aiosmtpd: tests/support/smtp_server.py), which ends with
/// the thread that started it.
class SmtpServer {
 public:
  struct Options {
    std::string tls;  // empty, starttls, smtps
    std::string user, password;
  };
  explicit SmtpServer(Options options);
  SmtpServer() : SmtpServer(Options{}) {}
  ~SmtpServer();
  SmtpServer(const SmtpServer&) = delete;
  SmtpServer& operator=(const SmtpServer&) = delete;

  /// What a NetherLink that sends through it is started with. It tries again soon.
  std::vector<std::string> settings() const;
  std::string url() const;
  std::string ca_file() const { return (folder_.path() / "certificate.pem").string(); }

  /// What it does from now on: see the script.
  void mode(const std::string& name) const;
  void kill();   // SIGKILL, and waits for the end
  void start();  // again, on the same port

  /// Every mail that it took, in order: to, subject, text, html, …
  std::vector<nlohmann::json> mails() const;
  std::vector<nlohmann::json> mails_to(const std::string& address) const;
  /// The mail of number `index` to that address, once it is there.
  nlohmann::json wait_for(const std::string& address, std::size_t index = 0, milliseconds timeout = patience) const;
  /// How often somebody wanted to hand over a mail.
  std::size_t tries() const;

 private:
  TemporaryFolder folder_;
  Options options_;
  std::uint16_t port_ = 0;
  pid_t pid_ = -1;
};

/// The code in a mail; empty: there is none.
std::string code_in(const nlohmann::json& mail);

}  // namespace netherlink::test
