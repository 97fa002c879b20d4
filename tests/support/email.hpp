#pragma once

#include <string>

#include "support/person.hpp"
#include "support/smtp_server.hpp"

namespace netherlink::test {

/// Somebody who registered with an e-mail address and has not confirmed it.
struct Correspondent {
  Correspondent(std::uint16_t port, const std::string& stem, const std::string& language = "en");

  HttpClient http;
  std::string username, password, address;
  nlohmann::json login;

  std::string user_id() const { return login.at("user").at("id"); }
  /// As they see themselves.
  nlohmann::json profile();
};

/// With the code that came.
void confirm(Correspondent& who, const SmtpServer& mail, std::size_t index = 0);

HttpAnswer ask_for_reset(HttpClient& http, const std::string& address, const std::string& language = "en");
HttpAnswer redeem(HttpClient& http, const std::string& code, const std::string& password);
HttpAnswer verify_address(HttpClient& http, const std::string& code);
HttpAnswer change_address(Correspondent& who, const std::string& address, const std::string& password);
HttpAnswer sign_in(std::uint16_t port, const std::string& name, const std::string& password);
/// Asks for a new password and answers the code that came.
std::string reset_code(HttpClient& http, const SmtpServer& mail, const std::string& address);
/// One that no other test of this process has.
std::string new_address(const std::string& stem);

}  // namespace netherlink::test
