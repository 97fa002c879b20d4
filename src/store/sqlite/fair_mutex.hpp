#pragma once

#include <condition_variable>
#include <cstdint>
#include <mutex>

namespace netherlink::store::sqlite {

/// Serves in the order of arrival: ingest, which locks again at once, cannot starve an ordinary write. For
/// std::lock_guard.
class FairMutex {
 public:
  void lock() {
    std::unique_lock lock(mutex_);
    const auto ticket = next_++;
    turn_.wait(lock, [&] { return ticket == serving_; });
  }

  void unlock() {
    {
      const std::lock_guard lock(mutex_);
      ++serving_;
    }
    turn_.notify_all();
  }

 private:
  std::mutex mutex_;
  std::condition_variable turn_;
  std::uint64_t next_ = 0, serving_ = 0;
};

}  // namespace netherlink::store::sqlite
