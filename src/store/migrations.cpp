#include "store/migrations.hpp"

#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <stdexcept>

#include "netherlink/log/log.hpp"
#include "store/health.hpp"

namespace netherlink::store {

std::string checksum_of(std::string_view content) {
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

int number_of(std::string_view file_name) {
  int number = 0;
  std::from_chars(file_name.data(), file_name.data() + file_name.size(), number);
  return number;
}

std::vector<Migration> compare(MigrationFiles files, AppliedMigrations applied) {
  std::vector<Migration> migrations;
  for (const auto& file : files) {
    Migration migration;
    migration.number = number_of(file.name);
    migration.name = file.name;
    if (const auto row = applied.extract(migration.number)) {
      const bool same = row.mapped().checksum == checksum_of(file.content) && row.mapped().name == file.name;
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

core::result<void> verify(const std::vector<Migration>& migrations, bool pending_is_fine) {
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

core::result<std::vector<Migration>> apply_pending(MigrationFiles files,
                                                   const std::function<AppliedMigrations()>& read_applied,
                                                   const std::function<void(const core::EmbeddedFile&)>& apply) {
  const auto migrations = compare(files, read_applied());
  if (auto fine = verify(migrations, true); !fine) return fine.error();
  for (const auto& file : files) {
    const auto migration = std::ranges::find(migrations, number_of(file.name), &Migration::number);
    if (migration->state != Migration::State::pending) continue;
    try {
      apply(file);
    } catch (const Failure& failure) {
      return failed("migration " + std::string(file.name), failure.what());
    }
    log::info("migration applied", {{"file", file.name}});
  }
  return compare(files, read_applied());
}

core::Error failed(std::string_view what, const std::string& reason) {
  return {errors::server_unavailable, std::string(what) + ": " + reason};
}

}  // namespace netherlink::store
