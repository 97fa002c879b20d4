#include "support/email.hpp"

#include <algorithm>
#include <cctype>
#include <stdexcept>

namespace netherlink::test {

using nlohmann::json;

std::string new_address(const std::string& stem) {
  std::string address = unique(stem);
  std::ranges::transform(address, address.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return address + "@mail.example";
}

Correspondent::Correspondent(std::uint16_t port, const std::string& stem, const std::string& language)
    : http(port), username(unique(stem)), password("correct horse 7 " + stem), address(new_address(stem)) {
  const json body{{"username", username}, {"password", password}, {"email", address}};
  const auto answer = http.request("POST", "/api/v1/auth/register", body, {{"accept-language", language}});
  if (answer.status != 201) throw std::runtime_error("register: " + answer.body);
  login = answer.json;
  http.set_token(login.at("access_token"));
}

json Correspondent::profile() {
  return http.get("/api/v1/users/me").json;
}

void confirm(Correspondent& who, const SmtpServer& mail, std::size_t index) {
  const auto answer = verify_address(who.http, code_in(mail.wait_for(who.address, index)));
  if (answer.status != 204) throw std::runtime_error("verify: " + answer.body);
}

HttpAnswer ask_for_reset(HttpClient& http, const std::string& address, const std::string& language) {
  return http.request("POST", "/api/v1/auth/password/reset/request", json{{"email", address}},
                      {{"accept-language", language}});
}

HttpAnswer redeem(HttpClient& http, const std::string& code, const std::string& password) {
  return http.post("/api/v1/auth/password/reset", {{"code", code}, {"password", password}});
}

HttpAnswer verify_address(HttpClient& http, const std::string& code) {
  return http.post("/api/v1/auth/email/verify", {{"code", code}});
}

HttpAnswer change_address(Correspondent& who, const std::string& address, const std::string& password) {
  return who.http.put("/api/v1/users/me/email", {{"email", address}, {"password", password}});
}

HttpAnswer sign_in(std::uint16_t port, const std::string& name, const std::string& password) {
  HttpClient http(port);
  return http.post("/api/v1/auth/login", {{"username", name}, {"password", password}});
}

std::string reset_code(HttpClient& http, const SmtpServer& mail, const std::string& address) {
  const auto before = mail.mails_to(address).size();
  const auto answer = ask_for_reset(http, address);
  if (answer.status != 202) throw std::runtime_error("reset: " + answer.body);
  return code_in(mail.wait_for(address, before));
}

}  // namespace netherlink::test
