#include "store/mysql/database.hpp"

#include <soci/soci.h>

#include <algorithm>
#include <random>
#include <thread>

#include "netherlink/core/ids.hpp"
#include "store/mysql/replicas.hpp"

namespace netherlink::store::mysql {
namespace {

using namespace std::chrono_literals;
using core::result;

constexpr auto lease_patience = 5s;
constexpr core::Timestamp fresh_commit_ms = 1000;
constexpr int most_conflicts = 8, most_losses = 1;
#define NETHERLINK_NOW_MS "CAST(UNIX_TIMESTAMP(NOW(3)) * 1000 AS SIGNED)"
constexpr const char* beat_sql = "INSERT INTO write_check (id, checked_at) VALUES (1, " NETHERLINK_NOW_MS
                                 ") "
                                 "ON DUPLICATE KEY UPDATE checked_at = VALUES(checked_at)";

/// Those who met once should not meet again.
void wait_after_conflict(int conflicts) {
  thread_local std::minstd_rand random(std::random_device{}());
  std::this_thread::sleep_for(std::chrono::microseconds(random() % (2000U << std::min(conflicts, 6))));
}

}  // namespace

struct Database::Attempt {
  int conflicts = 0, losses = 0;
  bool connected = false, committing = false;
};

Database::Database(Address address, Connection::Role role, std::size_t connections)
    : is_primary_(role != Connection::Role::replica),
      pool_(std::move(address), role, std::max<std::size_t>(connections, 1)) {}

Database::~Database() = default;

result<void> Database::read(const Work& work) {
  return run(Mode::read, [&](Connection& connection) { return work(connection.session()); });
}

result<void> Database::read_recent(const Work& work) {
  if (try_replica([&](Connection& connection) { return work(connection.session()); })) return {};
  return read(work);
}

bool Database::try_replica(const RawWork& work) {
  return replicas_ && replicas_->read(work);
}

result<void> Database::write(const Work& work) {
  auto done = run(Mode::transaction, [&](Connection& connection) { return work(connection.session()); });
  if (done) last_commit_ = core::now_ms();
  return done;
}

bool Database::is_duplicate(const soci::soci_error& error) const {
  return failure_of(error).code() == duplicate_key;
}

std::string_view Database::insert_or_ignore() const {
  return "INSERT IGNORE INTO";
}

std::string_view Database::now_ms() const {
  return NETHERLINK_NOW_MS;
}

result<void> Database::run(Mode mode, const RawWork& work) {
  Pool::Lease lease(pool_, lease_patience);
  return run(lease, mode, work);
}

result<void> Database::run(Pool::Lease& lease, Mode mode, const RawWork& work) {
  if (!lease.taken()) return errors::server_overloaded;
  Attempt state;
  for (;;) {
    try {
      auto done = attempt(lease, mode, work, state);
      health_.worked();
      return done;
    } catch (const Failure& failure) {
      if (!recover(lease, mode, failure, state)) return errors::server_unavailable;
    } catch (const soci::soci_error& error) {
      if (!recover(lease, mode, failure_of(error), state)) return errors::server_unavailable;
    } catch (...) {
      lease.close();  // rolls back
      throw;
    }
  }
}

result<void> Database::attempt(Pool::Lease& lease, Mode mode, const RawWork& work, Attempt& state) {
  state.connected = state.committing = false;
  auto& connection = lease.open();
  state.connected = true;
  if (mode != Mode::transaction) return work(connection);
  connection.execute("START TRANSACTION");
  auto done = work(connection);
  state.committing = done.has_value();
  connection.execute(done ? "COMMIT" : "ROLLBACK");
  return done;
}

bool Database::recover(Pool::Lease& lease, Mode mode, const Failure& failure, Attempt& state) {
  const int code = failure.code();
  if (is_lost(code)) {
    lease.close();
    const bool safe = state.connected && !state.committing && mode != Mode::script;
    if (safe && state.losses++ < most_losses) return true;
  } else if (!is_harmless(code)) {
    lease.close();
  } else {
    try {
      if (mode != Mode::read) lease.open().execute("ROLLBACK");
    } catch (const Failure&) {
      lease.close();  // rolls back too
    }
    if (is_conflict(code) && state.conflicts++ < most_conflicts) {
      wait_after_conflict(state.conflicts);
      return true;
    }
  }
  if (is_primary_) health_.failed(failure);
  return false;
}

result<void> Database::check() {
  if (core::now_ms() - last_commit_ < fresh_commit_ms) return {};
  return beat();
}

result<void> Database::beat() {
  auto done = run(Mode::read, [&](Connection& connection) -> result<void> {
    connection.execute(beat_sql);
    return {};
  });
  if (done) last_commit_ = core::now_ms();
  return done;
}

void Database::use_replicas(const std::vector<Address>& addresses, std::size_t connections) {
  if (!addresses.empty()) replicas_ = std::make_unique<Replicas>(*this, addresses, connections);
}

}  // namespace netherlink::store::mysql
