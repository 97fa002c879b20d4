#include "store/mysql/address.hpp"
#include "store/mysql/script.hpp"
#include "support/catch.hpp"

namespace netherlink::store::mysql {
namespace {

TEST_CASE("a mysql:// URL is taken apart", "[mysql][url]") {
  const auto full = parse_url("mysql://net%40link:p%3Aw%2F%25@db.example.org:3307/chat?partitions=0-2,7,5-5");
  REQUIRE(full.has_value());
  CHECK(full->user == "net@link");
  CHECK(full->password == "p:w/%");
  CHECK(full->host == "db.example.org");
  CHECK(full->port == 3307);
  CHECK(full->database == "chat");
  CHECK(full->partitions == std::vector<std::size_t>{0, 1, 2, 5, 7});
  CHECK(full->text() == "mysql://net@link@db.example.org:3307/chat");
  CHECK(partition_list(full->partitions) == "0-2,5,7");

  const auto least = parse_url("mysql://u@[::1]/n");
  REQUIRE(least.has_value());
  CHECK(least->host == "::1");
  CHECK(least->port == 3306);
  CHECK(least->password.empty());
  CHECK(least->partitions.empty());
  CHECK(parse_url("mysql://u:p@w@h:1/n")->password == "p@w");
}

TEST_CASE("what is wrong in a mysql:// URL is said without the password", "[mysql][url]") {
  for (const auto* url : {"mysql://",
                          "mysql://host/name",
                          "mysql://:secret@host/name",
                          "mysql://u:secret@/name",
                          "mysql://u:secret@host",
                          "mysql://u:secret@host/",
                          "mysql://u:secret@host:0/n",
                          "mysql://u:secret@host:65536/n",
                          "mysql://u:secret@host:x/n",
                          "mysql://u:secret@ho st/n",
                          "mysql://u:secret@host/n/m",
                          "mysql://u:secret%@host/n",
                          "mysql://u:secret%0@host/n",
                          "mysql://u:secret%zz@host/n",
                          "mysql://u:secret%00@host/n",
                          "mysql://u:secret@host/n?x=1",
                          "mysql://u:secret@host/n?partitions=",
                          "mysql://u:secret@host/n?partitions=3-1",
                          "mysql://u:secret@host/n?partitions=1,1",
                          "mysql://u:secret@host/n?partitions=0-2,2",
                          "mysql://u:secret@host/n?partitions=a",
                          "mysql://u:secret@host/n?partitions=0-1024",
                          "mysql://u:secret@[::1/n",
                          "mysql://u:secret@[::1]3/n",
                          "sqlite:///secret"}) {
    INFO(url);
    const auto parsed = parse_url(url);
    REQUIRE_FALSE(parsed.has_value());
    CHECK(std::string(parsed.error().detail()).find("secret") == std::string::npos);
  }
}

TEST_CASE("values are quoted, and scripts cut into packets between statements", "[mysql]") {
  SqlText text;
  text.quoted(std::string("a'b\\c\0d\n\"", 9)) << "," << -5;
  CHECK(text.text() == "'a\\'b\\\\c\\0d\\n\\\"',-5");

  Script script;
  for (const auto* statement : {"AAAA", "BB", "CCCCCCCCCC", "D"}) {
    script << statement;
    script.end_statement();
  }
  std::vector<std::string> packets;
  for (std::size_t at = 0; at < script.statements();) packets.emplace_back(script.packet(at, 8));
  CHECK(packets == std::vector<std::string>{"AAAA;BB", "CCCCCCCCCC", "D"});
}

}  // namespace
}  // namespace netherlink::store::mysql
