#include "store/sql/machine_leases.hpp"

#include <soci/soci.h>

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "store/sql/insert_new.hpp"

namespace netherlink::store::sql {
namespace {

using core::result;
using id::MachineLease;
using std::chrono::milliseconds;

constexpr int attempts = 100;  // each is lost to somebody who got a number

struct Row {
  std::int64_t machine = 0;
  std::string holder;
  std::int64_t expires_at = 0, last_id = 0;
};

std::vector<Row> select(soci::session& session, std::int64_t lowest, std::int64_t highest) {
  std::vector<Row> rows;
  std::string holder;
  const auto from = static_cast<long long>(lowest), to = static_cast<long long>(highest);
  long long machine = 0, expires_at = 0, last_id = 0;
  soci::statement statement =
      (session.prepare << "SELECT machine, holder, expires_at, last_id FROM machine_lease WHERE machine BETWEEN :from "
                          "AND :to ORDER BY machine",
       soci::use(from), soci::use(to), soci::into(machine), soci::into(holder), soci::into(expires_at),
       soci::into(last_id));
  statement.execute(false);
  while (statement.fetch()) rows.push_back({machine, holder, expires_at, last_id});
  return rows;
}

/// The lowest number in lowest..highest that has no row yet: it was free for ever. `rows` ascend.
std::optional<std::int64_t> never_used(const std::vector<Row>& rows, std::int64_t lowest, std::int64_t highest) {
  auto machine = lowest;
  for (const auto& row : rows) {
    if (row.machine != machine) break;
    ++machine;
  }
  if (machine > highest) return std::nullopt;
  return machine;
}

std::int64_t clock(Database& database, soci::session& session) {
  long long now = 0;
  session << "SELECT " << database.now_ms(), soci::into(now);
  return now;
}

/// False: somebody else was faster.
bool insert(Database& database, soci::session& session, const MachineLease& lease, milliseconds ttl) {
  const auto machine = static_cast<long long>(lease.machine), lasts = static_cast<long long>(ttl.count());
  return insert_new(database, [&] {
    session << "INSERT INTO machine_lease (machine, holder, expires_at, last_id) VALUES (:machine, :holder, "
            << database.now_ms() << " + :ttl, 0)",
        soci::use(machine), soci::use(lease.holder), soci::use(lasts);
  });
}

bool take_over(Database& database, soci::session& session, const Row& row, const MachineLease& lease,
               milliseconds ttl) {
  const auto machine = static_cast<long long>(row.machine), expires_at = static_cast<long long>(row.expires_at),
             lasts = static_cast<long long>(ttl.count());
  soci::statement update =
      (session.prepare << "UPDATE machine_lease SET holder = :holder, expires_at = " << database.now_ms()
                       << " + :ttl WHERE machine = :machine AND holder = :before AND expires_at = :expires_at",
       soci::use(lease.holder), soci::use(lasts), soci::use(machine), soci::use(row.holder), soci::use(expires_at));
  update.execute(true);
  return update.get_affected_rows() > 0;
}

/// nullopt: somebody else was faster.
result<std::optional<MachineLease>> try_acquire(Database& database, soci::session& session, std::string_view holder,
                                                std::int64_t lowest, std::int64_t highest, milliseconds ttl) {
  MachineLease lease{.machine = 0, .holder = std::string(holder), .last_id = 0};
  const auto rows = select(session, lowest, highest);
  if (const auto machine = never_used(rows, lowest, highest)) {
    lease.machine = *machine;
    return insert(database, session, lease, ttl) ? std::optional(lease) : std::nullopt;
  }
  const auto oldest = std::ranges::min_element(rows, {}, &Row::expires_at);
  if (oldest == rows.end() || oldest->expires_at > clock(database, session)) {
    return core::Error(errors::server_unavailable, "every machine number is held");
  }
  lease.machine = oldest->machine;
  lease.last_id = oldest->last_id;
  return take_over(database, session, *oldest, lease, ttl) ? std::optional(lease) : std::nullopt;
}

/// Moves the end of the lease by `ttl` from now, if it still belongs to its holder, who then is `next_holder`.
result<bool> update(Database& database, const MachineLease& lease, const std::string& next_holder, milliseconds ttl) {
  bool held = false;
  auto done = database.write([&](soci::session& session) -> result<void> {
    const auto machine = static_cast<long long>(lease.machine), last_id = static_cast<long long>(lease.last_id),
               lasts = static_cast<long long>(ttl.count());
    soci::statement statement =
        (session.prepare << "UPDATE machine_lease SET holder = :next, expires_at = " << database.now_ms()
                         << " + :ttl, last_id = CASE WHEN last_id < :last_id THEN :last_id2 ELSE last_id END "
                            "WHERE machine = :machine AND holder = :holder",
         soci::use(next_holder), soci::use(lasts), soci::use(last_id), soci::use(last_id), soci::use(machine),
         soci::use(lease.holder));
    statement.execute(true);
    held = statement.get_affected_rows() > 0;
    return {};
  });
  if (!done) return done.error();
  return held;
}

}  // namespace

result<MachineLease> MachineLeases::acquire(std::string_view holder, std::int64_t lowest, std::int64_t highest,
                                            milliseconds ttl) {
  for (int attempt = 0; attempt < attempts; ++attempt) {
    std::optional<MachineLease> lease;
    auto done = database_.write([&](soci::session& session) -> result<void> {
      auto tried = try_acquire(database_, session, holder, lowest, highest, ttl);
      if (!tried) return tried.error();
      lease = std::move(*tried);
      return {};
    });
    if (!done) return done.error();
    if (lease) return *lease;
  }
  return core::Error(errors::server_unavailable, "too many ask for a machine number at once");
}

result<bool> MachineLeases::renew(const MachineLease& lease, milliseconds ttl) {
  return update(database_, lease, lease.holder, ttl);
}

result<void> MachineLeases::release(const MachineLease& lease) {
  auto released = update(database_, lease, "", milliseconds(0));
  if (!released) return released.error();
  return {};
}

}  // namespace netherlink::store::sql
