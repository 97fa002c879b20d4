// Clients that break rules, dawdle, or come in numbers.
#include <sys/resource.h>

#include <random>

#include "support/catch.hpp"
#include "test_server.hpp"

using namespace netherlink;
using namespace netherlink::test;
using namespace std::chrono_literals;

TEST_CASE("a malformed request is answered, and its connection closed", "[http]") {
  HttpTestServer server;
  const std::pair<const char*, int> cases[] = {
      {"rubbish\r\n\r\n", 400},
      {"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 400},
      {"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 400},
      {"GET /io HTTP/3.0\r\nHost: a\r\n\r\n", 505},
      {"GET /io HTTP/1.1\r\n\r\n", 400},
      {"GET /% HTTP/1.1\r\nHost: a\r\n\r\n", 400},
      {"POST /io HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400},
      {"POST /io HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
       400},
  };
  for (const auto& [request, status] : cases) {
    INFO(request);
    TcpSocket socket(server.port());
    socket.send(get("/io"));
    CHECK(read_answer(socket).status == 200);
    socket.send(std::string(request) + get("/io"));
    const auto answer = read_answer(socket);
    CHECK(answer.status == status);
    CHECK(answer.has("Connection: close"));
    CHECK(answer.has("Content-Type: application/problem+json"));
    CHECK_FALSE(answer.header("X-Request-Id").empty());
    CHECK(socket.read_to_end().empty());  // nothing behind it is answered
  }
}

TEST_CASE("too much is refused before it is read, and the refusal arrives", "[http]") {
  HttpTestServer server;
  {
    TcpSocket socket(server.port());
    socket.send("POST /io HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 5000000\r\n\r\n");
    try {
      socket.send(std::string(5'000'000, 'x'));
    } catch (const ConnectionLost&) {  // it may close while we still send
    }
    CHECK(read_answer(socket).status == 413);
  }
  {
    TcpSocket socket(server.port());
    socket.send("POST /io HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n");
    const std::string chunk = "ffff\r\n" + std::string(0xFFFF, 'x') + "\r\n";
    socket.send(chunk + chunk);
    CHECK(read_answer(socket).status == 413);
  }
  {
    TcpSocket socket(server.port());
    const auto answer = ask(socket, get("/io", "X-Long: " + std::string(20'000, 'x') + "\r\n"));
    CHECK(answer.status == 431);
    CHECK(answer.has("Connection: close"));
  }
}

TEST_CASE("a refused body that is here is passed over; one that is not ends the connection", "[http]") {
  HttpTestServer server;
  TcpSocket socket(server.port());
  CHECK(ask(socket, post("/nothing", "{}")).status == 404);
  CHECK(ask(socket, get("/io")).status == 200);
  const auto answer = ask(socket, "POST /nothing HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\n");
  CHECK(answer.status == 404);
  CHECK(answer.has("Connection: close"));
  socket.send("0123456789");
  CHECK(socket.read_to_end().empty());
}

TEST_CASE("a trickling header does not earn more time", "[http]") {
  HttpTestServer server(HttpTestServer::impatient_config());
  TcpSocket socket(server.port());
  const auto start = Clock::now();
  const auto header = get("/io", "X: " + std::string(1000, 'x') + "\r\n");
  for (std::size_t i = 0; i < header.size() && !socket.readable(20ms); ++i) socket.send(header.substr(i, 1));
  const auto answer = read_answer(socket);
  CHECK(answer.status == 408);
  CHECK(answer.has("Connection: close"));
  CHECK(Clock::now() - start >= 1s);
  CHECK(socket.read_to_end().empty());
}

TEST_CASE("a body has its time too", "[http]") {
  HttpTestServer server(HttpTestServer::impatient_config());
  TcpSocket socket(server.port());
  const auto whole = post("/io", "{}");
  socket.send(whole.substr(0, whole.size() - 1));
  CHECK(read_answer(socket).status == 408);
  CHECK(socket.read_to_end().empty());
}

TEST_CASE("a connection that sends nothing is closed without an answer", "[http]") {
  HttpTestServer server(HttpTestServer::impatient_config());
  TcpSocket socket(server.port());
  CHECK(socket.read_to_end().empty());
}

TEST_CASE("an idle connection is kept for idle_timeout, then closed", "[http]") {
  auto config = HttpTestServer::impatient_config();
  config.http.idle_timeout = 2s;
  HttpTestServer server(config);
  TcpSocket socket(server.port());
  const auto start = Clock::now();
  CHECK(ask(socket, get("/io")).status == 200);
  CHECK(socket.read_to_end().empty());
  CHECK(Clock::now() - start >= 2s);  // longer than header_timeout
}

TEST_CASE("who does not read the answer is cut off", "[http]") {
  HttpTestServer server(HttpTestServer::impatient_config());
  TcpSocket socket(server.port(), 4096);
  socket.send(get("/big?bytes=20000000"));
  CHECK(eventually([&] { return server.open_connections() == 0; }));
  CHECK(server.dispatcher().in_flight == 0);
}

TEST_CASE("a client that leaves before its answer harms nobody", "[http]") {
  HttpTestServer server;
  {
    TcpSocket socket(server.port());
    socket.send(get("/slow"));
    TcpSocket reset(server.port());
    reset.send(get("/slow") + get("/io"));
    reset.reset();
  }
  server.release();
  CHECK(eventually([&] { return server.open_connections() == 0 && server.dispatcher().in_flight == 0; }));
}

TEST_CASE("over max_connections: 503 and close", "[http]") {
  auto config = HttpTestServer::plain_config();
  config.http.max_connections = 3;
  HttpTestServer server(config);
  std::vector<TcpSocket> clients;
  for (int i = 0; i < 3; ++i) clients.emplace_back(server.port());
  for (auto& client : clients) CHECK(ask(client, get("/io")).status == 200);
  TcpSocket refused(server.port());
  refused.send(get("/io"));
  const auto answer = read_answer(refused);
  CHECK(answer.status == 503);
  CHECK(answer.has("Retry-After: 1"));
  CHECK(refused.read_to_end().empty());
  refused.close();
  clients.pop_back();
  REQUIRE(eventually([&] { return server.open_connections() == 2; }));
  TcpSocket welcome(server.port());
  CHECK(ask(welcome, get("/io")).status == 200);
}

TEST_CASE("without descriptors new connections wait, the others go on", "[http]") {
  HttpTestServer server;
  TcpSocket socket(server.port());
  CHECK(ask(socket, get("/io")).status == 200);
  std::vector<TcpSocket> more;
  for (int i = 0; i < 4; ++i) more.emplace_back(server.port());  // ours are open before theirs run out
  for (auto& client : more) CHECK(ask(client, get("/io")).status == 200);
  TcpSocket waiting(server.port());
  CHECK(ask(waiting, get("/io")).status == 200);
  waiting.close();
  REQUIRE(eventually([&] { return server.open_connections() == 5; }));

  rlimit before{};
  getrlimit(RLIMIT_NOFILE, &before);
  const int spare = ::dup(0);
  rlimit tight = before;
  tight.rlim_cur = static_cast<rlim_t>(spare) + 1;  // room for the client's end, not for the server's
  ::close(spare);
  setrlimit(RLIMIT_NOFILE, &tight);
  TcpSocket late(server.port());
  late.send(get("/io"));
  CHECK_FALSE(late.readable(300ms));
  CHECK(ask(socket, get("/io")).status == 200);
  setrlimit(RLIMIT_NOFILE, &before);
  CHECK(read_answer(late).status == 200);
}

TEST_CASE("random bytes, and requests with random damage, break nothing", "[http]") {
  HttpTestServer server;
  std::mt19937 random(7);
  const std::string good = post("/io", "{\"a\":1}") + get("/items/7?x=%20") +
                           "POST /io HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1\r\n{\r\n0\r\n\r\n";
  for (int round = 0; round < 300; ++round) {
    std::string bytes = good;
    if (round % 3 == 0) bytes.assign(random() % 3000, ' ');
    const auto damage = round % 3 == 0 ? bytes.size() : 1 + random() % 5;
    for (std::size_t i = 0; i < damage && !bytes.empty(); ++i)
      bytes[random() % bytes.size()] = static_cast<char>(random());
    try {
      TcpSocket socket(server.port());
      socket.send(bytes);
      if (round % 2 == 0) socket.shutdown_send();
      if (round % 5 == 0) socket.reset();
    } catch (const ConnectionLost&) {
    }
  }
  TcpSocket socket(server.port());
  CHECK(ask(socket, get("/io")).status == 200);
  socket.close();
  CHECK(eventually([&] { return server.open_connections() == 0 && server.dispatcher().in_flight == 0; }));
}
