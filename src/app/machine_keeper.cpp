#include "app/machine_keeper.hpp"

#include <pthread.h>

#include "netherlink/log/log.hpp"

namespace netherlink::app {
namespace {

using namespace std::chrono_literals;

constexpr auto ttl = 20s, renew_every = 4s;
constexpr auto margin = 2s;  // between our last id and somebody else's first

}  // namespace

MachineKeeper::MachineKeeper(id::MachineLeases& leases, id::Generator& generator, std::string holder,
                             std::int64_t lowest, std::int64_t highest)
    : leases_(leases), generator_(generator), holder_(std::move(holder)), lowest_(lowest), highest_(highest) {}

MachineKeeper::~MachineKeeper() {
  stop();
}

core::result<void> MachineKeeper::start() {
  if (auto acquired = acquire(); !acquired) return acquired.error();
  thread_ = std::thread([this] { run(); });
  pthread_setname_np(thread_.native_handle(), "machine");
  return {};
}

void MachineKeeper::stop() {
  {
    const std::lock_guard lock(mutex_);
    if (std::exchange(stopping_, true)) return;
  }
  wake_.notify_one();
  if (!thread_.joinable()) return;
  thread_.join();
  generator_.hold(lease_.machine, 0, Clock::now());
  lease_.last_id = generator_.last();
  (void)leases_.release(lease_);  // if not, it runs out
}

core::result<void> MachineKeeper::acquire() {
  const auto asked = Clock::now();
  auto lease = leases_.acquire(holder_, lowest_, highest_, ttl);
  if (!lease) return lease.error();
  lease_ = std::move(*lease);
  hold(asked);
  log::info("machine number acquired", {{"machine", lease_.machine}});
  return {};
}

bool MachineKeeper::renew() {
  const auto asked = Clock::now();
  lease_.last_id = generator_.last();
  const auto renewed = leases_.renew(lease_, ttl);
  if (!renewed) return true;  // not known: what we have runs out by itself
  if (*renewed) hold(asked);
  return *renewed;
}

void MachineKeeper::hold(Clock::time_point asked) {
  generator_.hold(lease_.machine, lease_.last_id, asked + ttl - margin);
}

void MachineKeeper::run() {
  bool held = true;
  std::unique_lock lock(mutex_);
  while (!wake_.wait_for(lock, renew_every, [this] { return stopping_; })) {
    lock.unlock();
    if (held) {
      held = renew();
      if (!held) log::warn("machine number lost", {{"machine", lease_.machine}});
    }
    if (!held) held = acquire().has_value();
    lock.lock();
  }
}

}  // namespace netherlink::app
