#include "cache/redis/invalidations.hpp"

namespace netherlink::cache::redis {

void Invalidations::add(const std::string& key, Command command) {
  std::lock_guard lock(mutex_);
  if (entries_.size() >= max_entries && !entries_.contains(key)) return;
  command.done = nullptr;
  entries_.insert_or_assign(key, Entry{std::move(command), ++numbers_});
  size_ = entries_.size();
}

bool Invalidations::pending(const std::string& key) const {
  if (size_ == 0) return false;
  std::lock_guard lock(mutex_);
  return entries_.contains(key);
}

void Invalidations::retry() {
  if (size_ == 0) return;
  std::vector<Command> commands;
  std::lock_guard lock(mutex_);
  for (const auto& [key, entry] : entries_) {
    auto command = entry.command;
    command.done = [this, name = key, number = entry.number](const Reply* reply) {
      if (reply != nullptr) done(name, number);
    };
    commands.push_back(std::move(command));
  }
  client_.send(std::move(commands));
}

void Invalidations::done(const std::string& key, std::uint64_t number) {
  std::lock_guard lock(mutex_);
  const auto found = entries_.find(key);
  if (found == entries_.end() || found->second.number != number) return;
  entries_.erase(found);
  size_ = entries_.size();
}

}  // namespace netherlink::cache::redis
