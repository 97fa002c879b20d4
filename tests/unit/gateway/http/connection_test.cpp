// One connection, well-behaved clients.
#include "support/catch.hpp"
#include "test_server.hpp"

using namespace netherlink;
using namespace netherlink::test;

TEST_CASE("answers carry the headers that every answer has", "[http]") {
  HttpTestServer server;
  TcpSocket socket(server.port());
  const auto answer = ask(socket, get("/io"));
  CHECK(answer.status == 200);
  CHECK(answer.body == "io");
  CHECK(answer.has("Content-Type: text/plain"));
  CHECK(answer.has("X-Content-Type-Options: nosniff"));
  CHECK(answer.has("Referrer-Policy: no-referrer"));
  CHECK(answer.has("Cache-Control: no-store"));
  CHECK(answer.header("Date").ends_with(" GMT"));
  CHECK(answer.header("X-Request-Id").size() == 16);
  CHECK(answer.header("Strict-Transport-Security").empty());
  CHECK(answer.header("Connection").empty());
}

TEST_CASE("ids of the caller go on, strange ones do not", "[http]") {
  HttpTestServer server;
  TcpSocket socket(server.port());
  const std::string trace = "0af7651916cd43dd8448eb211c80319c";
  const auto kept =
      ask(socket, get("/io", "X-Request-Id: my-id.7\r\ntraceparent: 00-" + trace + "-b7ad6b7169203331-01\r\n"));
  CHECK(kept.header("X-Request-Id") == "my-id.7");
  CHECK(kept.header("traceparent").substr(0, 36) == "00-" + trace + "-");
  CHECK(kept.header("traceparent").find("b7ad6b7169203331") == std::string::npos);
  const auto replaced = ask(socket, get("/io", "X-Request-Id: a b\"c\r\ntraceparent: rubbish\r\n"));
  CHECK(replaced.header("X-Request-Id").size() == 16);
  CHECK(replaced.header("traceparent").size() == 55);
}

TEST_CASE("a connection is used again, by each version's rules", "[http]") {
  HttpTestServer server;
  TcpSocket socket(server.port());
  for (int i = 0; i < 50; ++i) CHECK(ask(socket, get("/items/" + std::to_string(i))).body == std::to_string(i));
  CHECK(ask(socket, get("/store")).body == "store");
  CHECK(ask(socket, get("/async")).body == "from elsewhere");
  CHECK(ask(socket, get("/io", "Connection: close\r\n")).has("Connection: close"));
  CHECK(socket.read_to_end().empty());

  TcpSocket old(server.port());
  CHECK(ask(old, "GET /io HTTP/1.0\r\nConnection: keep-alive\r\n\r\n").has("Connection: keep-alive"));
  CHECK(ask(old, "GET /io HTTP/1.0\r\n\r\n").has("Connection: close"));
  CHECK(old.read_to_end().empty());
}

TEST_CASE("pipelined requests are answered in their order", "[http]") {
  HttpTestServer server;
  TcpSocket socket(server.port());
  std::string requests;
  for (int i = 0; i < 300; ++i) {
    requests += i % 7 == 3 ? get("/store") : i % 11 == 5 ? post("/io", "{}") : get("/items/" + std::to_string(i));
  }
  socket.send(requests);
  for (int i = 0; i < 300; ++i) {
    const auto answer = read_answer(socket);
    REQUIRE(answer.body == (i % 7 == 3 ? "store" : i % 11 == 5 ? "{}" : std::to_string(i)));
  }
}

TEST_CASE("a pipelined request waits for the slow one before it", "[http]") {
  HttpTestServer server;
  TcpSocket socket(server.port());
  socket.send(get("/slow") + get("/io") + get("/io", "Connection: close\r\n") + get("/io"));
  CHECK_FALSE(socket.readable(milliseconds(100)));
  server.release();
  CHECK(read_answer(socket).body == "slow");
  CHECK(read_answer(socket).body == "io");
  CHECK(read_answer(socket).body == "io");
  CHECK(socket.read_to_end().empty());  // what came behind "close" is not answered
}

TEST_CASE("requests may arrive byte by byte", "[http]") {
  HttpTestServer server;
  TcpSocket socket(server.port());
  for (const char c : post("/io", "{\"a\":1}") + get("/io")) socket.send({&c, 1});
  CHECK(read_answer(socket).body == "{\"a\":1}");
  CHECK(read_answer(socket).body == "io");
}

TEST_CASE("a client that has said all may wait for its answer", "[http]") {
  HttpTestServer server;
  TcpSocket socket(server.port());
  socket.send(get("/store"));
  socket.shutdown_send();
  CHECK(read_answer(socket).body == "store");
  CHECK(socket.read_to_end().empty());
}

TEST_CASE("HEAD is GET without the body", "[http]") {
  HttpTestServer server;
  TcpSocket socket(server.port());
  const auto head = ask(socket, "HEAD /big?bytes=1000 HTTP/1.1\r\nHost: a\r\n\r\n");
  CHECK(head.status == 200);
  CHECK(head.has("Content-Length: 1000"));
  CHECK(ask(socket, get("/io")).body == "io");
}

TEST_CASE("bodies: by length, in chunks, none", "[http]") {
  HttpTestServer server;
  TcpSocket socket(server.port());
  CHECK(ask(socket, post("/io", "{}")).body == "{}");
  CHECK(ask(socket,
            "POST /io HTTP/1.1\r\nHost: a\r\nContent-Type: application/json; charset=UTF-8\r\nTransfer-Encoding: "
            "chunked\r\n\r\n3\r\n{\"a\r\n4\r\n\":1}\r\n0\r\n\r\n")
            .body == "{\"a\":1}");
  CHECK(ask(socket, "POST /io HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n").body.empty());
  const std::string large(100'000, ' ');
  CHECK(ask(socket, post("/io", large)).body == large);
}

TEST_CASE("Expect: 100-continue", "[http]") {
  HttpTestServer server;
  TcpSocket socket(server.port());
  const std::string head =
      "POST /io HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 2\r\nExpect: "
      "100-continue\r\n\r\n";
  socket.send(head);
  CHECK(socket.read_until("\r\n\r\n") == "HTTP/1.1 100 Continue\r\n\r\n");
  socket.send("{}");
  CHECK(read_answer(socket).body == "{}");
  CHECK(ask(socket, head + "{}").body == "{}");  // sent without waiting: not asked for

  TcpSocket refused(server.port());
  const auto too_large = ask(refused,
                             "POST /io HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: "
                             "100001\r\nExpect: 100-continue\r\n\r\n");
  CHECK(too_large.status == 413);
  CHECK(too_large.has("Connection: close"));
  CHECK(ask(socket, get("/io", "Expect: miracles\r\n")).status == 417);
}

TEST_CASE("large answers reach slow readers whole", "[http]") {
  HttpTestServer server;
  TcpSocket socket(server.port(), 4096);
  socket.send(get("/big?bytes=5000000") + get("/io"));
  const auto answer = read_answer(socket);
  CHECK(answer.body == std::string(5'000'000, 'x'));
  CHECK(read_answer(socket).body == "io");
}

TEST_CASE("many clients on all threads", "[http]") {
  HttpTestServer server;
  std::vector<std::thread> clients;
  std::atomic<int> good{0};
  for (int c = 0; c < 8; ++c) {
    clients.emplace_back([&] {
      for (int i = 0; i < 20; ++i) {
        TcpSocket socket(server.port());
        for (const auto* path : {"/io", "/store", "/async"}) good += ask(socket, get(path)).status == 200;
      }
    });
  }
  for (auto& client : clients) client.join();
  CHECK(good == 8 * 20 * 3);
  CHECK(eventually([&] { return server.open_connections() == 0 && server.dispatcher().in_flight == 0; }));
}
