#include <sqlite3.h>

#include <atomic>
#include <bit>
#include <thread>

#include "contract/store/batches.hpp"
#include "netherlink/log/log.hpp"
#include "store/sql/client_key.hpp"
#include "store/sql/conversation_keys.hpp"
#include "store/sqlite/database.hpp"
#include "store/sqlite/fair_mutex.hpp"

namespace netherlink::store::testing {
namespace {

TEST_CASE("the cache of conversation keys forgets what was not used", "[sqlite]") {
  sql::ConversationKeys keys(10);
  CHECK_FALSE(keys.find("a"));
  keys.insert("a", 1);
  for (int i = 0; i < 100; ++i) {
    keys.insert("other " + std::to_string(i), 100 + i);
    REQUIRE(keys.find("a") == 1);
  }
  CHECK(keys.find("other 99") == 199);
  CHECK_FALSE(keys.find("other 10"));
  keys.clear();
  CHECK_FALSE(keys.find("a"));
}

TEST_CASE("the number of a client's message id is fixed for ever", "[sqlite]") {
  sql::ClientKeys keys;
  // printf '\0\0\0\0\0\0\0\1abc' | sha256sum
  CHECK(keys.of(1, "abc") == std::bit_cast<std::int64_t>(std::uint64_t{0xe98bc483cc6af9cc}));
  CHECK(keys.of(1, "abc") == keys.of(1, "abc"));
  CHECK(keys.of(1, "abc") != keys.of(2, "abc"));
  CHECK(keys.of(1, "abc") != keys.of(1, "abC"));
}

void execute(const std::filesystem::path& path, const std::string& sql) {
  sqlite3* handle = nullptr;
  sqlite3_open(path.c_str(), &handle);
  const int code = sqlite3_exec(handle, sql.c_str(), nullptr, nullptr, nullptr);
  const int changed = sqlite3_changes(handle);
  sqlite3_close(handle);
  REQUIRE(code == SQLITE_OK);
  REQUIRE(changed == 1);
}

TEST_CASE("two messages whose numbers meet are both kept and both found again", "[sqlite]") {
  Sqlite database;
  {
    Owner owner(database->messages(), 0);
    owner.append(owner.conversation("world", {owner.message(1, "in the way")}));
  }
  database.close();
  execute(database.path(), "UPDATE messages SET client_key = " + std::to_string(sql::ClientKeys().of(1, "x")));
  database.reopen();
  Owner owner(database->messages(), 0);
  const auto stored = owner.append(owner.conversation("world", {owner.message(1, "x"), owner.message(1, "x")}));
  CHECK(stored.duplicate == std::vector<bool>{false, true});
  CHECK(seqs(stored.messages) == std::vector<im::Seq>{2, 2});
  CHECK(owner.append(owner.conversation("world", {owner.message(1, "x")})).messages[0].seq == 2);
}

TEST_CASE("the log is copied into the database while it is written", "[sqlite]") {
  log::set_level(log::Level::warn);
  Sqlite files;
  files.close();
  sqlite::Database database(files.path().string(), 1, {.begin_at = 100, .short_rest = 20, .longest_log = 1000});
  const auto write = [&](int value) {
    must(database.write_raw([&](sqlite::Connection& connection) -> core::result<void> {
      connection.statement("INSERT INTO write_check (id, checked_at, filler) VALUES (?, 0, zeroblob(40000))")
          .bind(1, value)
          .run();
      return {};
    }));
  };
  int written = 0;
  while (written < 200) write(++written);
  // Goes on until the copying has caught up: whoever copies needs time of the processor.
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(60);
  while (std::filesystem::file_size(files.path()) < 200 * 40'000 && std::chrono::steady_clock::now() < deadline) {
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
    write(++written);
  }
  CHECK(std::filesystem::file_size(files.path()) >= 200 * 40'000);
  must(database.read_raw([&](sqlite::Connection& connection) -> core::result<void> {
    auto& count = connection.statement("SELECT COUNT(*) FROM write_check");
    while (count.step()) CHECK(count.integer(0) == written);
    return {};
  }));
}

TEST_CASE("a commit is on the disk before it is acknowledged", "[sqlite]") {
  Sqlite files;
  files.close();
  sqlite::Database database(files.path().string(), 1);
  must(database.write_raw([](sqlite::Connection& connection) -> core::result<void> {
    auto& synchronous = connection.statement("PRAGMA synchronous");
    while (synchronous.step()) CHECK(synchronous.integer(0) == 2);  // FULL
    auto& journal = connection.statement("PRAGMA journal_mode");
    while (journal.step()) CHECK(journal.text(0) == "wal");
    return {};
  }));
}

TEST_CASE("the write lane serves in the order of arrival", "[sqlite]") {
  sqlite::FairMutex lane;
  std::atomic<bool> stop = false;
  std::atomic<long> greedy_turns = 0;
  std::thread greedy([&] {
    while (!stop) {
      const std::lock_guard lock(lane);
      ++greedy_turns;
    }
  });
  while (greedy_turns == 0) std::this_thread::yield();
  for (int turn = 0; turn < 200; ++turn) {
    const std::lock_guard lock(lane);  // would hang, or nearly, behind the greedy one
  }
  stop = true;
  greedy.join();
  SUCCEED();
}

TEST_CASE("writers and readers of many threads meet no busy database", "[sqlite]") {
  Sqlite database;
  std::vector<std::thread> threads;
  std::atomic<int> failures = 0;
  for (std::size_t t = 0; t < 3; ++t) {
    threads.emplace_back([&, t] {
      Owner owner(database->messages(), t);
      for (int i = 0; i < 30; ++i) {
        const auto name = "group_" + std::to_string(t + 1);
        auto batch = owner.batch({owner.conversation(name, {owner.message(1, std::to_string(i))})});
        if (!database->messages().append(batch)) ++failures;
        const auto user = static_cast<user::UserId>(t * 1000) + i + 1;
        const auto key = std::to_string(user);
        if (!database->users().insert(
                {.id = user, .username = key, .nickname = "", .avatar_url = "", .bio = "", .email = ""}, key, "", "h"))
          ++failures;
        if (!database->users().find_credentials(user)) ++failures;
      }
    });
  }
  for (auto& thread : threads) thread.join();
  CHECK(failures == 0);
  for (std::size_t t = 0; t < 3; ++t) {
    const std::vector<std::string> name{"group_" + std::to_string(t + 1)};
    CHECK(must(database->messages().heads(name)).front().last_seq == 30);
  }
}

}  // namespace
}  // namespace netherlink::store::testing
