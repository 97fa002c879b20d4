#pragma once

#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <vector>

#include "store/mysql/connection.hpp"

namespace netherlink::store::mysql {

/// Up to a number of connections to one database, opened when they are needed. Thread-safe.
class Pool {
 public:
  Pool(Address address, Connection::Role role, std::size_t connections)
      : address_(std::move(address)), role_(role), free_(connections) {}
  Pool(const Pool&) = delete;
  Pool& operator=(const Pool&) = delete;

  const Address& address() const { return address_; }

  /// A place in the pool, given back at the end.
  class Lease {
   public:
    /// Waits up to `patience` for one.
    Lease(Pool& pool, std::chrono::milliseconds patience);
    ~Lease();
    Lease(const Lease&) = delete;
    Lease& operator=(const Lease&) = delete;

    bool taken() const { return taken_; }
    /// Opens it when it is not, or when the server has closed it since. Throws Failure: at once while the server is
    /// known to be away.
    Connection& open();
    bool is_open() const { return connection_ != nullptr; }
    void close() { connection_.reset(); }

   private:
    Pool& pool_;
    bool taken_ = false;
    std::unique_ptr<Connection> connection_;
  };

 private:
  using Clock = std::chrono::steady_clock;

  std::unique_ptr<Connection> connect();
  /// While the server is away one thread at a time tries, ever less often.
  bool may_try();
  void tried(bool success);

  const Address address_;
  const Connection::Role role_;

  std::mutex mutex_;
  std::condition_variable freed_;
  std::vector<std::unique_ptr<Connection>> free_;  // those not in use; null: not open
  bool away_ = false, trying_ = false;
  Clock::time_point next_try_{};
  Clock::duration pause_{};
};

}  // namespace netherlink::store::mysql
