#include <fmt/format.h>
#include <sqlite3.h>

#include <memory>
#include <string>

#include "bench/limits/limits.hpp"
#include "bench/server/cpu.hpp"
#include "bench/server/temporary_folder.hpp"
#include "bench/support/clock.hpp"
#include "bench/support/failure.hpp"

namespace netherlink::bench {

namespace {

constexpr std::int64_t conversations = 200;

struct Closer {
  void operator()(sqlite3* database) const { sqlite3_close(database); }
  void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
};
using Database = std::unique_ptr<sqlite3, Closer>;
using Statement = std::unique_ptr<sqlite3_stmt, Closer>;

class Writer {
 public:
  explicit Writer(const std::string& file) {
    sqlite3* raw = nullptr;
    const int status = sqlite3_open(file.c_str(), &raw);
    database_.reset(raw);
    need(status, SQLITE_OK);
    run("PRAGMA journal_mode=WAL");
    run("PRAGMA synchronous=FULL");
    // Not the defaults, which would make this a limit of SQLite's small page cache.
    run("PRAGMA cache_size=-65536");
    run("PRAGMA wal_autocheckpoint=10000");
    run("CREATE TABLE message(conversation INTEGER NOT NULL, seq INTEGER NOT NULL, sender INTEGER NOT NULL, "
        "client_msg_id TEXT NOT NULL, message_id INTEGER NOT NULL, content TEXT NOT NULL, sent_at INTEGER NOT NULL, "
        "PRIMARY KEY(conversation, seq), UNIQUE(conversation, sender, client_msg_id))");
    begin_ = prepare("BEGIN IMMEDIATE");
    commit_ = prepare("COMMIT");
    insert_ = prepare("INSERT INTO message VALUES(?,?,?,?,?,?,?)");
  }

  void commit_batch(std::size_t rows) {
    step(*begin_);
    for (std::size_t i = 0; i < rows; ++i) insert();
    step(*commit_);
  }

 private:
  void insert() {
    const std::int64_t n = next_++;
    const std::int64_t seq = n / conversations + 1;
    const auto id = std::to_string(seq);
    sqlite3_stmt* s = insert_.get();
    sqlite3_bind_int64(s, 1, n % conversations);
    sqlite3_bind_int64(s, 2, seq);
    sqlite3_bind_int64(s, 3, n % conversations);
    sqlite3_bind_text(s, 4, id.data(), static_cast<int>(id.size()), SQLITE_STATIC);
    sqlite3_bind_int64(s, 5, n);
    sqlite3_bind_text(s, 6, content_.data(), static_cast<int>(content_.size()), SQLITE_STATIC);
    sqlite3_bind_int64(s, 7, 1'700'000'000'000 + n);
    step(*s);
  }

  void step(sqlite3_stmt& statement) {
    need(sqlite3_step(&statement), SQLITE_DONE);
    sqlite3_reset(&statement);
  }
  void run(const char* sql) { need(sqlite3_exec(database_.get(), sql, nullptr, nullptr, nullptr), SQLITE_OK); }
  Statement prepare(const char* sql) {
    sqlite3_stmt* statement = nullptr;
    need(sqlite3_prepare_v2(database_.get(), sql, -1, &statement, nullptr), SQLITE_OK);
    return Statement(statement);
  }
  void need(int status, int wanted) {
    if (status != wanted) throw Failure(fmt::format("sqlite: {}", sqlite3_errmsg(database_.get())));
  }

  Database database_;  // closed after its statements
  Statement begin_, commit_, insert_;
  std::string content_ = std::string(100, 'c');
  std::int64_t next_ = 0;
};

}  // namespace

double measure_sqlite_commits(const Options& options, std::size_t rows, double seconds) {
  const TemporaryFolder folder(options.directory);
  pin_to(options.server_cpu);
  Writer writer((folder.path() / "limit.db").string());
  const Nanos warm = now_ns() + nanos_per_second / 2;
  while (now_ns() < warm) writer.commit_batch(rows);
  std::uint64_t committed = 0;
  const Nanos began = now_ns();
  const Nanos end = began + from_seconds(seconds);
  for (; now_ns() < end; committed += rows) writer.commit_batch(rows);
  return static_cast<double>(committed) / to_seconds(now_ns() - began);
}

}  // namespace netherlink::bench
