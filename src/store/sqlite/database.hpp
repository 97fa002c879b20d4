#pragma once

#include <atomic>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "store/health.hpp"
#include "store/sql/database.hpp"
#include "store/sqlite/connection.hpp"
#include "store/sqlite/fair_mutex.hpp"

namespace netherlink::store::sqlite {

/// The connections to one file: one that writes, taken in turn by whoever has something to write, so that writers of
/// this process never meet SQLITE_BUSY, and a few that read. A connection that failed is opened again. Thread-safe.
class Database final : public sql::Database {
 public:
  /// The file must exist and be migrated. Opens nothing yet.
  Database(std::string path, std::size_t readers);
  ~Database() override;

  core::result<void> read(const Work& work) override;
  core::result<void> write(const Work& work) override;
  std::string_view insert_or_ignore() const override { return "INSERT OR IGNORE"; }

  /// The same for those who use the C interface. May throw Failure.
  using RawWork = std::function<core::result<void>(Connection&)>;
  core::result<void> read_raw(const RawWork& work);
  /// Runs `work` inside BEGIN IMMEDIATE … COMMIT; an error rolls back.
  core::result<void> write_raw(const RawWork& work);

  /// One small write, left out when another has succeeded within the last second.
  core::result<void> check();

 private:
  class Lease;
  core::result<void> attempt(std::unique_ptr<Connection>& connection, const RawWork& work, bool writing);
  core::Error give_up(std::unique_ptr<Connection>& connection, const Failure& failure);

  const std::string path_;
  Health health_;

  FairMutex lane_;
  std::unique_ptr<Connection> writer_;  // guarded by lane_
  std::atomic<std::int64_t> last_commit_{0};

  std::mutex readers_mutex_;
  std::condition_variable reader_free_;
  std::vector<std::unique_ptr<Connection>> readers_;  // those not in use; null: not open
};

}  // namespace netherlink::store::sqlite
