#include "gateway/http/request_reader.hpp"

#include "support/catch.hpp"

using namespace netherlink;
using gateway::RequestReader;
using Status = RequestReader::Status;

namespace {

constexpr RequestReader::Limits limits{.header_bytes = 2048, .body_bytes = 64};

struct Outcome {
  Status status = Status::need_more;
  std::unique_ptr<RequestReader> reader = RequestReader::create(limits);
  std::string rest;
};

/// Feeds `bytes` in pieces of `step`, keeping what is left over as a connection does.
Outcome read(std::string_view bytes, std::size_t step) {
  Outcome outcome;
  std::string held;
  while (!bytes.empty()) {
    held += bytes.substr(0, step);
    bytes.remove_prefix(std::min(step, bytes.size()));
    std::string_view input = held;
    do {
      outcome.status = outcome.reader->read(input);
    } while (outcome.status == Status::header);
    held = std::string(input);
    if (outcome.status != Status::need_more) break;
  }
  outcome.rest = held + std::string(bytes);
  return outcome;
}

/// In one piece, byte by byte and by threes it must end the same.
Outcome read(std::string_view bytes) {
  auto whole = read(bytes, bytes.size());
  for (const std::size_t step : {1U, 3U}) {
    const auto again = read(bytes, step);
    // A mistake may show later when it comes in pieces: the parser then waits for the end of the header.
    CHECK((again.status == whole.status || (whole.status == Status::failed && again.status == Status::need_more)));
    if (whole.status == Status::complete) CHECK(again.reader->request()->body == whole.reader->request()->body);
  }
  return whole;
}

std::string code(std::string_view bytes) {
  const auto outcome = read(bytes);
  return outcome.status == Status::failed ? std::string(outcome.reader->error().code().name) : "";
}

std::string chunked(std::string_view body) {
  return "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n" + std::string(body);
}

}  // namespace

TEST_CASE("a request is taken apart", "[http]") {
  const auto outcome = read(
      "POST /a%20b/%C3%A9?x=1&y=a+b%26&flag HTTP/1.1\r\nHost: example.org:80\r\nX-Odd:  spaced out "
      "\t\r\nContent-Length: "
      "5\r\n\r\nhello");
  REQUIRE(outcome.status == Status::complete);
  const auto& request = *outcome.reader->request();
  CHECK(request.method == "POST");
  CHECK(request.path == "/a b/é");
  CHECK(request.query_value("x") == "1");
  CHECK(request.query_value("y") == "a b&");
  CHECK(request.query_value("flag") == "");
  CHECK_FALSE(request.query_value("z"));
  CHECK(request.header("x-odd") == "spaced out");
  CHECK(request.body == "hello");
  CHECK(request.keep_alive);
}

TEST_CASE("what follows a request is left for the next", "[http]") {
  const auto outcome = read("GET / HTTP/1.1\r\nHost: a\r\n\r\nGET /2", 1000);
  CHECK(outcome.status == Status::complete);
  CHECK(outcome.rest == "GET /2");
}

TEST_CASE("keep-alive by version and Connection", "[http]") {
  const auto keeps = [](std::string_view version, std::string_view connection) {
    const auto outcome =
        read("GET / HTTP/" + std::string(version) + "\r\nHost: a\r\n" + std::string(connection) + "\r\n");
    REQUIRE(outcome.status == Status::complete);
    return outcome.reader->request()->keep_alive;
  };
  CHECK(keeps("1.1", ""));
  CHECK_FALSE(keeps("1.1", "Connection: close\r\n"));
  CHECK_FALSE(keeps("1.1", "Connection: x, Close\r\n"));
  CHECK_FALSE(keeps("1.0", ""));
  CHECK(keeps("1.0", "Connection: Keep-Alive\r\n"));
}

TEST_CASE("forms of the target", "[http]") {
  const auto path = [](std::string_view target) {
    const auto outcome = read("GET " + std::string(target) + " HTTP/1.1\r\nHost: a\r\n\r\n");
    return outcome.status == Status::complete ? outcome.reader->request()->path : "refused";
  };
  CHECK(path("/") == "/");
  CHECK(path("http://example.org/x?y") == "/x");
  CHECK(path("HTTPS://example.org:443") == "/");
  CHECK(path("http://[::1]:80/x") == "/x");
  CHECK(path("*") == "*");
  CHECK(path("/a/../b") == "/a/../b");
  for (const auto* bad : {"example.org:80", "ftp://a/", "http:///x", "x", "/%", "/%4", "/%zz", "/%00", "/%ff",
                          "/%c0%80", "/%ed%a0%80", "/?a=%", "/?%00", "/a#b", "http://a b/"}) {
    INFO(bad);
    CHECK(path(bad) == "refused");
  }
}

TEST_CASE("chunked bodies", "[http]") {
  CHECK(read(chunked("5\r\nhello\r\n0\r\n\r\n")).reader->request()->body == "hello");
  CHECK(read(chunked("2;a=b\r\nhe\r\n003\r\nllo\r\n0\r\nX-Trailer: 1\r\n\r\n")).reader->request()->body == "hello");
  CHECK(read(chunked("0\r\n\r\n")).status == Status::complete);
  CHECK(read(chunked("0\r\nHost: b\r\n\r\n")).reader->request()->headers.size() == 2);
  for (const auto* bad : {"x\r\n\r\n", "-1\r\n\r\n", "5\r\nhelloXX\r\n", "\r\n\r\n\r\n", "5 \nhello\r\n\r\n",
                          "fffffffffffffffff\r\n", "0x5\r\nhello\r\n\r\n"}) {
    INFO(bad);
    CHECK(code(chunked(bad)) == "request.malformed");
  }
  CHECK(code(chunked("40\r\n" + std::string(64, 'a') + "\r\n1\r\nb\r\n0\r\n\r\n")) == "request.too_large");
  CHECK(code(chunked("1;" + std::string(3000, 'e'))) == "request.malformed");
  CHECK(code(chunked("0\r\nX: " + std::string(3000, 'e'))) == "request.malformed");
}

TEST_CASE("what smugglers try", "[http]") {
  const auto with = [](std::string_view headers) {
    return code("POST / HTTP/1.1\r\nHost: a\r\n" + std::string(headers) + "\r\n");
  };
  for (const auto* headers : {"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n",
                              "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n",
                              "Content-Length: 5\r\nContent-Length: 6\r\n",
                              "Content-Length: 5, 6\r\n",
                              "Content-Length: +5\r\n",
                              "Content-Length: -5\r\n",
                              "Content-Length: 5 5\r\n",
                              "Content-Length: 0x5\r\n",
                              "Content-Length:\r\n",
                              "Content-Length: 99999999999999999999\r\n",
                              "Transfer-Encoding: xchunked\r\n",
                              "Transfer-Encoding: gzip\r\n",
                              "Transfer-Encoding: gzip, chunked\r\n",
                              "Transfer-Encoding: chunked, identity\r\n",
                              "Transfer-Encoding: identity\r\n",
                              "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n",
                              "Transfer-Encoding:\r\n",
                              "Transfer-Encoding : chunked\r\n",
                              "Transfer-Encoding:\x0b"
                              "chunked\r\n",
                              " Transfer-Encoding: chunked\r\n",
                              "X: y\r\n Transfer-Encoding: chunked\r\n",
                              "X: y\r\n\tz\r\n",
                              "X: a\rb\r\n",
                              "X\r\n",
                              ": x\r\n",
                              "X: a\x7f\r\n",
                              "X: a\x01z\r\n",
                              "Host: b\r\n"}) {
    INFO(headers);
    CHECK(with(headers) == "request.malformed");
  }
  CHECK(code("POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n") == "request.malformed");
}

TEST_CASE("one good Host", "[http]") {
  const auto with = [](std::string_view host) { return code("GET / HTTP/1.1\r\n" + std::string(host) + "\r\n"); };
  for (const auto* good :
       {"Host: a\r\n", "Host: example.org:8080\r\n", "Host: 127.0.0.1\r\n", "Host: [::1]:80\r\n", "Host: a:\r\n"}) {
    INFO(good);
    CHECK(with(good).empty());
  }
  for (const auto* bad : {"", "Host:\r\n", "Host: a b\r\n", "Host: a/b\r\n", "Host: a@b\r\n", "Host: a:x\r\n",
                          "Host: a:123456\r\n", "Host: [::1\r\n", "Host: []\r\n", "Host: é\r\n", "Host: :80\r\n"}) {
    INFO(bad);
    CHECK(with(bad) == "request.malformed");
  }
  CHECK(code("GET / HTTP/1.0\r\n\r\n").empty());
}

TEST_CASE("what is not HTTP/1", "[http]") {
  CHECK(code("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n") == "request.malformed");
  CHECK(code("GET / HTTP/2.0\r\nHost: a\r\n\r\n") == "request.version_unsupported");
  CHECK(code("GET / HTTP/0.9\r\n\r\n") == "request.version_unsupported");
  for (const auto* bad : {"GET /\r\n\r\n", "\x16\x03\x01\x02garbage", "GET  / HTTP/1.1\r\nHost: a\r\n\r\n",
                          "GET / HTTP/1.1 \r\nHost: a\r\n\r\n", "GET / XTTP/1.1\r\nHost: a\r\n\r\n",
                          "GET / HTTP/1.1\nHost: a\n\n", "G(T / HTTP/1.1\r\nHost: a\r\n\r\n", "\r\n\r\n\r\n\r\n"}) {
    INFO(bad);
    CHECK(code(bad) == "request.malformed");
  }
}

TEST_CASE("empty lines before a request are ignored", "[http]") {
  CHECK(read("\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n").status == Status::complete);
}

TEST_CASE("the header is bounded as a whole", "[http]") {
  const std::string start = "GET / HTTP/1.1\r\nHost: a\r\n";
  const auto padded = [&](std::size_t size) {
    auto text = start;
    while (text.size() + 80 < size) text += "X-" + std::to_string(text.size()) + ": " + std::string(60, 'v') + "\r\n";
    text += "Y: ";
    text += std::string(size - text.size() - 4, 'v') + "\r\n\r\n";
    return text;
  };
  CHECK(code(padded(2048)).empty());
  CHECK(code(padded(2049)) == "request.headers_too_large");
  CHECK(code(padded(60'000)) == "request.headers_too_large");
  CHECK(code("GET /" + std::string(4000, 'a') + " HTTP/1.1\r\nHost: a\r\n\r\n") == "request.headers_too_large");
  CHECK(code(std::string(4000, 'A')) == "request.headers_too_large");
  std::string many = start;
  for (int i = 0; i < 200; ++i) many += "a:b\r\n";
  CHECK(code(many + "\r\n") == "request.headers_too_large");
}

TEST_CASE("a refused body is passed over", "[http]") {
  auto reader = RequestReader::create(limits);
  const std::string bytes =
      "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\n" + std::string(100, 'b') + "next";
  std::string_view input = bytes;
  REQUIRE(reader->read(input) == Status::header);
  CHECK(reader->content_length() == 100U);
  reader->discard_body();
  REQUIRE(reader->read(input) == Status::complete);
  CHECK(input == "next");
  CHECK(reader->request()->body.empty());
}
