#pragma once

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <string>
#include <thread>

#include "store/health.hpp"
#include "store/sqlite/connection.hpp"
#include "store/sqlite/fair_mutex.hpp"

namespace netherlink::store::sqlite {

/// In frames, which are pages (4 KiB) of the log.
struct CheckpointLimits {
  /// The longer the log, the more often a page is changed before it is copied, and the more there is to read after a
  /// crash.
  int begin_at = 12'000;
  /// What may be copied while writers wait: a few milliseconds.
  int short_rest = 1'000;
  /// Writers that outrun the copying wait for it from here on.
  int longest_log = 60'000;
};

/// Copies the write-ahead log into the database on a thread of its own, so that no commit waits for it. It follows the
/// writer until little is left and copies that while writers wait: only a log that was copied to its end begins anew.
/// A step beside the writer begins only while something is left to copy, and nobody else copies: a log that begins anew
/// under a checkpoint that has just begun corrupts the database in SQLite before 3.51.3
/// (https://www.sqlite.org/wal.html#walresetbug).
class Checkpointer {
 public:
  /// `lane` is what writers hold.
  Checkpointer(std::string path, FairMutex& lane, Health& health, CheckpointLimits limits);
  /// Ends after the step that is under way.
  ~Checkpointer();
  Checkpointer(const Checkpointer&) = delete;
  Checkpointer& operator=(const Checkpointer&) = delete;

  /// Told by each commit how long the log is now, in frames (pages). Never waits.
  void committed(int frames);

 private:
  void run();
  void checkpoint();
  /// Copies what is there now; returns how many frames of the log are copied.
  int step(Connection& connection);

  const std::string path_;
  FairMutex& lane_;
  Health& health_;
  const CheckpointLimits limits_;

  std::atomic<int> frames_{0};  // of the log, after the last commit

  std::mutex mutex_;
  std::condition_variable wake_;
  bool wanted_ = false, stopping_ = false;

  std::thread thread_;
};

}  // namespace netherlink::store::sqlite
