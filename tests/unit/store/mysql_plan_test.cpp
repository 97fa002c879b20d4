#include <algorithm>
#include <set>

#include "contract/store/batches.hpp"
#include "netherlink/log/log.hpp"

namespace netherlink::store::testing {
namespace {

/// Tables with enough in them that a plan matters.
void fill(Mariadb& database) {
  database.query(
      "INSERT INTO users (id, username, name_key, email, email_key, password_hash, nickname, avatar_url, bio, "
      "created_at) "
      "SELECT seq, seq, seq, seq, seq, 'h', 'n', '', '', 1 FROM seq_1000_to_3000;"
      "INSERT INTO sessions SELECT seq, seq % 100, 'd', 'd', 'd', seq, seq, seq * 1000, 0, seq % 2 * seq FROM "
      "seq_1000_to_3000;"
      "INSERT INTO memberships (user_id, conversation_id, pinned, muted, joined_at, joined_seq) SELECT seq % 100, "
      "CONCAT('group_', seq), 0, 0, 1, 0 FROM seq_1000_to_3000;"
      "INSERT INTO conversations SELECT seq, CONCAT('group_', seq), 0, 20, 0, 0, 1 FROM seq_1000_to_3000;"
      "INSERT INTO messages (conversation, seq, message_id, sender_id, client_key, client_msg_id, sent_at, content) "
      "SELECT "
      "c.seq, m.seq, c.seq * 1000 + m.seq, 1, m.seq, m.seq, 1, 'x' FROM seq_1000_to_3000 c JOIN seq_1_to_20 m;"
      "INSERT INTO marks SELECT c.seq, m.seq, 1, 1 FROM seq_1000_to_3000 c JOIN seq_1_to_5 m;"
      "INSERT INTO search_tokens SELECT c.seq, CONCAT('word', m.seq), c.seq * 1000 + m.seq FROM seq_1000_to_3000 c "
      "JOIN seq_1_to_20 m;"
      "INSERT INTO search_tokens SELECT c.seq, 'common', c.seq * 1000 + m.seq FROM seq_1000_to_3000 c JOIN seq_1_to_20 "
      "m;"
      "ANALYZE TABLE users, sessions, memberships, conversations, messages, marks, search_tokens");
}

/// Everything that the repositories say to the server in ordinary life.
void use(Store& store) {
  const std::vector<std::string> names{"group_1000", "group_1500", "group_nobody"};
  Owner owner(store.messages(), 0);
  owner.append(owner.conversation("group_1000", {owner.message(1, "a"), owner.message(2, "b")},
                                  {{.user_id = 3, .marks = {7, 7}}, {.user_id = 4, .marks = {8, 8}}}));
  owner.append(owner.conversation("group_1000", {owner.message(1, "a")}));  // a duplicate
  owner.append(owner.conversation("group_5", {owner.message(1, "a")}));     // a new one
  must(store.messages().heads(names));
  must(store.messages().marks(3, names));
  must(store.messages().range("group_1200", 3, 9, 5, false));
  must(store.messages().range("group_1200", 1, INT64_MAX, 5, true));
  must(store.messages().find(1'000'003));
  must(store.search().postings("group_1200", {"common", false}, 1'200'015, 5));
  must(store.search().postings("group_1200", {"word1", true}, 1'200'015, 5));
  must(store.search().having("group_1200", {"common", false}, std::vector<im::MessageId>{1'200'003, 1'200'004}));
  must(store.search().newest(names, {"common", false}, 1'200'015));
  must(store.search().newest(names, {"word1", true}, 1'200'015));
  must(store.search().words("group_1200", "word", 3));
  must(store.search().texts(0, 1'200'000, 1'200'010, 5));
  const im::SearchIndex::Progress from{.shard = 0, .partition = 0, .indexed = 0, .written = 7};
  const std::vector<im::SearchIndex::Entry> entries{{1200, "new", 1'200'001}};
  must(store.search().add(std::span(&from, 1), std::span(&from.written, 1), entries));

  auto& users = store.users();
  must(users.find_by_name_or_email("2000"));
  must(users.find_credentials(1500));
  must(users.find(std::vector<user::UserId>{1001, 1002}));
  must(users.update_profile(1001, {.nickname = "x", .avatar_url = {}, .bio = {}}));
  must(users.update_password(1001, "h", "i"));
  auto& sessions = store.sessions();
  must(sessions.find(1234));
  must(sessions.of_user(7));
  must(sessions.rotate(1234, 0, 5, 6));
  must(sessions.revoke(34, std::vector<user::SessionId>{1234, 1334}, 7));
  must(sessions.touch(std::vector<user::SessionId>{1234, 1334}, 7'000'000));
  must(sessions.revoked_since(2990));
  must(sessions.purge(1'010'000));
  must(store.conversations().of_user(7));
  must(store.conversations().find(7, "group_1007"));
  must(store.conversations().ensure_single(im::ConversationId::single(1, 2), 5));
  const auto lease = must(store.machines().acquire("a", 5, 9, std::chrono::hours(1)));
  must(store.machines().renew(lease, std::chrono::hours(1)));
}

/// What was said, each kind of statement once.
std::vector<std::string> statements(Mariadb& database) {
  std::vector<std::string> all;
  std::set<std::string> kinds;
  for (auto& row : database.query("SELECT argument FROM mysql.general_log WHERE command_type = 'Query'")) {
    auto kind = row.at(0);
    std::erase_if(kind, [](char c) { return c >= '0' && c <= '9'; });
    const bool reads = kind.starts_with("SELECT") && kind.find(" FROM ") != std::string::npos;
    const bool planned = reads || kind.starts_with("UPDATE") || kind.starts_with("DELETE");
    // Whole tables of a dozen rows are read on purpose.
    const bool small = kind.find(" FROM partition_owner") != std::string::npos ||
                       kind.find(" FROM machine_lease") != std::string::npos ||
                       kind.find("information_schema") != std::string::npos;
    if (planned && !small && kinds.insert(kind).second) {
      all.push_back(row.at(0));
    }
  }
  return all;
}

TEST_CASE("no statement reads a whole table or sorts", "[mysql][plan]") {
  log::set_level(log::Level::warn);
  Mariadb database;
  fill(database);
  database.query("SET GLOBAL log_output = 'TABLE'; TRUNCATE mysql.general_log; SET GLOBAL general_log = ON");
  use(*database);
  database.query("SET GLOBAL general_log = OFF");
  std::set<std::string> tables;
  for (const auto& statement : statements(database)) {
    // id, select_type, table, type, possible_keys, key, key_len, ref, rows, Extra
    for (const auto& step : database.query("EXPLAIN " + statement)) {
      INFO(statement << "\n"
                     << step.at(2) << ": " << step.at(3) << " " << step.at(5) << " " << step.at(8) << " "
                     << step.at(9));
      if (step.at(2).empty()) continue;  // no table at all: known to be empty
      tables.insert(step.at(2));
      CHECK(step.at(3) != "ALL");
      CHECK(step.at(3) != "index");
      CHECK(step.at(9).find("filesort") == std::string::npos);
      CHECK(step.at(9).find("temporary") == std::string::npos);
      CHECK(std::stol(step.at(8)) <= 100);
    }
  }
  for (const auto* table : {"users", "sessions", "memberships", "conversations", "messages", "marks", "partition_owner",
                            "machine_lease", "search_tokens", "search_progress"}) {
    INFO(table);
    CHECK((tables.contains(table) || tables.contains(std::string(1, table[0]))));  // or as c, m
  }
}

}  // namespace
}  // namespace netherlink::store::testing
