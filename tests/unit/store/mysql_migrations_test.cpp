#include <thread>

#include "contract/store/engines.hpp"
#include "netherlink/log/log.hpp"
#include "store/mysql/migrations.hpp"

namespace netherlink::store::testing {
namespace {

using State = Migration::State;
using Files = std::vector<core::EmbeddedFile>;

const core::EmbeddedFile first{"0001_first.sql",
                               "CREATE TABLE IF NOT EXISTS a (x BIGINT);\n-- two statements\nCREATE TABLE IF NOT "
                               "EXISTS b (x BIGINT);\n"};
const core::EmbeddedFile second{"0002_second.sql", "INSERT INTO a VALUES (1);"};

class Empty {
 public:
  Empty() { log::set_level(log::Level::warn); }
  auto up(const Files& files) const { return mysql::migrate_up(address_, files); }
  auto status(const Files& files) const { return mysql::migration_status(address_, files); }
  auto query(const std::string& sql) const { return mariadb().query(sql, name_); }

 private:
  std::string name_ = mariadb().create_database();
  mysql::Address address_ = must(mysql::parse_url(mariadb().url(name_)));
};

std::vector<State> states(const core::result<std::vector<Migration>>& migrations) {
  std::vector<State> all;
  for (const auto& migration : must(migrations)) all.push_back(migration.state);
  return all;
}

void refused(const core::result<std::vector<Migration>>& migrations, const std::string& name, const std::string& why) {
  REQUIRE_FALSE(migrations.has_value());
  const std::string detail(migrations.error().detail());
  INFO(detail);
  CHECK(detail.find(name) != std::string::npos);
  CHECK(detail.find(why) != std::string::npos);
}

TEST_CASE("on a server migrations are applied once, in order, and remembered", "[mysql][migrations]") {
  const Empty database;
  CHECK(states(database.status({first, second})) == std::vector{State::pending, State::pending});
  CHECK(database.query("SHOW TABLES").empty());  // asking creates nothing
  CHECK(states(database.up({first})) == std::vector{State::applied});
  CHECK(states(database.status({first, second})) == std::vector{State::applied, State::pending});
  const auto done = must(database.up({first, second}));
  CHECK(done[1].state == State::applied);
  CHECK(done[1].name == "0002_second.sql");
  CHECK(std::abs(done[1].applied_at - core::now_ms()) < 60'000);
  CHECK(states(database.up({first, second})) == std::vector{State::applied, State::applied});
  CHECK(database.query("SELECT COUNT(*) FROM a").at(0).at(0) == "1");
}

TEST_CASE("on a server a migration that comes after one of a higher number is applied, too", "[mysql][migrations]") {
  const Empty database;
  const core::EmbeddedFile third{"0003_third.sql", "INSERT INTO a VALUES (3);"};
  must(database.up({first, third}));
  CHECK(states(database.status({first, second, third})) == std::vector{State::applied, State::pending, State::applied});
  CHECK(states(database.up({first, second, third})) == std::vector{State::applied, State::applied, State::applied});
  CHECK(database.query("SELECT COUNT(*) FROM a").at(0).at(0) == "2");
}

TEST_CASE("on a server an edited or unknown migration is refused", "[mysql][migrations]") {
  const Empty database;
  must(database.up({first}));
  auto edited = first;
  edited.content = "CREATE TABLE c (x BIGINT)";
  CHECK(states(database.status({edited, second})) == std::vector{State::edited, State::pending});
  refused(database.up({edited, second}), "0001_first.sql", "changed");
  CHECK(states(database.status({})) == std::vector{State::unknown});
  refused(database.up({}), "0001_first.sql", "newer");
  CHECK(database.query("SELECT COUNT(*) FROM a").at(0).at(0) == "0");
}

TEST_CASE("on a server a migration that fails is named, and goes on where it can", "[mysql][migrations]") {
  const Empty database;
  const core::EmbeddedFile broken{"0002_broken.sql",
                                  "CREATE TABLE IF NOT EXISTS c (x BIGINT); INSERT INTO d VALUES (1)"};
  refused(database.up({first, broken}), "0002_broken.sql", "");
  CHECK(states(database.status({first, broken})) == std::vector{State::applied, State::pending});
  database.query("CREATE TABLE d (x BIGINT)");  // what was wrong; c is there already
  CHECK(states(database.up({first, broken})) == std::vector{State::applied, State::applied});
}

TEST_CASE("of those who migrate a server at once one does it", "[mysql][migrations]") {
  const Empty database;
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] { must(database.up({first, second})); });
  }
  for (auto& thread : threads) thread.join();
  CHECK(database.query("SELECT COUNT(*) FROM a").at(0).at(0) == "1");
}

TEST_CASE("a file is applied when it is in every database", "[mysql][migrations]") {
  const Migration applied{1, "1.sql", State::applied, 5}, later{1, "1.sql", State::applied, 7},
      pending{1, "1.sql", State::pending, 0}, edited{1, "1.sql", State::edited, 3},
      unknown{9, "9.sql", State::unknown, 1};
  CHECK(mysql::combine({}, {applied})[0].state == State::applied);
  CHECK(mysql::combine({applied}, {later})[0].applied_at == 7);
  CHECK(mysql::combine({applied}, {pending})[0].state == State::pending);
  CHECK(mysql::combine({pending}, {applied})[0].state == State::pending);
  CHECK(mysql::combine({edited}, {pending})[0].state == State::edited);
  CHECK(mysql::combine({applied}, {applied, unknown})[1].state == State::unknown);
}

}  // namespace
}  // namespace netherlink::store::testing
