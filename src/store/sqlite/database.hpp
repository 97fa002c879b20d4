#pragma once

#include <atomic>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "netherlink/core/ids.hpp"
#include "store/health.hpp"
#include "store/sql/database.hpp"
#include "store/sqlite/checkpointer.hpp"
#include "store/sqlite/connection.hpp"
#include "store/sqlite/fair_mutex.hpp"

namespace netherlink::store::sqlite {

/// The connections to one file: one that writes, taken in turn by whoever has something to write, so that writers of
/// this process never meet SQLITE_BUSY, and a few that read. A connection that failed is opened again. Thread-safe.
class Database final : public sql::Database {
 public:
  /// The file must exist and be migrated. Opens nothing yet.
  Database(std::string path, std::size_t readers, CheckpointLimits limits = {});
  ~Database() override;

  core::result<void> read(const Work& work) override;
  core::result<void> write(const Work& work) override;
  bool is_duplicate(const soci::soci_error& error) const override;
  std::string_view insert_or_ignore() const override;
  std::string_view now_ms() const override;

  /// The same for those who use the C interface. May throw Failure.
  using RawWork = std::function<core::result<void>(Connection&)>;
  core::result<void> read_raw(const RawWork& work);
  /// Runs `work` inside BEGIN IMMEDIATE … COMMIT; an error rolls back. `committed` runs before the next writer.
  core::result<void> write_raw(const RawWork& work, const std::function<void()>& committed = {});

  /// One small write, left out when another has succeeded within the last second; a larger one after a failure.
  core::result<void> check();

 private:
  class Lease;
  core::result<void> attempt(std::unique_ptr<Connection>& connection, const RawWork& work, bool writing);
  std::unique_ptr<Connection> connect(bool writing);
  /// Those not in use: they hold the files as they found them, read-only perhaps.
  void close_readers();
  core::Error give_up(std::unique_ptr<Connection>& connection, const Failure& failure, bool writing);

  const std::string path_;
  Health health_;

  FairMutex lane_;
  std::unique_ptr<Connection> writer_;  // guarded by lane_
  std::atomic<core::Timestamp> last_commit_{0};
  std::atomic<bool> write_failed_{false};  // the last one

  std::mutex readers_mutex_;
  std::condition_variable reader_free_;
  std::vector<std::unique_ptr<Connection>> readers_;  // those not in use; null: not open

  Checkpointer checkpointer_;  // ends before the connections close: the last one to close copies what is left
};

}  // namespace netherlink::store::sqlite
