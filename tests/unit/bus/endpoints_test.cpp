#include "bus/rabbitmq/endpoints.hpp"

#include <set>

#include "support/catch.hpp"

using namespace netherlink::bus::rabbitmq;
using namespace std::chrono_literals;

TEST_CASE("A url is taken apart") {
  const auto endpoint = parse_url("amqp://me:p%40ss@broker:5673/my%2fhost");
  REQUIRE(endpoint);
  CHECK(endpoint->user == "me");
  CHECK(endpoint->password == "p@ss");
  CHECK(endpoint->name() == "broker:5673");
  CHECK(endpoint->vhost == "my/host");
  CHECK(parse_url("amqp://broker")->vhost == "/");
  CHECK(parse_url("amqp://broker/")->vhost == "/");
  CHECK(parse_url("amqp://broker")->port == 5672);
  CHECK_FALSE(parse_url("http://broker"));
  CHECK_FALSE(parse_url("amqps://broker"));
  CHECK_FALSE(parse_url("amqp://broker:port"));
  CHECK_FALSE(parse_url(""));
}

TEST_CASE("Every broker is tried, after pauses that grow to a limit") {
  Endpoints endpoints({"amqp://a", "nonsense", "amqp://b", "amqp://c"});
  std::set<std::string> tried;
  std::chrono::milliseconds last{};
  for (int i = 0; i < 20; ++i) {
    tried.insert(endpoints.current().host);
    last = endpoints.failed();
    CHECK(last <= 2s);
    if (i == 0) CHECK(last <= 50ms);
  }
  CHECK(tried == std::set<std::string>{"a", "b", "c"});
  CHECK(last >= 1s);
  endpoints.succeeded();
  CHECK(endpoints.failed() <= 50ms);
  CHECK(Endpoints({}).empty());
}
