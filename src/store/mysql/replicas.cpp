#include "store/mysql/replicas.hpp"

#include <atomic>
#include <limits>
#include <optional>
#include <string>

#include "netherlink/log/log.hpp"
#include "netherlink/metrics/metrics.hpp"
#include "store/mysql/database.hpp"

namespace netherlink::store::mysql {
namespace {

using namespace std::chrono_literals;
using core::result;

constexpr auto interval = 1s;
constexpr std::int64_t largest_lag_ms = 2000, unknown_lag = std::numeric_limits<std::int64_t>::max();

constexpr const char* latest_beat = "SELECT checked_at FROM write_check WHERE id = 1";

/// nullopt: it does not answer.
std::optional<std::int64_t> number(Database& database, const std::string& sql) {
  std::optional<std::int64_t> found;
  auto done = database.run(Database::Mode::script, [&](Connection& connection) -> result<void> {
    connection.query(sql, [&](const Row& row) { found = row.integer(0); });
    return {};
  });
  return done ? found : std::nullopt;
}

}  // namespace

struct Replicas::Replica {
  Replica(const Address& address, std::size_t connections)
      : database(address, Connection::Role::replica, connections),
        lag_seconds(metrics::gauge("netherlink_store_replica_lag_seconds",
                                   "How far a read replica is behind; -1: it does not answer, or has nothing yet",
                                   {{"replica", address.host + ":" + std::to_string(address.port)}})) {}

  bool usable() const { return lag_ms <= largest_lag_ms; }

  void set_lag(std::int64_t lag) {
    const bool was_usable = usable();
    lag_ms = lag;
    lag_seconds.set(lag == unknown_lag ? -1 : static_cast<double>(lag) / 1e3);
    if (usable() == was_usable) return;
    log::info(usable() ? "a read replica is used" : "a read replica is not used",
              {{"replica", database.address().text()}});
  }

  Database database;
  metrics::Gauge& lag_seconds;
  std::atomic<std::int64_t> lag_ms{unknown_lag};
};

Replicas::Replicas(Database& primary, const std::vector<Address>& addresses, std::size_t connections)
    : primary_(primary) {
  for (const auto& address : addresses) replicas_.push_back(std::make_unique<Replica>(address, connections));
  watcher_ = std::thread([this] { watch(); });
  pthread_setname_np(watcher_.native_handle(), "replicas");
}

Replicas::~Replicas() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  stopping_changed_.notify_all();
  watcher_.join();
}

bool Replicas::read(const std::function<result<void>(Connection&)>& work) {
  const auto first = next_++;
  for (std::size_t i = 0; i < replicas_.size(); ++i) {
    auto& replica = *replicas_[(first + i) % replicas_.size()];
    if (!replica.usable()) continue;
    if (replica.database.run(Database::Mode::script, work)) return true;
    replica.set_lag(unknown_lag);
    return false;
  }
  return false;
}

void Replicas::watch() {
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    lock.unlock();
    measure();
    lock.lock();
    stopping_changed_.wait_for(lock, interval, [this] { return stopping_; });
  }
}

void Replicas::measure() {
  const bool beaten = primary_.beat().has_value();
  for (auto& replica : replicas_) {
    const auto seen = beaten ? number(replica->database, latest_beat) : std::nullopt;
    const auto now = seen ? number(primary_, "SELECT " + std::string(primary_.now_ms())) : std::nullopt;
    replica->set_lag(now ? std::max<std::int64_t>(*now - *seen, 0) : unknown_lag);
  }
}

}  // namespace netherlink::store::mysql
