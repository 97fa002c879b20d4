#include "support/catch.hpp"
#include "test_server.hpp"

using namespace netherlink;
using namespace netherlink::test;
using namespace std::chrono_literals;

TEST_CASE("draining: what was asked is answered, then everybody leaves", "[http]") {
  HttpTestServer server;
  TcpSocket idle(server.port()), busy(server.port()), partial(server.port());
  CHECK(ask(idle, get("/io")).status == 200);
  busy.send(get("/slow"));
  partial.send("GET /io HT");
  REQUIRE(eventually([&] { return server.dispatcher().in_flight == 2; }));
  server.drain();
  CHECK_THROWS_AS(TcpSocket(server.port()), ConnectionLost);
  CHECK(idle.read_to_end().empty());
  CHECK(server.dispatcher().in_flight == 2);
  partial.send("TP/1.1\r\nHost: a\r\n\r\n");
  const auto answer = read_answer(partial);
  CHECK(answer.status == 200);
  CHECK(answer.has("Connection: close"));
  server.release();
  CHECK(read_answer(busy).has("Connection: close"));
  CHECK(busy.read_to_end().empty());
  CHECK(eventually([&] { return server.dispatcher().in_flight == 0; }));
}

TEST_CASE("a request that crosses the beginning of the drain is answered", "[http]") {
  HttpTestServer server;
  std::vector<TcpSocket> clients;
  for (int i = 0; i < 20; ++i) clients.emplace_back(server.port());
  for (auto& client : clients) CHECK(ask(client, get("/io")).status == 200);
  for (auto& client : clients) client.send(get("/io"));  // read or not read yet
  server.drain();
  for (auto& client : clients) CHECK(read_answer(client).status == 200);
}

TEST_CASE("stopping with everything under way loses no memory and hangs nobody", "[http]") {
  HttpTestServer server;
  std::vector<TcpSocket> clients;
  for (int i = 0; i < 10; ++i) clients.emplace_back(server.port());
  for (auto& client : clients) client.send(get("/slow") + get("/async") + get("/big?bytes=3000000"));
  REQUIRE(eventually([&] { return server.dispatcher().in_flight == 10; }));
  server.stop();
}
