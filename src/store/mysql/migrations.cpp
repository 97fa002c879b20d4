#include "store/mysql/migrations.hpp"

#include <algorithm>

#include "netherlink/core/ids.hpp"
#include "store/mysql/connection.hpp"

namespace netherlink::store::mysql {
namespace {

using core::result;

// GET_LOCK waits this long, so often.
constexpr int lock_seconds = 5, lock_attempts = 60;

constexpr const char* create_table =
    "CREATE TABLE IF NOT EXISTS schema_migrations (number INT NOT NULL PRIMARY KEY, name VARBINARY(255) NOT NULL, "
    "checksum VARBINARY(64) NOT NULL, applied_at BIGINT NOT NULL) ENGINE=InnoDB";
constexpr const char* table_exists =
    "SELECT 1 FROM information_schema.tables WHERE table_schema = DATABASE() AND table_name = 'schema_migrations'";

AppliedMigrations read_applied(Connection& connection) {
  AppliedMigrations applied;
  bool exists = false;
  connection.query(table_exists, [&](const Row&) { exists = true; });
  if (!exists) return applied;
  connection.query("SELECT number, name, checksum, applied_at FROM schema_migrations", [&](const Row& row) {
    applied[static_cast<int>(row.integer(0))] = {std::string(row.text(1)), std::string(row.text(2)), row.integer(3)};
  });
  return applied;
}

/// The statements of the file, then its row. A server that ends in between runs the file again.
void apply(Connection& connection, const core::EmbeddedFile& file) {
  Script statements;
  statements << file.content;
  statements.end_statement();
  connection.run(statements);
  SqlText insert;
  insert << "INSERT INTO schema_migrations (number, name, checksum, applied_at) VALUES (" << number_of(file.name)
         << ", ";
  insert.quoted(file.name) << ", ";
  insert.quoted(checksum_of(file.content)) << ", " << core::now_ms() << ")";
  connection.execute(insert.text());
}

/// The names of locks are of the whole server, and at most 64 bytes long.
std::string lock_name(const Address& address) {
  return "netherlink.migrate." + checksum_of(address.database).substr(0, 32);
}

/// Held until the connection ends.
bool lock(Connection& connection, const Address& address) {
  for (int attempt = 0; attempt < lock_attempts; ++attempt) {
    bool got = false;
    connection.query("SELECT GET_LOCK('" + lock_name(address) + "', " + std::to_string(lock_seconds) + ")",
                     [&](const Row& row) { got = row.integer(0) == 1; });
    if (got) return true;
  }
  return false;
}

result<std::vector<Migration>> apply_all(const Address& address, MigrationFiles files) {
  Connection connection(address, Connection::Role::migration);
  if (!lock(connection, address)) return failed(address.text(), "somebody else is migrating it, for minutes");
  connection.execute(create_table);
  return apply_pending(
      files, [&] { return read_applied(connection); }, [&](const auto& file) { apply(connection, file); });
}

}  // namespace

result<std::vector<Migration>> migration_status(const Address& address, MigrationFiles files) {
  try {
    Connection connection(address, Connection::Role::ordinary);
    return compare(files, read_applied(connection));
  } catch (const Failure& failure) {
    return failed(address.text(), failure.what());
  }
}

result<std::vector<Migration>> migrate_up(const Address& address, MigrationFiles files) {
  // With nothing to do, neither the lock nor the right to create tables is needed.
  auto status = migration_status(address, files);
  if (!status) return status;
  if (auto fine = verify(*status, true); !fine) return fine.error();
  if (verify(*status, false)) return status;
  try {
    return apply_all(address, files);
  } catch (const Failure& failure) {
    return failed(address.text(), failure.what());
  }
}

std::vector<Migration> combine(std::vector<Migration> migrations, const std::vector<Migration>& others) {
  // From harmless to serious.
  constexpr auto weight = [](Migration::State state) {
    switch (state) {
      case Migration::State::applied:
        return 0;
      case Migration::State::pending:
        return 1;
      default:
        return 2;
    }
  };
  for (const auto& other : others) {
    const auto same = std::ranges::find(migrations, other.number, &Migration::number);
    if (same == migrations.end()) {
      migrations.push_back(other);
    } else if (weight(other.state) > weight(same->state)) {
      *same = other;
    } else if (other.state == same->state) {
      same->applied_at = std::max(same->applied_at, other.applied_at);
    }
  }
  std::ranges::sort(migrations, {}, &Migration::number);
  return migrations;
}

}  // namespace netherlink::store::mysql
