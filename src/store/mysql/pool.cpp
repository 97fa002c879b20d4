#include "store/mysql/pool.hpp"

#include <algorithm>

namespace netherlink::store::mysql {
namespace {

using namespace std::chrono_literals;

constexpr auto shortest_pause = 50ms, longest_pause = 1000ms;
constexpr int connect_failed = 2003;

}  // namespace

Pool::Lease::Lease(Pool& pool, std::chrono::milliseconds patience) : pool_(pool) {
  std::unique_lock lock(pool.mutex_);
  taken_ = pool.freed_.wait_for(lock, patience, [&] { return !pool.free_.empty(); });
  if (!taken_) return;
  connection_ = std::move(pool.free_.back());
  pool.free_.pop_back();
}

Pool::Lease::~Lease() {
  if (!taken_) return;
  {
    const std::lock_guard lock(pool_.mutex_);
    // Open ones last: they are taken first, and what is never needed stays closed.
    const auto at = connection_ ? pool_.free_.end() : pool_.free_.begin();
    pool_.free_.insert(at, std::move(connection_));
  }
  pool_.freed_.notify_one();
}

Connection& Pool::Lease::open() {
  if (connection_ && !connection_->alive()) connection_.reset();
  if (!connection_) connection_ = pool_.connect();
  return *connection_;
}

std::unique_ptr<Connection> Pool::connect() {
  if (!may_try()) throw make_failure(connect_failed, "away a moment ago, not tried again yet");
  try {
    auto connection = std::make_unique<Connection>(address_, role_);
    tried(true);
    return connection;
  } catch (...) {
    tried(false);
    throw;
  }
}

bool Pool::may_try() {
  const std::lock_guard lock(mutex_);
  if (!away_) return true;
  if (trying_ || Clock::now() < next_try_) return false;
  return trying_ = true;
}

void Pool::tried(bool success) {
  const std::lock_guard lock(mutex_);
  trying_ = false;
  pause_ = success ? Clock::duration() : std::clamp<Clock::duration>(pause_ * 2, shortest_pause, longest_pause);
  away_ = !success;
  next_try_ = Clock::now() + pause_;
}

}  // namespace netherlink::store::mysql
