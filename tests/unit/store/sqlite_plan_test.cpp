#include <sqlite3.h>

#include <limits>

#include "contract/store/engines.hpp"
#include "store/sql/search_index.hpp"
#include "store/sqlite/soci_handle.hpp"
#include "store/sqlite/statement.hpp"

#include <soci/soci.h>

namespace netherlink::store::testing {
namespace {

/// One connection, and everything that was said over it.
class Watched final : public sql::Database {
 public:
  explicit Watched(const std::string& path) : opened_(sqlite::open_session(path)) {
    const auto note = [](unsigned, void* said, void*, void* text) {
      static_cast<std::vector<std::string>*>(said)->emplace_back(static_cast<const char*>(text));
      return 0;
    };
    sqlite3_trace_v2(opened_.handle, SQLITE_TRACE_STMT, note, &said_);
  }

  core::result<void> read(const Work& work) override { return work(*opened_.session); }
  core::result<void> write(const Work& work) override { return work(*opened_.session); }
  bool is_duplicate(const soci::soci_error&) const override { return false; }
  std::string_view insert_or_ignore() const override { return "INSERT OR IGNORE INTO"; }
  std::string_view now_ms() const override { return "0"; }

  /// The steps of the plan of everything said so far.
  std::vector<std::string> plans() {
    const auto said = std::exchange(said_, {});
    std::vector<std::string> steps;
    for (const auto& text : said) {
      sqlite::Statement explain(opened_.handle, "EXPLAIN QUERY PLAN " + text);
      while (explain.step()) steps.emplace_back(explain.text(3));
    }
    said_.clear();
    return steps;
  }

 private:
  sqlite::SociHandle opened_;
  std::vector<std::string> said_;
};

TEST_CASE("no question to the search index reads a whole table or sorts", "[sqlite][plan]") {
  Sqlite engine;
  Watched database(engine.path().string());
  sql::SearchIndex index({&database}, [&](std::string_view) -> sql::Database& { return database; });
  constexpr auto newest = std::numeric_limits<im::MessageId>::max();
  const auto plan_is = [&](const std::vector<std::string>& expected) { CHECK(database.plans() == expected); };

  must(index.postings("world", {"word", false}, newest, 10));
  plan_is({"SEARCH c USING COVERING INDEX sqlite_autoindex_conversations_1 (conversation_id=?)",
           "SEARCH s USING PRIMARY KEY (conversation=? AND token=? AND message_id<?)"});
  must(index.postings("world", {"word", true}, newest, 10));
  plan_is({"SEARCH c USING COVERING INDEX sqlite_autoindex_conversations_1 (conversation_id=?)",
           "SEARCH s USING PRIMARY KEY (conversation=? AND token>? AND token<?)"});
  must(index.having("world", {"word", false}, std::vector<im::MessageId>{1, 2, 3}));
  plan_is({"SEARCH c USING COVERING INDEX sqlite_autoindex_conversations_1 (conversation_id=?)",
           "SEARCH s USING PRIMARY KEY (conversation=? AND token=? AND message_id=?)"});
  must(index.newest(std::vector<std::string>{"world", "group_1"}, {"word", false}, newest));
  plan_is({"SEARCH c USING COVERING INDEX sqlite_autoindex_conversations_1 (conversation_id=?)",
           "CORRELATED SCALAR SUBQUERY 1", "SEARCH s USING PRIMARY KEY (conversation=? AND token=? AND message_id<?)"});
  must(index.words("world", "wor", 10));
  plan_is({"SEARCH c USING COVERING INDEX sqlite_autoindex_conversations_1 (conversation_id=?)",
           "SEARCH s USING PRIMARY KEY (conversation=? AND token>? AND token<?)"});
  must(index.texts(0, 5, 50, 10));
  plan_is({"SEARCH messages USING INTEGER PRIMARY KEY (rowid>? AND rowid<?)"});
}

}  // namespace
}  // namespace netherlink::store::testing
