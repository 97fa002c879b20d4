#pragma once

#include <cstdlib>
#include <filesystem>
#include <memory>
#include <stdexcept>
#include <string>
#include <tuple>
#include <vector>

#include "netherlink/store/store.hpp"
#include "support/catch.hpp"
#include "support/mariadb_server.hpp"
#if __has_include(<catch2/catch_template_test_macros.hpp>)
#include <catch2/catch_template_test_macros.hpp>
#endif

namespace netherlink::store::testing {

/// A folder of its own below the system's temporary one, gone at the end.
class TemporaryFolder {
 public:
  TemporaryFolder() {
    auto pattern = (std::filesystem::temp_directory_path() / "netherlink-store-XXXXXX").string();
    if (!mkdtemp(pattern.data())) throw std::runtime_error("mkdtemp failed");
    path_ = pattern;
  }
  ~TemporaryFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;

  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

/// The value of a result that must be there.
template <class T>
T must(core::result<T> result) {
  if (!result) {
    throw std::runtime_error(std::string(result.error().code().name) + ": " + std::string(result.error().detail()));
  }
  if constexpr (!std::is_void_v<T>) return std::move(*result);
}

/// An empty, migrated database, and a store on it.
class Engine {
 public:
  virtual ~Engine() = default;
  virtual Options options() const = 0;

  Store& operator*() { return *store_; }
  Store* operator->() { return store_.get(); }
  void close() { store_.reset(); }
  void reopen() {
    close();
    store_ = must(open(options()));
  }

 private:
  std::unique_ptr<Store> store_;
};

class Sqlite final : public Engine {
 public:
  Sqlite() {
    must(migrate_up(options()));
    reopen();
  }
  ~Sqlite() override { close(); }

  Options options() const override { return {.url = "sqlite://" + path().string()}; }
  std::filesystem::path path() const { return folder_.path() / "data" / "netherlink.db"; }
  std::filesystem::path folder() const { return folder_.path(); }

 private:
  TemporaryFolder folder_;
};

/// One server for each test process. It does not wait for the disk, unless it is to be measured.
inline test::MariadbServer& mariadb() {
  static test::MariadbServer server({.durable = std::getenv("NETHERLINK_BENCH") != nullptr});
  return server;
}

class Mariadb : public Engine {
 public:
  Mariadb() {
    if (unused().empty()) {
      name_ = mariadb().create_database();
      must(migrate_up(options()));
    } else {
      name_ = unused().back();
      unused().pop_back();
    }
    reopen();
  }
  /// Leaves it empty for the next: making tables costs many times what emptying them does.
  ~Mariadb() override {
    close();
    std::string empty("UPDATE partition_owner SET epoch = 0, last_id = 0");
    for (const auto& table : tables()) empty.append("; DELETE FROM ").append(table);
    query(empty);
    unused().push_back(name_);
  }

  Options options() const override { return {.url = mariadb().url(name_)}; }
  test::MariadbServer::Rows query(const std::string& sql) const { return mariadb().query(sql, name_); }

 private:
  /// Of what people made.
  const std::vector<std::string>& tables() const {
    static const std::vector<std::string> names = [this] {
      std::vector<std::string> found;
      for (const auto& row :
           query("SELECT table_name FROM information_schema.tables WHERE table_schema = DATABASE() AND "
                 "table_name NOT IN ('partition_owner', 'schema_migrations')")) {
        found.push_back(row.at(0));
      }
      return found;
    }();
    return names;
  }

  static std::vector<std::string>& unused() {
    static std::vector<std::string> names;
    return names;
  }

  std::string name_;
};

/// Every adapter of the ports: the suite is run against each.
using Engines = std::tuple<Sqlite, Mariadb>;

}  // namespace netherlink::store::testing
