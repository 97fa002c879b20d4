#include "cache/redis/command.hpp"

#include "support/catch.hpp"

using namespace netherlink::cache::redis;
using namespace std::string_literals;

namespace {

std::string encoded(Command command, const std::string& scope = "s", const ScriptHashes& hashes = {}) {
  std::string out;
  encode(command, scope, hashes, out);
  return out;
}

}  // namespace

TEST_CASE("Commands are encoded as arrays of bulk strings") {
  Command command;
  command.args = {"GET", "a\0\r\n"s};
  CHECK(encoded(command) == "*2\r\n$3\r\nGET\r\n$4\r\na\0\r\n\r\n"s);
  command.scoped = true;
  CHECK(encoded(command) == "*2\r\n$3\r\nGET\r\n$6\r\ns:a\0\r\n\r\n"s);
}

TEST_CASE("A script goes by its hash when the server knows it") {
  auto command = script_command(scripts::put, "key", {"x"});
  CHECK(encoded(command).find("$4\r\nEVAL\r\n") != std::string::npos);
  ScriptHashes hashes;
  hashes[scripts::put.index] = "abc";
  CHECK(encoded(command, "", hashes) == "*5\r\n$7\r\nEVALSHA\r\n$3\r\nabc\r\n$1\r\n1\r\n$3\r\nkey\r\n$1\r\nx\r\n");
  command.eval = true;
  CHECK(encoded(command, "", hashes).find("EVALSHA") == std::string::npos);
}

TEST_CASE("Every script has its own place") {
  for (std::size_t i = 0; i < script_count; ++i) CHECK(all_scripts[i]->index == i);
}

TEST_CASE("Answers come whole, in pieces or not at all") {
  Decoder decoder;
  const std::string bytes = "*3\r\n:7\r\n$3\r\na\r\n\r\n$-1\r\n-ERR no\r\n";
  for (const char byte : bytes.substr(0, bytes.size() - 9)) {
    CHECK_FALSE(decoder.next());
    decoder.feed(&byte, 1);
  }
  const auto array = decoder.next();
  REQUIRE(array);
  const Reply reply(array.get());
  REQUIRE(reply.size() == 3);
  CHECK(reply[0].integer() == 7);
  CHECK(reply[1].text() == "a\r\n");
  CHECK_FALSE(reply[2].is_text());
  decoder.feed("-ERR no\r\n", 9);
  const auto error = decoder.next();
  REQUIRE(error);
  CHECK(Reply(error.get()).is_error());
  CHECK(Reply(error.get()).text() == "ERR no");
  decoder.feed("nonsense\r\n", 10);
  CHECK_FALSE(decoder.next());
  CHECK(decoder.broken());
  decoder.feed("+OK\r\n", 5);
  CHECK_FALSE(decoder.next());
}
