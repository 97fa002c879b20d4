#include "store/sqlite/migrations.hpp"

#include <fcntl.h>
#include <openssl/evp.h>
#include <soci/soci.h>
#include <sqlite3.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <filesystem>
#include <map>
#include <system_error>

#include "netherlink/log/log.hpp"
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

std::string sha256_hex(std::string_view content) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned int length = 0;
  if (EVP_Digest(content.data(), content.size(), digest.data(), &length, EVP_sha256(), nullptr) != 1) {
    throw std::runtime_error("SHA-256 is not available");
  }
  constexpr std::string_view digits = "0123456789abcdef";
  std::string hex;
  for (unsigned int i = 0; i < length; ++i) {
    hex += digits[digest[i] >> 4];
    hex += digits[digest[i] & 15];
  }
  return hex;
}

int number_of(std::string_view name) {
  int number = 0;
  std::from_chars(name.data(), name.data() + name.size(), number);
  return number;
}

struct Applied {
  std::string name, checksum;
  core::Timestamp applied_at = 0;
};

std::map<int, Applied> read_applied(Connection& connection) {
  std::map<int, Applied> applied;
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

std::vector<Migration> compare(std::span<const core::EmbeddedFile> files, std::map<int, Applied> applied) {
  std::vector<Migration> migrations;
  for (const auto& file : files) {
    Migration migration;
    migration.number = number_of(file.name);
    migration.name = file.name;
    if (const auto row = applied.extract(migration.number)) {
      const bool same = row.mapped().checksum == sha256_hex(file.content) && row.mapped().name == file.name;
      migration.state = same ? Migration::State::applied : Migration::State::edited;
      migration.applied_at = row.mapped().applied_at;
    }
    migrations.push_back(std::move(migration));
  }
  for (auto& [number, row] : applied) {
    migrations.push_back({number, std::move(row.name), Migration::State::unknown, row.applied_at});
  }
  std::ranges::sort(migrations, {}, &Migration::number);
  return migrations;
}

/// Everything of one file and its row in schema_migrations, or nothing.
void apply(Connection& connection, const core::EmbeddedFile& file) {
  connection.execute("BEGIN IMMEDIATE");
  const std::string script(file.content);
  if (sqlite3_exec(connection.handle(), script.c_str(), nullptr, nullptr, nullptr) != SQLITE_OK) {
    throw last_failure(connection.handle());
  }
  const auto checksum = sha256_hex(file.content);
  connection.statement("INSERT INTO schema_migrations (number, name, checksum, applied_at) VALUES (?, ?, ?, ?)")
      .bind(1, number_of(file.name))
      .bind(2, file.name)
      .bind(3, checksum)
      .bind(4, core::now_ms())
      .run();
  connection.execute("COMMIT");
}

core::Error failed(std::string_view what, const std::string& reason) {
  return {errors::server_unavailable, std::string(what) + ": " + reason};
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

result<std::vector<Migration>> apply_pending(const std::string& path, std::span<const core::EmbeddedFile> files) {
  Connection connection(path, Connection::Role::writer);
  connection.execute("PRAGMA journal_mode = WAL");
  connection.execute(create_table);
  auto migrations = compare(files, read_applied(connection));
  if (auto fine = verify(migrations, true); !fine) return fine.error();
  for (const auto& file : files) {
    const auto migration = std::ranges::find(migrations, number_of(file.name), &Migration::number);
    if (migration->state != Migration::State::pending) continue;
    try {
      apply(connection, file);
    } catch (const Failure& failure) {
      return failed("migration " + std::string(file.name), failure.what());
    }
    log::info("migration applied", {{"file", file.name}});
  }
  return compare(files, read_applied(connection));
}

}  // namespace

result<std::vector<Migration>> migration_status(const std::string& path, std::span<const core::EmbeddedFile> files) {
  std::error_code missing;
  if (!fs::exists(path, missing) || fs::file_size(path, missing) == 0) return compare(files, {});
  try {
    Connection connection(path, Connection::Role::reader);
    return compare(files, read_applied(connection));
  } catch (const Failure& failure) {
    return failed(path, failure.what());
  }
}

result<std::vector<Migration>> migrate_up(const std::string& path, std::span<const core::EmbeddedFile> files) {
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
    return apply_pending(path, files);
  } catch (const Failure& failure) {
    return failed(path, failure.what());
  }
}

result<void> verify(const std::vector<Migration>& migrations, bool pending_is_fine) {
  for (const auto& migration : migrations) {
    switch (migration.state) {
      case Migration::State::applied:
        break;
      case Migration::State::pending:
        if (pending_is_fine) break;
        return failed("migration " + migration.name, "not applied yet; run `netherlink migrate up`");
      case Migration::State::edited:
        return failed("migration " + migration.name,
                      "was changed after it was applied; use the version that applied it");
      case Migration::State::unknown:
        return failed("migration " + migration.name,
                      "is unknown to this version; the database is of a newer netherlink");
    }
  }
  return {};
}

}  // namespace netherlink::store::sqlite
