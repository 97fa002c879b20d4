#include "attachment/collector.hpp"

#include <pthread.h>

#include "attachment/instruments.hpp"
#include "netherlink/log/log.hpp"

namespace netherlink::attachment {
namespace {

constexpr std::size_t at_once = 200;
constexpr Timestamp minute = 60'000;
/// A message that is not there yet is asked for again after this.
constexpr Timestamp patience = 5 * minute;
/// Content whose row is not there is on its way to one, for so long.
constexpr Timestamp stray_age = 60 * minute;

}  // namespace

void Collector::start() {
  thread_ = std::thread([this] { run(); });
  pthread_setname_np(thread_.native_handle(), "attachments");
}

void Collector::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void Collector::run() {
  std::unique_lock lock(mutex_);
  while (!wake_.wait_for(lock, deps_.options.sweep_interval, [this] { return stopping_; })) {
    lock.unlock();
    sweep();
    lock.lock();
  }
}

void Collector::sweep() {
  const auto now = core::now_ms();
  settle_uses(now);
  expire(now);
  collect_content();
  look_for_strays(now);
}

void Collector::settle_uses(Timestamp now) {
  const auto uses = deps_.repository.doubted(now, at_once);
  if (!uses) return;
  for (const auto& use : *uses) {
    const auto state = deps_.messages.state(use);
    if (!state) return;
    const bool never_came = now - use.created_at > deps_.options.unused_ttl.count();
    if (*state == MessageLookup::State::refers) {
      (void)deps_.repository.keep(use, 0);
    } else if (*state == MessageLookup::State::unknown && !never_came) {
      (void)deps_.repository.keep(use, now + patience);
    } else if (deps_.repository.drop(use, now)) {
      count_collected("use");
    }
  }
}

void Collector::expire(Timestamp now) {
  const auto ids = deps_.repository.expired(now, at_once);
  if (!ids) return;
  for (const auto id : *ids) {
    const auto gone = deps_.repository.expire(id, now);
    if (!gone || !*gone) continue;
    (void)deps_.blobs.discard(id);  // not for want of trying: the strays are looked for
    count_collected("attachment");
  }
}

void Collector::collect_content() {
  const auto hashes = deps_.repository.unreferenced(at_once);
  if (!hashes) return;
  for (const auto& hash : *hashes) {
    const auto remove = [&] { return deps_.blobs.remove(hash); };
    if (deps_.repository.collect(hash, remove)) count_collected("content");
  }
}

/// What lies in the store and in no table: a part of it in each sweep.
void Collector::look_for_strays(Timestamp now) {
  if (const auto uploads = deps_.blobs.staged(now - deps_.options.upload_ttl.count() - stray_age)) {
    for (const auto id : *uploads) {
      const auto known = deps_.repository.find(id);
      if (!known || (*known && !(*known)->complete)) continue;
      if (deps_.blobs.discard(id)) count_collected("stray_upload");
    }
  }
  const auto hashes = deps_.blobs.content(part_, now - stray_age);
  part_ = (part_ + 1) % BlobStore::content_parts;
  if (!hashes) return;
  for (const auto& hash : *hashes) {
    const auto known = deps_.repository.find_content(hash);
    if (!known || *known) continue;
    const auto remove = [&]() -> core::result<void> {
      log::info("content without an attachment removed", {{"hash", hash}});
      return deps_.blobs.remove(hash);
    };
    if (deps_.repository.collect(hash, remove)) count_collected("stray_content");
  }
}

}  // namespace netherlink::attachment
