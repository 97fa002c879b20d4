#include "store/sqlite/database.hpp"

#include <soci/soci.h>
#include <sqlite3.h>

#include <algorithm>
#include <filesystem>

#include "netherlink/core/ids.hpp"

namespace netherlink::store::sqlite {
namespace {

using core::result;

constexpr std::chrono::seconds reader_wait{5};
constexpr core::Timestamp fresh_commit_ms = 1000;
/// After a failure: a full disk often has room for a little.
constexpr std::int64_t large_probe_bytes = 256 * 1024;

constexpr const char* check_sql =
    "INSERT INTO write_check (id, checked_at, filler) VALUES (1, ?, zeroblob(?)) "
    "ON CONFLICT (id) DO UPDATE SET checked_at = excluded.checked_at, filler = excluded.filler";

/// After these the connection itself is fine; after any other it is opened again.
bool harmless(int code) {
  const int primary = code & 0xff;
  return primary == SQLITE_FULL || primary == SQLITE_BUSY || primary == SQLITE_CONSTRAINT;
}

/// The log and its index get the mode that the database had when they were made. If it was read-only then and no longer
/// is, they must follow.
void align_modes(const std::string& path) {
  namespace fs = std::filesystem;
  std::error_code ignored;
  const auto mode = fs::status(path, ignored).permissions();
  for (const auto* suffix : {"-wal", "-shm"}) {
    const auto file = path + suffix;
    if (fs::exists(file, ignored) && fs::status(file, ignored).permissions() != mode) {
      fs::permissions(file, mode, ignored);
    }
  }
}

}  // namespace

/// A reader out of the pool, put back at the end. Null when none became free in time.
class Database::Lease {
 public:
  explicit Lease(Database& database) : database_(database) {
    std::unique_lock lock(database_.readers_mutex_);
    taken_ = database_.reader_free_.wait_for(lock, reader_wait, [&] { return !database_.readers_.empty(); });
    if (!taken_) return;
    connection = std::move(database_.readers_.back());
    database_.readers_.pop_back();
  }
  ~Lease() {
    if (!taken_) return;
    {
      const std::lock_guard lock(database_.readers_mutex_);
      database_.readers_.push_back(std::move(connection));
    }
    database_.reader_free_.notify_one();
  }
  Lease(const Lease&) = delete;
  Lease& operator=(const Lease&) = delete;

  bool taken() const { return taken_; }
  std::unique_ptr<Connection> connection;

 private:
  Database& database_;
  bool taken_ = false;
};

Database::Database(std::string path, std::size_t readers, CheckpointLimits limits)
    : path_(std::move(path)),
      readers_(std::max<std::size_t>(readers, 1)),
      checkpointer_(path_, lane_, health_, limits) {}

Database::~Database() = default;

result<void> Database::read(const Work& work) {
  return read_raw([&](Connection& connection) { return work(connection.session()); });
}

result<void> Database::write(const Work& work) {
  return write_raw([&](Connection& connection) { return work(connection.session()); });
}

bool Database::is_duplicate(const soci::soci_error& error) const {
  const int code = failure_of(error).code();
  return code == SQLITE_CONSTRAINT_PRIMARYKEY || code == SQLITE_CONSTRAINT_UNIQUE;
}

std::string_view Database::insert_or_ignore() const {
  return "INSERT OR IGNORE INTO";
}

std::string_view Database::now_ms() const {
  return "CAST(ROUND((julianday('now') - 2440587.5) * 86400000) AS INTEGER)";
}

result<void> Database::read_raw(const RawWork& work) {
  Lease lease(*this);
  if (!lease.taken()) return errors::server_overloaded;
  return attempt(lease.connection, work, false);
}

result<void> Database::write_raw(const RawWork& work, const std::function<void()>& committed) {
  const std::lock_guard lock(lane_);
  auto done = attempt(writer_, work, true);
  if (done) {
    last_commit_ = core::now_ms();
    write_failed_ = false;
    health_.worked();
    if (committed) committed();
  }
  return done;
}

result<void> Database::attempt(std::unique_ptr<Connection>& connection, const RawWork& work, bool writing) {
  try {
    if (!connection) connection = connect(writing);
    connection->execute(writing ? "BEGIN IMMEDIATE" : "BEGIN");
    auto done = work(*connection);
    connection->execute(done ? "COMMIT" : "ROLLBACK");
    return done;
  } catch (const Failure& failure) {
    return give_up(connection, failure, writing);
  } catch (const soci::soci_error& error) {
    return give_up(connection, failure_of(error), writing);
  } catch (...) {
    connection.reset();  // rolls back by closing
    throw;
  }
}

void Database::close_readers() {
  const std::lock_guard lock(readers_mutex_);
  for (auto& reader : readers_) reader.reset();
}

std::unique_ptr<Connection> Database::connect(bool writing) {
  // SQLite would make an empty file of a missing one.
  if (!std::filesystem::exists(path_)) throw Failure(SQLITE_CANTOPEN, "SQLITE_CANTOPEN", "the file is gone");
  if (writing) align_modes(path_);
  auto connection = std::make_unique<Connection>(path_, writing ? Connection::Role::writer : Connection::Role::reader);
  if (writing) {
    const auto committed = [](void* checkpointer, sqlite3*, const char*, int frames) {
      static_cast<Checkpointer*>(checkpointer)->committed(frames);
      return SQLITE_OK;
    };
    sqlite3_wal_hook(connection->handle(), committed, &checkpointer_);
  }
  return connection;
}

core::Error Database::give_up(std::unique_ptr<Connection>& connection, const Failure& failure, bool writing) {
  health_.failed(failure);
  if (writing) write_failed_ = true;
  if (connection && !harmless(failure.code())) connection.reset();
  if (writing && (failure.code() & 0xff) == SQLITE_READONLY) close_readers();
  if (connection && connection->in_transaction()) {
    try {
      connection->execute("ROLLBACK");
    } catch (const Failure&) {
      connection.reset();  // rolls back by closing
    }
  }
  return errors::server_unavailable;
}

result<void> Database::check() {
  if (!write_failed_ && core::now_ms() - last_commit_ < fresh_commit_ms) return {};
  return write_raw([&](Connection& connection) -> result<void> {
    connection.statement(check_sql).bind(1, core::now_ms()).bind(2, write_failed_ ? large_probe_bytes : 0).run();
    return {};
  });
}

}  // namespace netherlink::store::sqlite
