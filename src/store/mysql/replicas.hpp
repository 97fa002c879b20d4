#pragma once

#include <atomic>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "store/mysql/address.hpp"
#include "store/mysql/connection.hpp"

namespace netherlink::store::mysql {

class Database;

/// Copies of one database that follow it a little behind. How far each is behind is measured once a second: the primary
/// writes the time down, and what a replica has of that is compared with the primary's clock. Thread-safe.
class Replicas {
 public:
  /// `primary` outlives this.
  Replicas(Database& primary, const std::vector<Address>& addresses, std::size_t connections);
  ~Replicas();
  Replicas(const Replicas&) = delete;
  Replicas& operator=(const Replicas&) = delete;

  /// Runs `work` on one that is not far behind. False: there is none, or it failed; ask the primary.
  bool read(const std::function<core::result<void>(Connection&)>& work);

 private:
  struct Replica;

  void watch();
  void measure();

  Database& primary_;
  std::vector<std::unique_ptr<Replica>> replicas_;
  std::atomic<std::size_t> next_{0};

  std::mutex mutex_;
  std::condition_variable stopping_changed_;
  bool stopping_ = false;
  std::thread watcher_;
};

}  // namespace netherlink::store::mysql
