#include <sys/resource.h>

#include <algorithm>
#include <cstdlib>
#include <thread>

#include "support/catch.hpp"
#include "support/person.hpp"

namespace netherlink::test {
namespace {

using nlohmann::json;

void limit_file_size(pid_t pid, rlim_t bytes) {
  rlimit limit{};
  REQUIRE(::prlimit(pid, RLIMIT_FSIZE, nullptr, &limit) == 0);
  limit.rlim_cur = std::min(bytes, limit.rlim_max);
  REQUIRE(::prlimit(pid, RLIMIT_FSIZE, &limit, nullptr) == 0);
}

/// Two people, one of whom writes until the disk is full.
struct Talk {
  explicit Talk(const ServerProcess& on) : server(on), ada(on, "ada"), bob(on, "bob"), http(on.port()) {
    bob.socket();
    ada.say(ada.with(bob), "while there is room");
  }

  json large(const std::string& id = {}) const { return text_message(ada.with(bob), std::string(8000, 'x'), id); }

  /// The client_msg_id of the first message that was refused; empty: 2000 of 8 KB were taken.
  std::string write_until_refused() {
    for (int i = 0; i < 2000; ++i) {
      const auto message = large();
      const auto reply = ada.socket().request("message.send", message);
      if (reply.at("type") == "message.ack") continue;
      CHECK(reply["data"]["code"] == "server.unavailable");
      CHECK(reply["data"]["client_msg_id"] == message["client_msg_id"]);
      CHECK(reply["data"]["retry_after_ms"] > 0);
      return message.at("client_msg_id");
    }
    return {};
  }

  /// Nothing can be written: everybody is told, and what can be read is.
  void check_refusals() {
    const auto rest = ada.http.post("/api/v1/chat/messages", large());
    CHECK(rest.status == 503);
    CHECK(rest.code() == "server.unavailable");
    CHECK(std::atoi(rest.header("retry-after").c_str()) >= 1);
    CHECK(http.get("/healthz").status == 200);
    CHECK(http.get("/readyz").status == 503);
    CHECK(bob.http.get("/api/v1/chat/history?conversation_id=" + ada.with(bob)).status == 200);
  }

  /// There is room again: without a restart, everything goes on, and what was refused can be sent.
  void check_recovery(const std::string& refused) {
    const auto deadline = Clock::now() + patience;
    while (http.get("/readyz").status != 200 && Clock::now() < deadline) std::this_thread::sleep_for(milliseconds(50));
    CHECK(http.get("/readyz").status == 200);
    const auto reply = ada.socket().request("message.send", large(refused));
    INFO(reply.dump());
    CHECK(reply["type"] == "message.ack");
    ada.post(ada.with(bob), "there is room again");
    const auto history = whole_history(bob, ada.with(bob));
    for (std::size_t i = 0; i < history.size(); ++i) CHECK(history[i]["seq"] == i + 1);
    CHECK(std::count_if(history.begin(), history.end(), [&](const json& m) { return m["client_msg_id"] == refused; }) ==
          1);
    CHECK(history.back()["content"] == "there is room again");
  }

  void hang_up() {
    ada.hang_up();
    bob.hang_up();
  }

  const ServerProcess& server;
  Person ada, bob;
  HttpClient http;
};

}  // namespace

TEST_CASE("disk: files that cannot grow are told, and the server recovers when they can", "[disk]") {
  ServerProcess server;
  Talk talk(server);
  // With 0 nothing can be written at all, as on a disk that went read-only; with what is in use nothing can grow.
  for (const rlim_t bytes :
       {rlim_t{0}, static_cast<rlim_t>(std::filesystem::file_size(server.database().string() + "-wal"))}) {
    INFO(bytes);
    limit_file_size(server.pid(), bytes);
    const auto refused = talk.write_until_refused();
    REQUIRE_FALSE(refused.empty());
    talk.check_refusals();
    limit_file_size(server.pid(), RLIM_INFINITY);
    talk.check_recovery(refused);
  }
  talk.hang_up();
  CHECK(server.terminate() == 0);
}

TEST_CASE("disk: a file system that is full is told, and the server recovers when there is room", "[disk]") {
  const TemporaryFolder folder;
  const auto disk = folder.path().string();
  const std::string unshare = "/usr/bin/unshare --user --map-root-user --mount";
  if (std::system((unshare + " /bin/mount -t tmpfs none " + disk + " >/dev/null 2>&1").c_str()) != 0) {
    WARN("skipped: this machine does not let users mount a file system of their own");
    return;
  }
  const auto prepare = "mount -t tmpfs -o size=6m none '" + disk + "' && head -c 3000000 /dev/zero > '" + disk +
                       "/filler' && exec \"$@\"";
  ServerProcess server({"store.url=sqlite:///" + disk + "/netherlink.db"}, {},
                       {"/usr/bin/unshare", "--user", "--map-root-user", "--mount", "/bin/sh", "-c", prepare, "sh"});
  Talk talk(server);
  const auto refused = talk.write_until_refused();
  REQUIRE_FALSE(refused.empty());
  talk.check_refusals();
  // The mount is seen by the server alone.
  std::filesystem::remove("/proc/" + std::to_string(server.pid()) + "/root" + disk + "/filler");
  talk.check_recovery(refused);
  talk.hang_up();
  CHECK(server.terminate() == 0);
}

TEST_CASE("disk: a data folder that cannot be made ends with 1 and its name", "[disk]") {
  const auto result =
      run_binary({"serve", "--set", "http.port=0", "--set", "store.url=sqlite:////proc/nowhere/netherlink.db"});
  INFO(result.output);
  CHECK(result.exit_code == 1);
  CHECK(result.output.find("/proc/nowhere") != std::string::npos);
}

}  // namespace netherlink::test
