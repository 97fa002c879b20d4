#include "netherlink/store/store.hpp"

#include <filesystem>

#include "netherlink/core/embedded.hpp"
#include "store/mysql/store.hpp"
#include "store/sqlite/migrations.hpp"
#include "store/sqlite/store.hpp"

namespace netherlink::store {
namespace {

constexpr std::string_view sqlite_scheme = "sqlite:///", mysql_scheme = "mysql://";

bool on_server(const Options& options) {
  return options.url.starts_with(mysql_scheme);
}

/// sqlite:///absolute/path, or sqlite:///./path relative to the working directory.
core::result<std::string> sqlite_path(const std::string& url) {
  if (!url.starts_with(sqlite_scheme)) {
    return core::Error(errors::server_unavailable, "store.url: neither sqlite:///… nor mysql://…");
  }
  const auto path = url.substr(sqlite_scheme.size());
  const bool relative = path.starts_with("./") || path.starts_with("../");
  if (path.empty() || path.ends_with('/') || path.find('"') != std::string::npos) {
    return core::Error(errors::server_unavailable, "store.url: not the path of a file: " + path);
  }
  return relative ? path : "/" + path.substr(path.find_first_not_of('/'));
}

}  // namespace

core::result<std::unique_ptr<Store>> open(const Options& options) {
  if (on_server(options)) return mysql::open(options);
  const auto path = sqlite_path(options.url);
  if (!path) return path.error();
  return sqlite::open(*path, options);
}

core::result<std::vector<Migration>> migration_status(const Options& options) {
  if (on_server(options)) return mysql::migration_status(options);
  const auto path = sqlite_path(options.url);
  if (!path) return path.error();
  return sqlite::migration_status(*path, embedded::migrations_sqlite());
}

core::result<std::vector<Migration>> migrate_up(const Options& options) {
  if (on_server(options)) return mysql::migrate_up(options);
  const auto path = sqlite_path(options.url);
  if (!path) return path.error();
  return sqlite::migrate_up(*path, embedded::migrations_sqlite());
}

std::string data_folder(const Options& options) {
  if (on_server(options)) return {};
  const auto path = sqlite_path(options.url);
  if (!path) return {};
  return std::filesystem::path(*path).parent_path().string();
}

}  // namespace netherlink::store
