#include <chrono>
#include <list>
#include <mutex>
#include <unordered_map>

#include "netherlink/metrics/metrics.hpp"
#include "netherlink/user/service.hpp"

namespace netherlink::user {
namespace {

using Clock = std::chrono::steady_clock;
constexpr std::chrono::seconds max_age{60};

}  // namespace

struct UserDirectory::Impl {
  struct Entry {
    User user;
    Clock::time_point loaded_at;
  };
  using Entries = std::list<Entry>;  // used last first

  Impl(UserRepository& u, std::size_t c) : users(u), capacity(c) {}

  std::optional<User> cached(UserId id) {
    const Clock::time_point now = Clock::now();
    const std::lock_guard lock(mutex);
    const auto found = index.find(id);
    if (found == index.end() || now - found->second->loaded_at > max_age) {
      misses.add();
      return std::nullopt;
    }
    hits.add();
    entries.splice(entries.begin(), entries, found->second);
    return found->second->user;
  }

  core::result<std::vector<User>> load(std::span<const UserId> ids) {
    const std::uint64_t before = version();
    auto loaded = users.find(ids);
    if (!loaded) return loaded.error();
    for (const User& user : *loaded) keep(user, before);
    return loaded;
  }

  std::uint64_t version() {
    const std::lock_guard lock(mutex);
    return forgotten;
  }

  /// `version`: from before the user was read. If anything was forgotten since, what was read may be old.
  void keep(const User& user, std::uint64_t version) {
    const std::lock_guard lock(mutex);
    if (version != forgotten || capacity == 0) return;
    erase(user.id);
    while (entries.size() >= capacity) erase(entries.back().user.id);
    entries.push_front({user, Clock::now()});
    index[user.id] = entries.begin();
  }

  /// Under the lock.
  void erase(UserId id) {
    const auto found = index.find(id);
    if (found == index.end()) return;
    entries.erase(found->second);
    index.erase(found);
  }

  UserRepository& users;
  const std::size_t capacity;
  std::mutex mutex;
  Entries entries;
  std::unordered_map<UserId, Entries::iterator> index;
  std::uint64_t forgotten = 0;
  metrics::Counter& hits = metrics::counter("netherlink_cache_hits_total", "Answered by a cache", {{"cache", "users"}});
  metrics::Counter& misses =
      metrics::counter("netherlink_cache_misses_total", "Not answered by a cache", {{"cache", "users"}});
};

UserDirectory::UserDirectory(UserRepository& users, std::size_t capacity)
    : impl_(std::make_unique<Impl>(users, capacity)) {}

UserDirectory::~UserDirectory() = default;

core::result<std::optional<User>> UserDirectory::find(UserId id) {
  if (auto user = impl_->cached(id)) return user;
  auto loaded = impl_->load(std::span(&id, 1));
  if (!loaded) return loaded.error();
  if (loaded->empty()) return std::optional<User>();
  return std::optional<User>(std::move(loaded->front()));
}

core::result<std::vector<User>> UserDirectory::find(std::span<const UserId> ids) {
  std::unordered_map<UserId, User> known;
  std::vector<UserId> missing;
  for (const UserId id : ids) {
    if (auto user = impl_->cached(id)) {
      known.emplace(id, std::move(*user));
    } else {
      missing.push_back(id);
    }
  }
  if (!missing.empty()) {
    auto loaded = impl_->load(missing);
    if (!loaded) return loaded.error();
    for (User& user : *loaded) known.emplace(user.id, std::move(user));
  }
  std::vector<User> users;
  for (const UserId id : ids) {
    if (const auto user = known.find(id); user != known.end()) users.push_back(user->second);
  }
  return users;
}

void UserDirectory::forget(UserId id) {
  const std::lock_guard lock(impl_->mutex);
  ++impl_->forgotten;
  impl_->erase(id);
}

}  // namespace netherlink::user
