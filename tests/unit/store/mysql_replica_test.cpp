#include <chrono>
#include <thread>

#include "contract/store/batches.hpp"
#include "netherlink/log/log.hpp"
#include "netherlink/metrics/metrics.hpp"

namespace netherlink::store::testing {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

const std::string chat = im::ConversationId::single(1, 2).text;

template <class Condition>
void wait_until(const Condition& condition) {
  const auto deadline = Clock::now() + 60s;
  while (!condition()) {
    REQUIRE(Clock::now() < deadline);
    std::this_thread::sleep_for(20ms);
  }
}

double lag(const test::MariadbServer& replica) {
  const auto page = metrics::expose();
  const auto name =
      "netherlink_store_replica_lag_seconds{replica=\"127.0.0.1:" + std::to_string(replica.port()) + "\"} ";
  const auto at = page.find(name);
  return at == std::string::npos ? -2 : std::stod(page.substr(at + name.size()));
}

TEST_CASE("what may be old is read from a replica that keeps up, everything else is not", "[mysql][replica]") {
  log::set_level(log::Level::warn);
  test::MariadbServer primary({.binary_log = true});
  test::MariadbServer replica({.replica_of = &primary});
  const auto name = primary.create_database();
  Options options{.url = primary.url(name)};
  options.replica_urls = {replica.url(name)};
  must(migrate_up(options));
  const auto store = must(open(options));
  Owner owner(store->messages(), 0);
  owner.append(owner.conversation(chat, {owner.message(1, "a"), owner.message(1, "b")}));
  must(store->users().insert(
      {.id = 7, .username = "Ada", .nickname = "primary", .avatar_url = {}, .bio = {}, .email = {}, .created_at = 1},
      "ada", "", "h"));
  wait_until([&] { return lag(replica) >= 0 && lag(replica) < 2; });
  replica.catch_up(primary);

  // What only the replica says tells where an answer is from.
  replica.query(
      "SET SESSION sql_log_bin = 0; UPDATE users SET nickname = 'replica'; UPDATE messages SET content = 'replica'",
      name);
  const std::vector<user::UserId> ids{7};
  wait_until([&] { return must(store->users().find_recent(ids)).at(0).nickname == "replica"; });
  CHECK(must(store->users().find(ids)).at(0).nickname == "primary");
  CHECK(must(store->users().find_credentials(7))->user.nickname == "primary");
  CHECK(must(store->messages().range(chat, 1, 2, 2, false)).at(0).content == "replica");
  CHECK(must(store->messages().range(chat, 1, 2, 5, true)).at(1).content == "replica");
  // The end is not known, or is not there yet: only the primary can say.
  CHECK(must(store->messages().range(chat, 1, INT64_MAX, 5, true)).at(1).content == "hello");
  CHECK(must(store->messages().range(chat, 1, 3, 5, false)).at(1).content == "hello");

  // It stops following: found out, and not asked any more.
  replica.query("STOP SLAVE SQL_THREAD");
  owner.append(owner.conversation(chat, {owner.message(1, "c")}));
  CHECK(must(store->messages().range(chat, 1, 3, 3, false)).size() == 3);
  CHECK(must(store->messages().range(chat, 3, 3, 1, false)).at(0).content == "hello");
  must(store->users().insert(
      {.id = 8, .username = "Bob", .nickname = {}, .avatar_url = {}, .bio = {}, .email = {}, .created_at = 1}, "bob",
      "", "h"));
  CHECK(must(store->users().find_recent(std::vector<user::UserId>{8, 7, 9})).size() == 2);
  wait_until([&] { return lag(replica) > 2; });
  CHECK(must(store->users().find_recent(ids)).at(0).nickname == "primary");
  replica.query("START SLAVE SQL_THREAD");
  wait_until([&] { return must(store->users().find_recent(ids)).at(0).nickname == "replica"; });

  // It is gone: nobody notices.
  replica.kill();
  CHECK(must(store->users().find_recent(ids)).at(0).nickname == "primary");
  CHECK(must(store->messages().range(chat, 1, 3, 3, false)).size() == 3);
  wait_until([&] { return lag(replica) == -1; });
  replica.start();
  wait_until([&] { return must(store->users().find_recent(ids)).at(0).nickname == "replica"; });
}

}  // namespace
}  // namespace netherlink::store::testing
