#include <fstream>
#include <regex>
#include <sstream>

#include "netherlink/core/error.hpp"
#include "support/catch.hpp"
#include "support/descriptions.hpp"

namespace netherlink::test {
namespace {

std::string read(const std::string& name) {
  std::ifstream stream(std::string(NETHERLINK_SOURCE_DIR) + "/" + name);
  std::stringstream text;
  text << stream.rdbuf();
  return text.str();
}

/// The first group of every match.
std::set<std::string> all(const std::string& text, const char* pattern) {
  const std::regex expression(pattern);
  std::set<std::string> found;
  for (auto at = std::sregex_iterator(text.begin(), text.end(), expression); at != std::sregex_iterator(); ++at) {
    found.insert((*at)[1]);
  }
  return found;
}

}  // namespace

TEST_CASE("descriptions: every error code is described, and no other", "[descriptions]") {
  const auto declared = all(read("include/netherlink/core/error.hpp"), R"(constexpr ErrorCode \w+\{\"([a-z0-9_.]+)\")");
  REQUIRE(declared.size() > 20);
  CHECK(Descriptions::get().error_codes() == declared);
  CHECK(all(read("docs/protocol.md"), R"(\n\| `([a-z0-9]+\.[a-z_]+)` \| [0-9W])") == declared);
  for (const auto& code : declared) CHECK(core::error_code(code).name == code);
}

TEST_CASE("descriptions: examples are examples of their schemas", "[descriptions]") {
  const auto& descriptions = Descriptions::get();
  for (const auto& [path, item] : descriptions.openapi().at("paths").items()) {
    for (const auto& [method, operation] : item.items()) {
      if (!operation.contains("requestBody")) continue;
      const auto& content = operation.at("requestBody").at("content");
      if (!content.contains("application/json")) continue;  // bytes
      const auto& media = content.at("application/json");
      INFO(method << " " << path);
      std::string upper = method;
      for (auto& c : upper) c = static_cast<char>(std::toupper(c));
      if (media.contains("example"))
        CHECK_NOTHROW(descriptions.check_accepted_request(upper, path, media.at("example")));
    }
  }
  for (const auto& [name, message] : descriptions.asyncapi().at("components").at("messages").items()) {
    INFO(name);
    if (!message.contains("examples")) continue;
    for (const auto& example : message.at("examples")) {
      CHECK_NOTHROW(descriptions.check_accepted_frame(example.at("payload")));
    }
  }
}

TEST_CASE("descriptions: close codes stand in the guide too", "[descriptions]") {
  const auto guide = read("docs/protocol.md");
  for (const auto& [code, meaning] :
       Descriptions::get().asyncapi().at("channels").at("socket").at("x-close-codes").items()) {
    INFO(code);
    CHECK((guide.find("| " + code) != std::string::npos || guide.find(", " + code) != std::string::npos));
  }
}

TEST_CASE("descriptions: what deviates is noticed", "[descriptions]") {
  const auto& descriptions = Descriptions::get();
  const Headers json{{"content-type", "application/json"}};
  const auto check = [&](const char* method, const char* target, int status, const Headers& headers, std::string body) {
    descriptions.check_answer(method, target, {status, &headers, &body});
  };
  const std::string good = R"({"messages":[],"has_more":false})";
  const auto* history = "/api/v1/chat/history?conversation_id=world";
  CHECK_NOTHROW(check("GET", history, 200, json, good));
  CHECK_THROWS_AS(check("GET", history, 201, json, good), ContractViolation);
  CHECK_THROWS_AS(check("GET", history, 200, {{"content-type", "text/html"}}, good), ContractViolation);
  CHECK_THROWS_AS(check("GET", history, 200, json, R"({"messages":[],"has_more":0})"), ContractViolation);
  CHECK_THROWS_AS(check("GET", history, 200, json, R"({"messages":[]})"), ContractViolation);
  CHECK_THROWS_AS(check("GET", history, 200, json, R"({"messages":[],"has_more":false,"more":1})"), ContractViolation);
  CHECK_THROWS_AS(check("GET", history, 200, json, R"({"messages":[{}],"has_more":false})"), ContractViolation);
  CHECK_THROWS_AS(check("HEAD", history, 200, json, good), ContractViolation);
  const auto problem = [&](int status, const std::string& code, const char* target) {
    check("GET", target, status, {{"content-type", "application/problem+json"}, {"www-authenticate", "Bearer"}},
          R"({"type":"about:blank","title":"t","detail":"d","status":)" + std::to_string(status) + R"(,"code":")" +
              code + "\"}");
  };
  CHECK_NOTHROW(problem(404, "resource.not_found", history));
  CHECK_NOTHROW(problem(404, "resource.not_found", "/nothing"));
  CHECK_NOTHROW(problem(401, "auth.required", history));
  CHECK_THROWS_AS(problem(404, "resource.not_found", "/api/v1/users/me"), ContractViolation);
  CHECK_THROWS_AS(problem(404, "auth.required", history), ContractViolation);
  CHECK_THROWS_AS(problem(404, "no.such_code", history), ContractViolation);
  CHECK_THROWS_AS(problem(503, "server.overloaded", history), ContractViolation);  // without Retry-After

  CHECK_NOTHROW(descriptions.check_server_frame({{"type", "ok"}, {"id", "1"}, {"data", nlohmann::json::object()}}));
  CHECK_THROWS_AS(descriptions.check_server_frame({{"type", "ok"}, {"data", {{"x", 1}}}}), ContractViolation);
  CHECK_THROWS_AS(descriptions.check_server_frame({{"type", "ping"}, {"data", nlohmann::json::object()}}),
                  ContractViolation);
  CHECK_THROWS_AS(descriptions.check_server_frame({{"type", "welcome"}, {"data", nlohmann::json::object()}}),
                  ContractViolation);
}

}  // namespace netherlink::test
