#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <string_view>

#include "netherlink/core/ids.hpp"
#include "store/health.hpp"
#include "store/mysql/pool.hpp"
#include "store/sql/database.hpp"

namespace netherlink::store::mysql {

class Replicas;

/// One database of a server. What fails because a connection was lost or another transaction was in the way is done
/// again where that is safe; everything else that fails is server.unavailable, soon, and heals by itself. Thread-safe.
class Database final : public sql::Database {
 public:
  /// Opens nothing yet.
  Database(Address address, Connection::Role role, std::size_t connections);
  ~Database() override;

  const Address& address() const { return pool_.address(); }

  /// Statement by statement, each seeing what is committed when it begins.
  core::result<void> read(const Work& work) override;
  core::result<void> read_recent(const Work& work) override;
  core::result<void> write(const Work& work) override;
  bool is_duplicate(const soci::soci_error& error) const override;
  std::string_view insert_or_ignore() const override;
  std::string_view now_ms() const override;

  /// How work is done again when it fails.
  enum class Mode {
    read,         // as often as need be
    transaction,  // wrapped into one here; not when its COMMIT was cut off
    script,       // a transaction of its own: after a conflict, never after a lost connection
  };
  /// The same as read() and write() for those who use the client library. `work` may throw Failure.
  using RawWork = std::function<core::result<void>(Connection&)>;
  core::result<void> run(Mode mode, const RawWork& work);
  /// With a connection that the caller keeps.
  core::result<void> run(Pool::Lease& lease, Mode mode, const RawWork& work);
  /// On a replica that is little behind. False: there is none, or it failed; what `work` did is to be forgotten.
  bool try_replica(const RawWork& work);
  bool has_replicas() const { return replicas_ != nullptr; }
  Pool& pool() { return pool_; }

  /// One small write, left out when another has succeeded within the last second.
  core::result<void> check();

  /// The write of check(), in any case: it notes the time of the database in write_check.
  core::result<void> beat();

  /// Where read_recent() may go. Before the first use.
  void use_replicas(const std::vector<Address>& addresses, std::size_t connections);

 private:
  struct Attempt;
  core::result<void> attempt(Pool::Lease& lease, Mode mode, const RawWork& work, Attempt& state);
  /// True: once more.
  bool recover(Pool::Lease& lease, Mode mode, const Failure& failure, Attempt& state);

  const bool is_primary_;  // without a replica everything goes on
  Pool pool_;
  Health health_;
  std::atomic<core::Timestamp> last_commit_{0};
  std::unique_ptr<Replicas> replicas_;
};

}  // namespace netherlink::store::mysql
