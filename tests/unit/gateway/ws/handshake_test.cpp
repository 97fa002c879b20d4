#include "gateway/ws/handshake.hpp"

#include <algorithm>

#include "support/catch.hpp"

namespace netherlink::gateway::ws {
namespace {

using Headers = std::vector<std::pair<std::string, std::string>>;

Request with(Headers headers) {
  Request request;
  request.headers = std::move(headers);
  return request;
}

Headers upgrade() {
  return {{"host", "chat.example:8080"},
          {"upgrade", "websocket"},
          {"connection", "Upgrade"},
          {"sec-websocket-version", "13"},
          {"sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ=="}};
}

Request replacing(std::string_view name, std::string value) {
  Request request = with(upgrade());
  for (auto& [header, present] : request.headers) {
    if (header == name) present = value;
  }
  return request;
}

std::string refusal(const core::result<void>& checked) {
  return checked ? "" : std::string(checked.error().code().name);
}

}  // namespace

TEST_CASE("ws handshake: the accept value of the RFC's example") {
  CHECK(accept_value("dGhlIHNhbXBsZSBub25jZQ==") == "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
}

TEST_CASE("ws handshake: the headers of RFC 6455") {
  CHECK(refusal(check_upgrade(with(upgrade()))) == "");
  CHECK(refusal(check_upgrade(replacing("upgrade", "h2c, WebSocket"))) == "");
  CHECK(refusal(check_upgrade(replacing("connection", "keep-alive , upgrade"))) == "");
  CHECK(refusal(check_upgrade(replacing("upgrade", "h2c"))) == "request.malformed");
  CHECK(refusal(check_upgrade(replacing("connection", "keep-alive"))) == "request.malformed");
  for (const auto* version : {"", "8", "14", "013", "13, 8"}) {
    CHECK(refusal(check_upgrade(replacing("sec-websocket-version", version))) == "request.upgrade_required");
  }
  for (const auto* key :
       {"", "short", "dGhlIHNhbXBsZSBub25jZQ", "dGhlIHNhbXBsZSBub25jZQ===", "dGhlIHNhbXBsZSBub25j*A=="}) {
    CHECK(refusal(check_upgrade(replacing("sec-websocket-key", key))) == "request.malformed");
  }
  const Response old = handshake_refused(check_upgrade(replacing("sec-websocket-version", "8")).error());
  CHECK(old.status == 426);
  CHECK(std::find(old.headers.begin(), old.headers.end(),
                  std::pair<std::string, std::string>{"Sec-WebSocket-Version", "13"}) != old.headers.end());
}

TEST_CASE("ws handshake: origins") {
  const auto from = [](const std::string& origin, const std::vector<std::string>& allowed) {
    auto headers = upgrade();
    if (!origin.empty()) headers.emplace_back("origin", origin);
    return check_origin(with(headers), allowed).has_value();
  };
  CHECK(from("", {}));
  CHECK(from("http://chat.example:8080", {}));
  CHECK(from("https://CHAT.example:8080", {}));
  CHECK_FALSE(from("http://chat.example", {}));
  CHECK_FALSE(from("http://evil.example:8080", {}));
  CHECK_FALSE(from("http://chat.example:8080.evil.example", {}));
  CHECK_FALSE(from("null", {}));
  CHECK_FALSE(from("chat.example:8080", {}));
  CHECK(from("https://app.example", {"https://app.example"}));
  CHECK_FALSE(from("http://app.example", {"https://app.example"}));
  CHECK_FALSE(from("http://chat.example:8080", {"https://app.example"}));
  CHECK(from("null", {"*"}));
  CHECK(from("", {"https://app.example"}));
  Request bare = replacing("host", "chat.example");
  bare.headers.emplace_back("origin", "https://chat.example:443");
  CHECK(check_origin(bare, {}).has_value());
}

TEST_CASE("ws handshake: where the token may stand") {
  Request request = with({{"sec-websocket-protocol", "netherlink.v1.json, bearer.third"}});
  CHECK(handshake_token(request) == "third");
  request.query = {{"token", "second"}};
  CHECK(handshake_token(request) == "second");
  request.headers.emplace_back("authorization", "Bearer first");
  CHECK(handshake_token(request) == "first");
  CHECK(handshake_token(with({{"authorization", "Basic eA=="}})) == std::nullopt);
  CHECK(handshake_token(with({})) == std::nullopt);
}

TEST_CASE("ws handshake: subprotocols") {
  const auto chosen = [](const std::string& offered) {
    const auto protocol = choose_subprotocol(with({{"sec-websocket-protocol", offered}}));
    return protocol ? std::string(*protocol) : std::string(protocol.error().code().name);
  };
  CHECK(choose_subprotocol(with({})).value() == "");
  CHECK(chosen("netherlink.v1.json") == "netherlink.v1.json");
  CHECK(chosen("netherlink.v1.proto,netherlink.v1.json , bearer.x") == "netherlink.v1.proto");
  CHECK(chosen("netherlink.v2.json, netherlink.v1.json,netherlink.v1.proto") == "netherlink.v1.json");
  CHECK(chosen("netherlink.v1.proto") == "netherlink.v1.proto");
  CHECK(chosen("netherlink.v2.json") == "request.malformed");
  CHECK(chosen("bearer.x") == "request.malformed");
  CHECK(choose_subprotocol(
            with({{"sec-websocket-protocol", "bearer.x"}, {"sec-websocket-protocol", "netherlink.v1.json"}}))
            .value() == "netherlink.v1.json");
  const Response response = switching_protocols(with(upgrade()), "netherlink.v1.json");
  CHECK(response.status == 101);
  CHECK(response.body.empty());
}

}  // namespace netherlink::gateway::ws
