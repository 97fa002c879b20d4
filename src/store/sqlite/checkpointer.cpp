#include "store/sqlite/checkpointer.hpp"

#include <pthread.h>
#include <sqlite3.h>

#include <chrono>

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
  auto progress = step(connection);
  while (progress.rest() > limits_.short_rest && progress.frames < limits_.longest_log) {
    const auto next = step(connection);
    if (next.copied == progress.copied) return;  // a reader holds it up
    progress = next;
  }
  const std::lock_guard lock(lane_);
  step(connection);
}

Checkpointer::Progress Checkpointer::step(Connection& connection) {
  Progress progress;
  const int status = sqlite3_wal_checkpoint_v2(connection.handle(), nullptr, SQLITE_CHECKPOINT_PASSIVE,
                                               &progress.frames, &progress.copied);
  if (status != SQLITE_OK && status != SQLITE_BUSY) throw last_failure(connection.handle());
  return progress;
}

}  // namespace netherlink::store::sqlite
