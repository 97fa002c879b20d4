#include "store/health.hpp"

#include "netherlink/log/log.hpp"

namespace netherlink::store {
namespace {

constexpr std::chrono::seconds log_interval{10};

}  // namespace

void Health::failed(const Failure& failure) {
  const auto now = std::chrono::steady_clock::now();
  const std::lock_guard lock(mutex_);
  if (logged_ && now - *logged_ < log_interval) {
    ++silent_;
    return;
  }
  log::error("the store fails",
             {{"error", failure.name()}, {"code", failure.code()}, {"reason", failure.what()}, {"more", silent_}});
  announced_ = true;
  silent_ = 0;
  logged_ = now;
}

void Health::worked() {
  const std::lock_guard lock(mutex_);
  if (!announced_) return;
  announced_ = false;
  log::info("the store works again", {{"more", silent_}});
  silent_ = 0;
}

}  // namespace netherlink::store
