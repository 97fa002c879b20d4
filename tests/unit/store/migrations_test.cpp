#include <sqlite3.h>
#include <sys/stat.h>

#include <thread>

#include "contract/store/engines.hpp"
#include "netherlink/log/log.hpp"
#include "store/sqlite/migrations.hpp"

namespace netherlink::store::testing {
namespace {

using State = Migration::State;
using Files = std::vector<core::EmbeddedFile>;

const core::EmbeddedFile first{"0001_first.sql",
                               "CREATE TABLE a (x BIGINT);\n-- two statements\nCREATE TABLE b (x BIGINT);\n"};
const core::EmbeddedFile second{"0002_second.sql", "INSERT INTO a VALUES (1);"};

class Folder {
 public:
  Folder() { log::set_level(log::Level::warn); }
  std::string database() const { return (folder_.path() / "deep" / "er" / "n.db").string(); }
  auto up(const Files& files) const { return sqlite::migrate_up(database(), files); }
  auto status(const Files& files) const { return sqlite::migration_status(database(), files); }

  void sql(const char* text) const {
    sqlite3* handle = nullptr;
    sqlite3_open(database().c_str(), &handle);
    const int code = sqlite3_exec(handle, text, nullptr, nullptr, nullptr);
    sqlite3_close(handle);
    REQUIRE(code == SQLITE_OK);
  }

 private:
  TemporaryFolder folder_;
};

std::vector<State> states(const core::result<std::vector<Migration>>& migrations) {
  REQUIRE(migrations.has_value());
  std::vector<State> all;
  for (const auto& migration : *migrations) all.push_back(migration.state);
  return all;
}

TEST_CASE("migrations are applied once, in order, and remembered", "[migrations]") {
  const Folder folder;
  CHECK(states(folder.status({first, second})) == std::vector{State::pending, State::pending});
  CHECK_FALSE(std::filesystem::exists(folder.database()));  // asking creates nothing
  CHECK(states(folder.up({first})) == std::vector{State::applied});
  CHECK(states(folder.status({first, second})) == std::vector{State::applied, State::pending});
  const auto done = must(folder.up({first, second}));
  CHECK(done[1].state == State::applied);
  CHECK(done[1].number == 2);
  CHECK(done[1].name == "0002_second.sql");
  CHECK(std::abs(done[1].applied_at - core::now_ms()) < 60'000);
  CHECK(states(folder.up({first, second})) == std::vector{State::applied, State::applied});
  folder.sql("UPDATE a SET x = 2 WHERE x = 1; SELECT 1 / (SELECT COUNT(*) = 1 FROM a)");
}

TEST_CASE("a migration that comes after one of a higher number is applied, too", "[migrations]") {
  const Folder folder;
  const core::EmbeddedFile third{"0003_third.sql", "INSERT INTO a VALUES (3);"};
  must(folder.up({first, third}));
  CHECK(states(folder.status({first, second, third})) == std::vector{State::applied, State::pending, State::applied});
  CHECK(states(folder.up({first, second, third})) == std::vector{State::applied, State::applied, State::applied});
  folder.sql("CREATE TABLE rows_of_a (n BIGINT CHECK (n = 2)); INSERT INTO rows_of_a SELECT COUNT(*) FROM a");
}

TEST_CASE("folder and file are for their owner alone", "[migrations]") {
  const Folder folder;
  must(folder.up({first}));
  struct stat status {};
  REQUIRE(stat(folder.database().c_str(), &status) == 0);
  CHECK((status.st_mode & 0777) == 0600);
  REQUIRE(stat(std::filesystem::path(folder.database()).parent_path().c_str(), &status) == 0);
  CHECK((status.st_mode & 0777) == 0700);
}

TEST_CASE("an edited migration is refused by name", "[migrations]") {
  const Folder folder;
  must(folder.up({first}));
  const core::EmbeddedFile edited{"0001_first.sql", "CREATE TABLE a (x BIGINT);"};
  CHECK(states(folder.status({edited})) == std::vector{State::edited});
  const auto refused = folder.up({edited, second});
  REQUIRE_FALSE(refused.has_value());
  CHECK(std::string(refused.error().detail()).find("0001_first.sql") != std::string::npos);
  CHECK(std::string(refused.error().detail()).find("changed") != std::string::npos);
  CHECK(states(folder.status({first, second})) == std::vector{State::applied, State::pending});
}

TEST_CASE("a migration of a newer version is refused by name", "[migrations]") {
  const Folder folder;
  must(folder.up({first, second}));
  CHECK(states(folder.status({first})) == std::vector{State::applied, State::unknown});
  const auto refused = folder.up({first});
  REQUIRE_FALSE(refused.has_value());
  CHECK(std::string(refused.error().detail()).find("0002_second.sql") != std::string::npos);
  CHECK(std::string(refused.error().detail()).find("newer") != std::string::npos);
}

TEST_CASE("a migration that fails leaves nothing behind", "[migrations]") {
  const Folder folder;
  const core::EmbeddedFile broken{"0002_broken.sql", "CREATE TABLE c (x BIGINT); CREATE TABLE a (x BIGINT);"};
  const auto refused = folder.up({first, broken});
  REQUIRE_FALSE(refused.has_value());
  CHECK(std::string(refused.error().detail()).find("0002_broken.sql") != std::string::npos);
  CHECK(states(folder.status({first, broken})) == std::vector{State::applied, State::pending});
  const core::EmbeddedFile repaired{"0002_broken.sql", "CREATE TABLE c (x BIGINT);"};
  CHECK(states(folder.up({first, repaired})) == std::vector{State::applied, State::applied});
}

TEST_CASE("those who migrate at once take turns", "[migrations]") {
  const Folder folder;
  std::vector<std::thread> threads;
  std::vector<int> fine(4);
  for (std::size_t t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] { fine[t] = folder.up({first, second}) ? 1 : 0; });
  }
  for (auto& thread : threads) thread.join();
  CHECK(fine == std::vector<int>(4, 1));
  CHECK(states(folder.status({first, second})) == std::vector{State::applied, State::applied});
}

TEST_CASE("a file that is no database is refused", "[migrations]") {
  const Folder folder;
  std::filesystem::create_directories(std::filesystem::path(folder.database()).parent_path());
  std::FILE* file = std::fopen(folder.database().c_str(), "w");
  std::fputs(std::string(5000, 'x').c_str(), file);
  std::fclose(file);
  const auto refused = folder.up({first});
  REQUIRE_FALSE(refused.has_value());
  CHECK(std::string(refused.error().detail()).find("n.db") != std::string::npos);
  CHECK(std::filesystem::file_size(folder.database()) == 5000);
}

}  // namespace
}  // namespace netherlink::store::testing
