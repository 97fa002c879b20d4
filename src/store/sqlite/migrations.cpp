#include "store/sqlite/migrations.hpp"

#include <fcntl.h>
#include <soci/soci.h>
#include <sqlite3.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <system_error>

#include "store/sqlite/connection.hpp"
#include "store/sqlite/lock_file.hpp"

namespace netherlink::store::sqlite {
namespace {

namespace fs = std::filesystem;
using core::result;

constexpr std::chrono::seconds lock_patience{10};

constexpr const char* create_table =
    "CREATE TABLE IF NOT EXISTS schema_migrations (number INTEGER PRIMARY KEY, name TEXT NOT NULL, checksum TEXT NOT "
    "NULL, applied_at BIGINT NOT NULL)";

AppliedMigrations read_applied(Connection& connection) {
  AppliedMigrations applied;
  auto& exists = connection.statement("SELECT 1 FROM sqlite_schema WHERE name = 'schema_migrations'");
  if (!exists.step()) return applied;
  exists.reset();
  auto& select = connection.statement("SELECT number, name, checksum, applied_at FROM schema_migrations");
  while (select.step()) {
    applied[static_cast<int>(select.integer(0))] = {std::string(select.text(1)), std::string(select.text(2)),
                                                    select.integer(3)};
  }
  return applied;
}

/// Everything of one file and its row in schema_migrations, or nothing.
void apply(Connection& connection, const core::EmbeddedFile& file) {
  connection.execute("BEGIN IMMEDIATE");
  const std::string script(file.content);
  if (sqlite3_exec(connection.handle(), script.c_str(), nullptr, nullptr, nullptr) != SQLITE_OK) {
    throw last_failure(connection.handle());
  }
  const auto checksum = checksum_of(file.content);
  connection.statement("INSERT INTO schema_migrations (number, name, checksum, applied_at) VALUES (?, ?, ?, ?)")
      .bind(1, number_of(file.name))
      .bind(2, file.name)
      .bind(3, checksum)
      .bind(4, core::now_ms())
      .run();
  connection.execute("COMMIT");
}

/// Makes folders one by one so that each new name is on the disk before anything relies on it.
result<void> create_folder(const fs::path& folder) {
  if (folder.empty() || fs::exists(folder)) return {};
  if (auto parent = create_folder(folder.parent_path()); !parent) return parent;
  std::error_code error;
  fs::create_directory(folder, error);
  if (error) return failed(folder.string(), error.message());
  fs::permissions(folder, fs::perms::owner_all, error);
  const auto parent = folder.parent_path().empty() ? fs::path(".") : folder.parent_path();
  const int descriptor = ::open(parent.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (descriptor >= 0) {
    ::fsync(descriptor);
    ::close(descriptor);
  }
  return {};
}

/// An empty file that only its owner may read; SQLite gives its helper files the same mode.
result<void> create_file(const std::string& path) {
  const int descriptor = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (descriptor < 0) return failed(path, std::generic_category().message(errno));
  ::close(descriptor);
  return {};
}

result<std::vector<Migration>> apply_all(const std::string& path, MigrationFiles files) {
  Connection connection(path, Connection::Role::writer);
  connection.execute("PRAGMA journal_mode = WAL");
  connection.execute(create_table);
  return apply_pending(
      files, [&] { return read_applied(connection); }, [&](const auto& file) { apply(connection, file); });
}

}  // namespace

result<std::vector<Migration>> migration_status(const std::string& path, MigrationFiles files) {
  std::error_code missing;
  if (!fs::exists(path, missing) || fs::file_size(path, missing) == 0) return compare(files, {});
  try {
    Connection connection(path, Connection::Role::reader);
    return compare(files, read_applied(connection));
  } catch (const Failure& failure) {
    return failed(path, failure.what());
  }
}

result<std::vector<Migration>> migrate_up(const std::string& path, MigrationFiles files) {
  // With nothing to do, do not ask for the lock: a server may be running.
  auto status = migration_status(path, files);
  if (!status) return status;
  if (auto fine = verify(*status, true); !fine) return fine.error();
  if (verify(*status, false)) return status;

  if (auto created = create_folder(fs::path(path).parent_path()); !created) return created.error();
  auto lock = LockFile::acquire(path, lock_patience);
  if (!lock) return lock.error();
  if (auto created = create_file(path); !created) return created.error();
  try {
    return apply_all(path, files);
  } catch (const Failure& failure) {
    return failed(path, failure.what());
  }
}

}  // namespace netherlink::store::sqlite
