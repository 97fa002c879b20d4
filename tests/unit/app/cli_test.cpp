#include "app/cli.hpp"

#include <sqlite3.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "netherlink/config/config.hpp"
#include "netherlink/core/version.hpp"
#include "support/catch.hpp"

using namespace netherlink;

namespace {

struct Outcome {
  int code;
  std::string out, err;
};

Outcome run(std::vector<std::string> arguments, std::vector<std::string> environment = {}) {
  std::ostringstream out, err;
  const int code = app::run({std::move(arguments), std::move(environment), out, err});
  return {code, out.str(), err.str()};
}

bool contains(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

/// An empty folder, gone with the test.
struct Folder {
  std::string path = (std::filesystem::temp_directory_path() / "netherlink-cli-XXXXXX").string();

  Folder() { REQUIRE(mkdtemp(path.data()) != nullptr); }
  ~Folder() { std::filesystem::remove_all(path); }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;

  std::string write(const std::string& name, const std::string& content) const {
    std::ofstream(path + "/" + name) << content;
    return path + "/" + name;
  }
};

}  // namespace

TEST_CASE("version says which") {
  const auto [code, out, err] = run({"version"});
  CHECK(code == 0);
  CHECK(out.starts_with("netherlink " + std::string(core::version) + "\n"));
  CHECK(contains(out, "Boost "));
  CHECK(err.empty());
}

TEST_CASE("wrong arguments are answered with 2 and a hint") {
  const auto nothing = run({});
  CHECK(nothing.code == 2);
  CHECK(nothing.out.empty());
  for (const char* command : {"serve", "migrate", "admin", "check-config", "config-reference", "version"}) {
    CHECK(contains(nothing.err, command));
  }
  const auto unknown = run({"sever", "reset-password"});
  CHECK(unknown.code == 2);
  CHECK(unknown.err ==
        "netherlink: there is no command \"sever\"; the commands are serve migrate admin check-config config-reference "
        "version\n");
  for (const auto& arguments : std::vector<std::vector<std::string>>{{"serve", "--port", "1"},
                                                                     {"serve", "extra"},
                                                                     {"serve", "--config"},
                                                                     {"check-config", "--set"},
                                                                     {"check-config", "--set", "http.port=1", "extra"},
                                                                     {"migrate", "down"},
                                                                     {"migrate", "up", "status"},
                                                                     {"version", "--config", "x"},
                                                                     {"--nonsense"},
                                                                     {"version", "serve"}}) {
    const auto [code, out, err] = run(arguments);
    INFO(arguments.back());
    CHECK(code == 2);
    CHECK(out.empty());
    CHECK_FALSE(err.empty());
  }
}

TEST_CASE("help is no error") {
  const auto all = run({"--help"});
  CHECK(all.code == 0);
  CHECK(contains(all.out, "check-config"));
  const auto one = run({"serve", "--help"});
  CHECK(one.code == 0);
  CHECK(contains(one.out, "--set"));
}

TEST_CASE("the reference is printed as TOML and as Markdown") {
  CHECK(run({"config-reference"}).out == config::reference());
  CHECK(run({"config-reference", "--markdown"}).out == config::reference_markdown());
}

TEST_CASE("every problem of the configuration is listed at once") {
  const Folder folder;
  const auto file = folder.write("netherlink.toml", "[http]\n\nport = 70000\n");
  for (const char* command : {"serve", "check-config", "migrate"}) {
    const auto [code, out, err] = run({command, "--config", file, "--set", "a.b=1", "--set=log.level=loud"},
                                      {"NETHERLINK_BUS_PARTITIONS=0", "HOME=/"});
    CHECK(code == 2);
    CHECK(out.empty());
    CHECK(err == file + ":3: http.port: must be an integer from 0 to 65535\n" +
                     "environment: bus.partitions: must be an integer from 1 to 1024, not \"0\"\n"
                     "--set: a.b: is unknown; did you mean bus.url?\n"
                     "--set: log.level: must be one of debug, info, warn, error, off, not \"loud\"\n");
  }
  const auto missing = run({"check-config", "--config", folder.path + "/none.toml"});
  CHECK(missing.code == 2);
  CHECK(missing.err == folder.path + "/none.toml: cannot be read: No such file or directory\n");
}

TEST_CASE("a valid configuration is shown, without its secrets") {
  const Folder folder;
  const auto file = folder.write("netherlink.toml", "[http]\nport = 9000\n");
  const auto [code, out, err] =
      run({"check-config", "--config", file, "--set", "auth.jwt_secret=hunter2-hunter2-hunter2-hunter2-"});
  CHECK(code == 0);
  CHECK(err.empty());
  CHECK(out.starts_with("configuration is valid\n"));
  CHECK(contains(out, "http.port = 9000"));
  CHECK(contains(out, "# " + file + ":2\n"));
  CHECK(contains(out, "auth.jwt_secret = \"***\""));
  CHECK_FALSE(contains(out, "hunter2"));
  CHECK(contains(run({"check-config"}).out, "Every key has its default"));
}

TEST_CASE("the file may be named by a variable, and an argument wins") {
  const Folder folder;
  const auto one = folder.write("one.toml", "[http]\nport = 1001\n"),
             two = folder.write("two.toml", "[http]\nport = 1002\n");
  const std::vector<std::string> environment = {"NETHERLINK_CONFIG=" + one};
  CHECK(contains(run({"check-config"}, environment).out, "http.port = 1001"));
  CHECK(contains(run({"check-config", "--config", two}, environment).out, "http.port = 1002"));
  CHECK(contains(run({"check-config"}, {"NETHERLINK_CONFIG="}).out, "Every key has its default"));
}

TEST_CASE("migrations are shown, applied, and applied once") {
  const Folder folder;
  const std::string url = "store.url=sqlite://" + folder.path + "/data/netherlink.db";
  const auto before = run({"migrate", "status", "--set", url});
  CHECK(before.code == 0);
  CHECK(contains(before.out, "0001"));
  CHECK(contains(before.out, "pending"));
  for (int i = 0; i < 2; ++i) {
    const auto up = run({"migrate", "--set", url});
    CHECK(up.code == 0);
    CHECK(up.err.empty());
    CHECK(contains(up.out, "applied"));
    CHECK_FALSE(contains(up.out, "pending"));
  }
  const auto after = run({"migrate", "status", "--set", url});
  CHECK(after.code == 0);
  CHECK_FALSE(contains(after.out, "pending"));
}

TEST_CASE("an edited or unknown migration is refused with its name") {
  const std::pair<const char*, const char*> drifts[] = {
      {"UPDATE schema_migrations SET checksum = 'x' WHERE number = 1", "edited since it was applied"},
      {"INSERT INTO schema_migrations (number, name, checksum, applied_at) VALUES (9000, '9000_future.sql', 'x', 1)",
       "applied by another version"}};
  for (const auto& [statement, state] : drifts) {
    const Folder folder;
    const std::string path = folder.path + "/netherlink.db", url = "store.url=sqlite://" + path;
    REQUIRE(run({"migrate", "up", "--set", url}).code == 0);
    sqlite3* database = nullptr;
    REQUIRE(sqlite3_open(path.c_str(), &database) == SQLITE_OK);
    REQUIRE(sqlite3_exec(database, statement, nullptr, nullptr, nullptr) == SQLITE_OK);
    sqlite3_close(database);

    const auto status = run({"migrate", "status", "--set", url});
    CHECK(status.code == 1);
    CHECK(contains(status.out, state));
    const auto up = run({"migrate", "up", "--set", url});
    CHECK(up.code == 1);
    CHECK(contains(up.err, ".sql"));
  }
}

TEST_CASE("a database that cannot be opened is a failure, not a wrong configuration") {
  const Folder folder;
  const auto file = folder.write("no-database", "this is no database, and long enough for SQLite to see that\n");
  for (const char* action : {"up", "status"}) {
    const auto [code, out, err] = run({"migrate", action, "--set", "store.url=sqlite://" + file});
    CHECK(code == 1);
    CHECK(err.starts_with("netherlink: "));
  }
}
