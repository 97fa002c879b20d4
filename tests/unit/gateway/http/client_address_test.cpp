#include "gateway/http/client_address.hpp"

#include <stdexcept>

#include "support/catch.hpp"

using namespace netherlink::gateway;

namespace {

std::string client(const std::vector<std::string>& trusted, std::string_view peer,
                   const std::vector<std::string>& forwarded) {
  Request request;
  for (const auto& value : forwarded) request.headers.emplace_back("x-forwarded-for", value);
  TrustedProxies(trusted).resolve(peer, request);
  return request.remote_address;
}

}  // namespace

TEST_CASE("nobody is believed unless told so", "[http]") {
  CHECK(client({}, "127.0.0.1", {"1.2.3.4"}) == "127.0.0.1");
  CHECK(client({"10.0.0.0/8"}, "11.0.0.1", {"1.2.3.4"}) == "11.0.0.1");
}

TEST_CASE("X-Forwarded-For is walked from the right past trusted proxies", "[http]") {
  const std::vector<std::string> trusted{"10.0.0.0/8", "127.0.0.1", "2001:db8::/32"};
  CHECK(client(trusted, "127.0.0.1", {"1.2.3.4"}) == "1.2.3.4");
  CHECK(client(trusted, "127.0.0.1", {"6.6.6.6, 1.2.3.4, 10.1.1.1"}) == "1.2.3.4");
  CHECK(client(trusted, "127.0.0.1", {"6.6.6.6", "1.2.3.4", "10.1.1.1"}) == "1.2.3.4");
  CHECK(client(trusted, "127.0.0.1", {"10.1.1.2,10.1.1.1"}) == "10.1.1.2");
  CHECK(client(trusted, "127.0.0.1", {"1.2.3.4:5678"}) == "1.2.3.4");
  CHECK(client(trusted, "2001:db8::7", {"[2001:4860::1]:99"}) == "2001:4860::1");
  CHECK(client(trusted, "127.0.0.1", {"::ffff:1.2.3.4"}) == "1.2.3.4");
  CHECK(client(trusted, "127.0.0.1", {}) == "127.0.0.1");
  CHECK(client(trusted, "127.0.0.1", {"1.2.3.4, unknown"}) == "127.0.0.1");
  CHECK(client(trusted, "127.0.0.1", {"1.2.3.4, rubbish, 10.1.1.1"}) == "10.1.1.1");
  CHECK(client(trusted, "127.0.0.1", {","}) == "127.0.0.1");
}

TEST_CASE("a trusted proxy says whether the client used TLS", "[http]") {
  Request request;
  request.headers.emplace_back("x-forwarded-proto", "https");
  TrustedProxies({"10.0.0.1"}).resolve("10.0.0.2", request);
  CHECK_FALSE(request.secure);
  TrustedProxies({"10.0.0.1"}).resolve("10.0.0.1", request);
  CHECK(request.secure);
}

TEST_CASE("networks by prefix", "[http]") {
  const TrustedProxies networks({"192.0.2.128/25", "0.0.0.0/32", "fc00::/7"});
  const auto has = [&](const char* text) { return networks.contains(boost::asio::ip::make_address(text)); };
  CHECK(has("192.0.2.128"));
  CHECK_FALSE(has("192.0.2.127"));
  CHECK(has("fdff::1"));
  CHECK_FALSE(has("fe00::1"));
  CHECK(TrustedProxies({"0.0.0.0/0"}).contains(boost::asio::ip::make_address("9.9.9.9")));
  CHECK_FALSE(TrustedProxies({"0.0.0.0/0"}).contains(boost::asio::ip::make_address("2001::1")));
  CHECK_THROWS_AS(TrustedProxies({"10.0.0.0/33"}), std::invalid_argument);
  CHECK_THROWS_AS(TrustedProxies({"nonsense"}), std::invalid_argument);
}

TEST_CASE("private addresses", "[http]") {
  for (const auto* text : {"127.0.0.1", "127.9.9.9", "10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1",
                           "169.254.1.1", "::1", "fd00::1", "fe80::1", "::ffff:10.0.0.1"}) {
    INFO(text);
    CHECK(is_private_address(text));
  }
  for (const auto* text : {"8.8.8.8", "172.32.0.1", "192.169.0.1", "2001:db8::1", "", "x", "::ffff:8.8.8.8"}) {
    INFO(text);
    CHECK_FALSE(is_private_address(text));
  }
}

TEST_CASE("an IPv6 client is counted by its /64", "[http]") {
  CHECK(rate_key("1.2.3.4") == "1.2.3.4");
  CHECK(rate_key("2001:db8:1:2:3:4:5:6") == rate_key("2001:db8:1:2:ffff::1"));
  CHECK(rate_key("2001:db8:1:2::1") != rate_key("2001:db8:1:3::1"));
}
