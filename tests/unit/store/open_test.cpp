#include "contract/store/engines.hpp"
#include "netherlink/log/log.hpp"

namespace netherlink::store::testing {
namespace {

std::string detail(const core::Error& error) {
  return std::string(error.detail());
}

TEST_CASE("two stores cannot use one database", "[open]") {
  log::set_level(log::Level::warn);
  Sqlite database;
  const auto second = open(database.options());
  REQUIRE_FALSE(second.has_value());
  CHECK(detail(second.error()).find("another netherlink uses this database") != std::string::npos);
  CHECK(detail(second.error()).find(database.path().string()) != std::string::npos);
  CHECK(must(migrate_up(database.options())).size() >= 1);  // nothing to do: needs no lock
  must(database->check());
  database.reopen();
  must(database->check());
}

TEST_CASE("a database is not opened before it is migrated", "[open]") {
  TemporaryFolder folder;
  const Options options{.url = "sqlite://" + (folder.path() / "n.db").string()};
  const auto opened = open(options);
  REQUIRE_FALSE(opened.has_value());
  CHECK(detail(opened.error()).find("0001_initial.sql") != std::string::npos);
  CHECK(detail(opened.error()).find("migrate") != std::string::npos);
  CHECK_FALSE(std::filesystem::exists(folder.path() / "n.db"));
}

TEST_CASE("addresses of a store", "[open]") {
  CHECK(data_folder({.url = "sqlite:///./data/netherlink.db"}) == "./data");
  CHECK(data_folder({.url = "sqlite:///var/lib/netherlink/n.db"}) == "/var/lib/netherlink");
  CHECK(data_folder({.url = "sqlite:////var/lib/netherlink/n.db"}) == "/var/lib/netherlink");
  CHECK(data_folder({.url = "mysql://user:secret@host:3306/name"}).empty());
  for (const auto* url : {"", "sqlite:", "sqlite://", "sqlite:///", "sqlite:///./", "sqlite:///tmp/", "netherlink.db",
                          "mysql://user:secret@host/name", "sqlite:///tmp/a\"b"}) {
    const auto opened = open({.url = url});
    REQUIRE_FALSE(opened.has_value());
    CHECK(detail(opened.error()).find("secret") == std::string::npos);
    CHECK_FALSE(migrate_up({.url = url}).has_value());
  }
}

TEST_CASE("a path may hold spaces and signs", "[open]") {
  log::set_level(log::Level::warn);
  TemporaryFolder folder;
  const Options options{.url = "sqlite://" + (folder.path() / "my  own=data 'é'" / "n?x=1.db").string()};
  must(migrate_up(options));
  auto store = must(open(options));
  must(store->check());
  CHECK(std::filesystem::exists(folder.path() / "my  own=data 'é'" / "n?x=1.db"));
}

}  // namespace
}  // namespace netherlink::store::testing
