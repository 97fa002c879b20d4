#include "store/sqlite/checkpointer.hpp"

#include <pthread.h>
#include <sqlite3.h>

#include <chrono>
#include <utility>

namespace netherlink::store::sqlite {
namespace {

constexpr std::chrono::seconds retry_after{1};

}  // namespace

Checkpointer::Checkpointer(std::string path, FairMutex& lane, Health& health, CheckpointLimits limits)
    : path_(std::move(path)), lane_(lane), health_(health), limits_(limits), thread_([this] { run(); }) {
  pthread_setname_np(thread_.native_handle(), "checkpoint");
}

Checkpointer::~Checkpointer() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_one();
  thread_.join();
}

void Checkpointer::committed(int frames) {
  frames_ = frames;
  if (frames < limits_.begin_at) return;
  {
    const std::lock_guard lock(mutex_);
    if (wanted_) return;
    wanted_ = true;
  }
  wake_.notify_one();
}

void Checkpointer::run() {
  std::unique_lock lock(mutex_);
  for (;;) {
    wake_.wait(lock, [&] { return wanted_ || stopping_; });
    if (stopping_) return;
    lock.unlock();
    bool failed = false;
    try {
      checkpoint();
    } catch (const Failure& failure) {
      health_.failed(failure);
      failed = true;
    }
    lock.lock();
    wanted_ = false;  // the next commit asks again if there is more
    if (failed) wake_.wait_for(lock, retry_after, [&] { return stopping_; });
  }
}

void Checkpointer::checkpoint() {
  Connection connection(path_, Connection::Role::checkpointer);
  int copied = step(connection);
  for (;;) {
    const int frames = frames_;
    if (frames < copied) return;  // the log has begun anew
    if (frames - copied <= limits_.short_rest || frames >= limits_.longest_log) break;
    const int before = std::exchange(copied, step(connection));
    if (copied == before) return;  // a reader holds it up
  }
  const std::lock_guard lock(lane_);
  step(connection);
}

int Checkpointer::step(Connection& connection) {
  int copied = 0;
  const int status =
      sqlite3_wal_checkpoint_v2(connection.handle(), nullptr, SQLITE_CHECKPOINT_PASSIVE, nullptr, &copied);
  if (status != SQLITE_OK && status != SQLITE_BUSY) throw last_failure(connection.handle());
  return copied;
}

}  // namespace netherlink::store::sqlite
