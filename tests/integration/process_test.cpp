#include <signal.h>
#include <sqlite3.h>

#include <fstream>
#include <sstream>
#include <thread>

#include "support/catch.hpp"
#include "support/person.hpp"
#include "support/secrets.hpp"

namespace netherlink::test {
namespace {

using nlohmann::json;

std::string read(const std::filesystem::path& file) {
  std::ifstream stream(file, std::ios::binary);
  std::stringstream text;
  text << stream.rdbuf();
  return text.str();
}

bool holds(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

std::vector<std::string> on_store(std::vector<std::string> command, const std::filesystem::path& database) {
  command.emplace_back("--set");
  command.push_back("store.url=sqlite:///" + database.string());
  return command;
}

void execute_sql(const std::filesystem::path& database, const std::string& sql) {
  sqlite3* handle = nullptr;
  char* message = nullptr;
  REQUIRE(sqlite3_open(database.c_str(), &handle) == SQLITE_OK);
  const auto code = sqlite3_exec(handle, sql.c_str(), nullptr, nullptr, &message);
  INFO((message != nullptr ? message : ""));
  CHECK(code == SQLITE_OK);
  sqlite3_free(message);
  sqlite3_close(handle);
}

}  // namespace

TEST_CASE("process: wrong arguments end with 2", "[process]") {
  for (const auto& wrong : std::vector<std::vector<std::string>>{{},
                                                                 {"dance"},
                                                                 {"serve", "--nonsense"},
                                                                 {"serve", "--set", "http.port"},
                                                                 {"serve", "--set", "http.port=99999"},
                                                                 {"serve", "--config", "/nowhere/netherlink.toml"},
                                                                 {"migrate", "sideways"}}) {
    const auto result = run_binary(wrong);
    INFO(result.output);
    CHECK(result.exit_code == 2);
    CHECK_FALSE(result.output.empty());
  }
  const auto version = run_binary({"version"});
  CHECK(version.exit_code == 0);
  CHECK(holds(version.output, "0.1.0"));
  CHECK(run_binary({"--help"}).exit_code == 0);
}

TEST_CASE("process: check-config lists every problem at once, with its place", "[process]") {
  const TemporaryFolder folder;
  const auto file = folder.path() / "netherlink.toml";
  std::ofstream(file) << "[http]\nport = 70000\nprot = 1\n\n[auth]\naccess_ttl = \"soon\"\n";
  const auto result = run_binary({"check-config", "--config", file.string(), "--set", "log.level=loud"},
                                 {"NETHERLINK_STORE_THREADS=none"});
  INFO(result.output);
  CHECK(result.exit_code == 2);
  for (const auto* part : {"netherlink.toml:2", "http.port", "netherlink.toml:3", "http.prot", "netherlink.toml:6",
                           "auth.access_ttl", "log.level", "store.threads"}) {
    INFO(part);
    CHECK(holds(result.output, part));
  }
  CHECK(run_binary({"check-config"}).exit_code == 0);
  CHECK(run_binary({"serve", "--set", "http.address=0.0.0.0", "--set", "auth.password_cost=test"}).exit_code == 2);
}

TEST_CASE("process: config-reference is the example in the tree", "[process]") {
  const auto result = run_binary({"config-reference"});
  CHECK(result.exit_code == 0);
  CHECK(result.output == read(std::filesystem::path(NETHERLINK_SOURCE_DIR) / "config" / "netherlink.example.toml"));
}

TEST_CASE("process: migrations are shown, applied once, and refused when edited or unknown", "[process]") {
  const TemporaryFolder folder;
  const auto database = folder.path() / "deep" / "netherlink.db";
  auto result = run_binary(on_store({"migrate", "status"}, database));
  INFO(result.output);
  CHECK(result.exit_code == 0);
  CHECK(holds(result.output, "0001_initial.sql"));
  CHECK(holds(result.output, "pending"));
  CHECK_FALSE(std::filesystem::exists(database));
  CHECK(run_binary(on_store({"migrate"}, database)).exit_code == 0);
  CHECK(run_binary(on_store({"migrate", "up"}, database)).exit_code == 0);
  result = run_binary(on_store({"migrate", "status"}, database));
  CHECK(holds(result.output, "applied"));
  CHECK_FALSE(holds(result.output, "pending"));

  const auto refused = [&](const std::string& name, const std::string& why) {
    for (const auto& command :
         {on_store({"migrate", "up"}, database),
          on_store({"serve", "--set", "http.port=0", "--set", "auth.password_cost=test"}, database)}) {
      const auto outcome = run_binary(command);
      INFO(outcome.output);
      CHECK(outcome.exit_code == 1);
      CHECK(holds(outcome.output, name));
      CHECK(holds(outcome.output, why));
    }
  };
  execute_sql(database, "INSERT INTO schema_migrations VALUES (9999, '9999_future.sql', 'x', 0)");
  refused("9999_future.sql", "newer");
  execute_sql(database,
              "DELETE FROM schema_migrations WHERE number = 9999; UPDATE schema_migrations SET checksum = 'other' "
              "WHERE number = 1");
  refused("0001_initial.sql", "changed");
}

TEST_CASE("process: nobody else may read the data", "[process]") {
  ServerProcess server;
  std::size_t files = 0;
  for (const auto& entry : std::filesystem::directory_iterator(server.folder())) {
    const auto name = entry.path().filename().string();
    if (name == "log") continue;  // of this test
    INFO(name);
    ++files;
    constexpr auto others = std::filesystem::perms::group_all | std::filesystem::perms::others_all;
    CHECK((entry.status().permissions() & others) == std::filesystem::perms::none);
  }
  CHECK(files >= 3);
}

TEST_CASE("process: one database has one server", "[process]") {
  ServerProcess first;
  const auto second =
      run_binary(on_store({"serve", "--set", "http.port=0", "--set", "auth.password_cost=test"}, first.database()), {},
                 milliseconds(60'000));
  INFO(second.output);
  CHECK(second.exit_code == 1);
  CHECK(holds(second.output, first.database().string()));
  HttpClient http(first.port());
  CHECK(http.get("/readyz").status == 200);
}

TEST_CASE("process: a port that is taken is told, and ends with 1", "[process]") {
  ServerProcess first;
  const TemporaryFolder folder;
  const auto port = std::to_string(first.port());
  const auto second = run_binary(on_store({"serve", "--set", "http.port=" + port}, folder.path() / "netherlink.db"));
  INFO(second.output);
  CHECK(second.exit_code == 1);
  CHECK(holds(second.output, "in use"));
  CHECK(holds(second.output, port));
}

TEST_CASE("process: SIGTERM and SIGINT drain and end with 0", "[process]") {
  for (const int number : {SIGTERM, SIGINT}) {
    ServerProcess server({"drain.reconnect_after=1500ms"});
    Person ada(server, "ada");
    ada.say("world", "the last words before the end");
    server.signal(number);
    CHECK(ada.socket().expect("draining")["reconnect_after_ms"] == 1500);
    CHECK(ada.socket().wait_close() == 1001);
    CHECK(server.wait_exit() == 0);
    server.start();
    CHECK(whole_history(ada, "world").size() == 1);
  }
}

TEST_CASE("process: a request in flight is answered while the server drains", "[process]") {
  ServerProcess server({"auth.password_cost=moderate", "auth.password_threads=1"});
  Person ada(server, "ada");
  HttpClient waiting(server.port()), idle(server.port());
  CHECK(idle.get("/healthz").status == 200);
  const auto body = json{{"username", ada.username}, {"password", ada.password}}.dump();
  waiting.send_raw(
      "POST /api/v1/auth/login HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: " +
      std::to_string(body.size()) + "\r\n\r\n" + body + "GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n");
  // The second request is not complete: the server has read the first when it has read that much.
  std::this_thread::sleep_for(milliseconds(30));
  server.signal(SIGTERM);
  const auto answer = waiting.receive("POST", "/api/v1/auth/login");
  CHECK(answer.status == 200);
  CHECK(server.wait_exit() == 0);
  CHECK(idle.closed_by_server());
}

TEST_CASE("process: a second SIGTERM ends at once", "[process]") {
  ServerProcess server({"drain.timeout=1h"});
  Person ada(server, "ada");
  ada.socket();  // does not read on, so the drain waits for its goodbye
  server.signal(SIGTERM);
  REQUIRE(server.wait_for_log("stopping"));
  while (server.running()) {
    server.signal(SIGTERM);
    std::this_thread::sleep_for(milliseconds(20));
  }
  const auto code = server.wait_exit();
  CHECK((code == 1 || code == 0));
}

TEST_CASE("process: SIGHUP reloads what may change and says what may not", "[process]") {
  const TemporaryFolder folder;
  const auto file = folder.path() / "netherlink.toml";
  std::ofstream(file) << "[log]\nlevel = \"info\"\n";
  ServerProcess server({}, file);
  HttpClient http(server.port());
  http.get("/healthz");
  CHECK_FALSE(holds(server.log(), "\"debug\""));
  std::ofstream(file) << "[log]\nlevel = \"debug\"\n[http]\nbody_bytes = \"2MiB\"\n";
  server.signal(SIGHUP);
  CHECK(server.wait_for_log("log.level"));
  CHECK(server.wait_for_log("http.body_bytes"));
  http.get("/healthz");
  CHECK(server.wait_for_log("\"debug\""));
  std::ofstream(file) << "[log]\nlevel = \"loud\"\n";
  server.signal(SIGHUP);
  CHECK(server.wait_for_log("loud"));
  CHECK(http.get("/healthz").status == 200);
  CHECK(server.terminate() == 0);
}

TEST_CASE("process: a debug log of a full run holds no secret", "[process][log][json]") {
  auto& secrets = Secrets::get();
  ServerProcess server;
  {
    Person ada(server, "ada"), bob(server, "bob");
    HttpClient http(server.port());
    http.post("/api/v1/auth/login", {{"username", ada.username}, {"password", "a wrong password, tried"}});
    http.post("/api/v1/auth/register", {{"username", "x"}, {"password", "of a refused registration"}});
    http.post("/api/v1/auth/login", {{"username", ada.password}, {"password", "the name was the password"}});
    const auto tokens = http.post("/api/v1/auth/refresh", {{"refresh_token", ada.refresh_token}}).json;
    http.post("/api/v1/auth/refresh", {{"refresh_token", "a forged refresh token"}});
    http.request_text("POST", "/api/v1/auth/login", R"({"username":"broken","password":"inside broken JSON)");
    secrets.note_text("inside broken JSON");
    WsClient::Options options;
    for (const auto place :
         {WsClient::TokenPlace::query, WsClient::TokenPlace::subprotocol, WsClient::TokenPlace::header}) {
      options.place = place;
      WsClient socket(server.port(), ada.token, options);
      socket.request("auth.refresh", {{"access_token", tokens.at("access_token")}});
      socket.request("message.send", text_message("world", "a text that nobody logs"));
      socket.request("message.send", text_message("no-conversation", "a text that is refused"));
      socket.send_text(R"({"type":"message.send","data":{"content":"inside a broken frame)");
      secrets.note_text("inside a broken frame");
      socket.expect("error");
      try {
        WsClient refused(server.port(), "a.forged.access-token", options);
      } catch (const HandshakeRefused&) {
        secrets.note_text("a.forged.access-token");
      }
    }
    bob.post(ada.with(bob), "a text of a private talk");
    bob.http.put("/api/v1/users/me/password",
                 {{"old_password", bob.password}, {"new_password", "a password that is new"}});
    http.get("/healthz");  // logged at level debug
    http.get("/api/v1/users/me?password=a-password-in-a-query");
    secrets.note_text("a-password-in-a-query");
    http.set_token("nonsense-instead-of-token");
    http.get("/api/v1/users/me");
    secrets.note_text("nonsense-instead-of-token");
  }
  for (const auto& entry : std::filesystem::directory_iterator(server.folder())) {
    if (entry.path().filename() == "jwt_secret") secrets.note_text(read(entry.path()));
  }
  CHECK(server.terminate() == 0);
  const auto log = server.log();
  CHECK(holds(log, "\"level\":\"debug\""));
  CHECK(secrets.size() > 20);
  CHECK(secrets.found_in(log) == std::vector<std::string>());

  std::istringstream lines(log);
  for (std::string line; std::getline(lines, line);) {
    INFO(line);
    REQUIRE(json::parse(line, nullptr, false).is_object());
  }
}

}  // namespace netherlink::test
