#pragma once

#include <atomic>
#include <mutex>
#include <string>
#include <unordered_map>

#include "cache/redis/client.hpp"

namespace netherlink::cache::redis {

/// Copies that have to go and that Redis could not be told about. Until it could, this replica takes them for missing;
/// what other replicas read meanwhile ends with its time to live. Thread-safe, bounded.
class Invalidations {
 public:
  explicit Invalidations(Client& client) : client_(client) {}

  /// `command` makes the copy at `key` go.
  void add(const std::string& key, Command command);
  bool pending(const std::string& key) const;
  /// Tells Redis again.
  void retry();

 private:
  struct Entry {
    Command command;
    std::uint64_t number = 0;
  };
  static constexpr std::size_t max_entries = 100'000;

  void done(const std::string& key, std::uint64_t number);

  Client& client_;
  mutable std::mutex mutex_;
  std::unordered_map<std::string, Entry> entries_;
  std::atomic<std::size_t> size_{0};
  std::uint64_t numbers_ = 0;
};

}  // namespace netherlink::cache::redis
