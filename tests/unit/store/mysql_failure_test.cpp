#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <set>
#include <thread>

#include "contract/store/batches.hpp"
#include "netherlink/log/log.hpp"

namespace netherlink::store::testing {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;
using Append = im::MessageStore::Append;

const std::string chat = im::ConversationId::single(1, 2).text;

class Failing : public Mariadb {
 public:
  Failing() { log::set_level(log::Level::off); }
  ~Failing() override { log::set_level(log::Level::warn); }
};

/// A port that takes connections and never says anything.
class Silent {
 public:
  Silent() : descriptor_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    address_.sin_family = AF_INET;
    address_.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t length = sizeof address_;
    auto* generic = reinterpret_cast<sockaddr*>(&address_);
    REQUIRE(bind(descriptor_, generic, length) == 0);
    REQUIRE(listen(descriptor_, 16) == 0);
    REQUIRE(getsockname(descriptor_, generic, &length) == 0);
  }
  ~Silent() { close(descriptor_); }
  Silent(const Silent&) = delete;
  Silent& operator=(const Silent&) = delete;
  std::uint16_t port() const { return ntohs(address_.sin_port); }

 private:
  int descriptor_;
  sockaddr_in address_{};
};

template <class T>
void not_opened(const core::result<T>& result, const std::string& why) {
  REQUIRE_FALSE(result.has_value());
  const std::string detail(result.error().detail());
  INFO(detail);
  CHECK(result.error().is(errors::server_unavailable));
  CHECK(detail.find(why) != std::string::npos);
  CHECK(detail.find(test::MariadbServer::password()) == std::string::npos);
  CHECK(detail.find("p%40ss") == std::string::npos);
}

TEST_CASE("a server that cannot be opened is told with its reason, without the password", "[mysql][failure]") {
  const Failing database;
  const auto url = database.options().url;
  const auto name = url.substr(url.rfind('/'));
  not_opened(open({.url = mariadb().url(name.substr(1), 1)}), "127.0.0.1:1" + name);
  not_opened(migrate_up({.url = mariadb().url(name.substr(1), 1)}), "127.0.0.1:1" + name);
  not_opened(open({.url = url + "x"}), "Unknown database");
  auto other = url;
  other.insert(other.find('@'), "wrong");
  not_opened(open({.url = other}), "Access denied");
  const Silent silent;
  const auto begun = Clock::now();
  not_opened(open({.url = mariadb().url("n", silent.port())}), "127.0.0.1:" + std::to_string(silent.port()));
  CHECK(Clock::now() - begun < 60s);
}

/// One that ends by itself at that moment is fine.
void kill_connection(const Mariadb& database, const std::string& id) {
  try {
    database.query("KILL " + id);
  } catch (const std::exception& gone) {
    if (std::string_view(gone.what()).find("Unknown thread id") == std::string_view::npos) throw;
  }
}

TEST_CASE("connections that were closed while idle are not noticed", "[mysql][failure]") {
  Failing database;
  Owner owner(database->messages(), 0);
  for (int round = 0; round < 3; ++round) {
    owner.append(owner.conversation(chat, {owner.message(1, std::to_string(round))}));
    must(database->users().find_by_name_or_email("ada"));
    must(database->sessions().touch(std::vector<user::SessionId>{1}, 5));
    must(database->check());
    const auto all =
        database.query("SELECT id FROM information_schema.processlist WHERE id <> CONNECTION_ID() AND db = DATABASE()");
    REQUIRE_FALSE(all.empty());
    for (const auto& row : all) kill_connection(database, row.at(0));
  }
  CHECK(must(database->messages().heads(std::vector{chat}))[0].last_seq == 3);
}

/// Sends messages of several conversations as ingest would: what failed is sent again until it is acknowledged.
class Load {
 public:
  explicit Load(Store& store) : store_(store), thread_([this] { run(); }) {}
  ~Load() { stop(); }
  void stop() {
    stopping_ = true;
    if (thread_.joinable()) thread_.join();
  }
  long acknowledged() const { return acknowledged_; }
  long failures() const { return failures_; }
  const std::set<std::string>& messages() const { return messages_; }

  static std::string name_of(int conversation) { return "group_" + std::to_string(conversation + 1); }
  static constexpr int conversations = 10;

 private:
  void run() {
    for (long number = 0; !stopping_; ++number) {
      while (!send(number)) {
        ++failures_;
        std::this_thread::sleep_for(5ms);
      }
    }
  }

  bool send(long number) {
    auto& store = store_.messages();
    auto lease = store.acquire(0);
    std::vector<std::string> names;
    for (int c = 0; c < conversations; ++c) names.push_back(name_of(c));
    const auto heads = store.heads(names);
    if (!lease || !heads) return false;
    im::AppendBatch batch;
    for (std::size_t c = 0; c < names.size(); ++c) {
      auto& conversation = batch.conversations.emplace_back();
      conversation.id = names[c];
      conversation.head = (*heads)[c];
      for (int m = 0; m < 3; ++m) {
        auto& message = conversation.messages.emplace_back();
        message.sent_at = core::now_ms();
        message.id = lease->last_id = id::next_id(lease->last_id, 0, message.sent_at);
        message.conversation_id = names[c];
        message.sender_id = m;
        message.client_msg_id = std::to_string(number);
        message.content = "x";
      }
    }
    batch.leases = {*lease};
    const auto appended = store.append(batch);
    if (!appended || *appended != Append::committed) return false;
    for (const auto& conversation : batch.conversations) {
      for (const auto& message : conversation.messages) {
        messages_.insert(conversation.id + ' ' + std::to_string(message.seq) + ' ' + std::to_string(message.sender_id) +
                         ' ' + message.client_msg_id);
      }
    }
    ++acknowledged_;
    return true;
  }

  Store& store_;
  std::atomic<bool> stopping_{false};
  std::atomic<long> acknowledged_{0}, failures_{0};
  std::set<std::string> messages_;
  std::thread thread_;
};

void wait_for_more(const Load& load) {
  const auto before = load.acknowledged();
  const auto deadline = Clock::now() + 60s;
  while (load.acknowledged() < before + 5) {
    REQUIRE(Clock::now() < deadline);
    std::this_thread::sleep_for(1ms);
  }
}

/// Everything acknowledged is there, once, at its place, and nothing else is.
void compare(Store& store, std::set<std::string> acknowledged) {
  for (int c = 0; c < Load::conversations; ++c) {
    const auto name = Load::name_of(c);
    const auto all = must(store.messages().range(name, 1, INT64_MAX, 1'000'000, false));
    REQUIRE(must(store.messages().heads(std::vector{name}))[0].last_seq == static_cast<im::Seq>(all.size()));
    std::set<std::pair<im::UserId, std::string>> keys;
    for (std::size_t i = 0; i < all.size(); ++i) {
      REQUIRE(all[i].seq == static_cast<im::Seq>(i + 1));
      REQUIRE(keys.emplace(all[i].sender_id, all[i].client_msg_id).second);
      acknowledged.erase(name + ' ' + std::to_string(all[i].seq) + ' ' + std::to_string(all[i].sender_id) + ' ' +
                         all[i].client_msg_id);
    }
  }
  CHECK(acknowledged.empty());
}

TEST_CASE("a server that is killed or stops loses nothing and doubles nothing", "[mysql][failure]") {
  Failing database;
  Load load(*database);
  wait_for_more(load);
  for (int round = 0; round < 3; ++round) {
    std::this_thread::sleep_for(std::chrono::milliseconds(7 * round));
    mariadb().kill();
    const auto refused = Clock::now();
    CHECK_FALSE(database->users().find_by_name_or_email("ada").has_value());
    CHECK(Clock::now() - refused < 20s);
    mariadb().start();
    wait_for_more(load);
  }
  mariadb().shut_down();
  mariadb().start();
  wait_for_more(load);

  const auto failures = load.failures();
  mariadb().pause();
  const auto deadline = Clock::now() + 60s;
  while (load.failures() == failures) {
    REQUIRE(Clock::now() < deadline);  // nothing waits without end
    std::this_thread::sleep_for(10ms);
  }
  mariadb().resume();
  wait_for_more(load);
  load.stop();
  compare(*database, load.messages());
  must(database->check());
}

/// Statements on a connection of their own, meanwhile.
std::thread meanwhile(const Mariadb& database, const std::string& sql) {
  return std::thread([&database, sql] {
    try {
      database.query(sql);
    } catch (const std::runtime_error&) {
      // It may be the one that the server chose to give up.
    }
  });
}

void wait_until(const Mariadb& database, const std::string& condition) {
  const auto deadline = Clock::now() + 60s;
  while (database.query("SELECT 1 FROM " + condition).empty()) {
    REQUIRE(Clock::now() < deadline);
    std::this_thread::sleep_for(5ms);
  }
}

const std::string sleeping = "information_schema.processlist WHERE info LIKE 'SELECT SLEEP%'";

TEST_CASE("an append that met a deadlock is done again", "[mysql][failure]") {
  Failing database;
  database.query("CREATE OR REPLACE TABLE weight (x BIGINT)");
  Owner owner(database->messages(), 0);
  owner.append(owner.conversation(chat, {owner.message(1, "a")}));
  const auto deadlocks = database.query("SHOW GLOBAL STATUS LIKE 'Innodb_deadlocks'").at(0).at(1);
  // The other has changed much, which makes the server give up the append.
  auto other =
      meanwhile(database,
                "START TRANSACTION; INSERT INTO weight SELECT seq FROM seq_1_to_20000; UPDATE marks SET read_seq = 1; "
                "SELECT SLEEP(1); UPDATE partition_owner SET last_id = last_id WHERE partition_number = 0; COMMIT");
  wait_until(database, sleeping);
  const auto appended = owner.append(owner.conversation(chat, {owner.message(1, "b"), owner.message(1, "a")}));
  other.join();
  CHECK(database.query("SELECT COUNT(*) FROM weight").at(0).at(0) == "20000");  // the other was not given up
  CHECK(database.query("SHOW GLOBAL STATUS LIKE 'Innodb_deadlocks'").at(0).at(1) != deadlocks);
  CHECK(seqs(appended.messages) == std::vector<im::Seq>{2, 1});
  CHECK(must(database->messages().range(chat, 1, 9, 9, false)).size() == 2);
}

TEST_CASE("an append that waited too long for a lock is done again", "[mysql][failure]") {
  Failing database;
  Owner owner(database->messages(), 0);
  auto other = meanwhile(database, "START TRANSACTION; UPDATE partition_owner SET last_id = last_id; SELECT SLEEP(4)");
  wait_until(database, sleeping);
  owner.append(owner.conversation(chat, {owner.message(1, "a")}));
  other.join();
  CHECK(must(database->messages().range(chat, 1, 9, 9, false)).size() == 1);
}

TEST_CASE("an owner that stopped in the middle cannot commit", "[mysql][failure]") {
  Failing database;
  Owner old(database->messages(), 0);
  old.append(old.conversation(chat, {old.message(1, "a")}));
  auto batch = old.batch({old.conversation(chat, {old.message(1, "late")})});
  auto second = must(open(database.options()));
  Owner next(second->messages(), 0);
  next.append(next.conversation(chat, {next.message(2, "b")}));
  CHECK(must(database->messages().append(batch)) == Append::fenced);
  CHECK(must(second->messages().heads(std::vector{chat}))[0].last_seq == 2);
}

}  // namespace
}  // namespace netherlink::store::testing
