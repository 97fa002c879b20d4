#pragma once

#include <cstdlib>
#include <filesystem>
#include <memory>
#include <stdexcept>
#include <string>
#include <tuple>

#include "netherlink/store/store.hpp"
#include "support/catch.hpp"
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

/// An empty, migrated SQLite database.
class Sqlite {
 public:
  Sqlite() {
    if (auto migrated = migrate_up(options()); !migrated) {
      throw std::runtime_error(std::string(migrated.error().detail()));
    }
    reopen();
  }

  Options options() const { return {.url = "sqlite://" + path().string()}; }
  std::filesystem::path path() const { return folder_.path() / "data" / "netherlink.db"; }
  std::filesystem::path folder() const { return folder_.path(); }

  Store& operator*() { return *store_; }
  Store* operator->() { return store_.get(); }
  void close() { store_.reset(); }
  void reopen() {
    close();
    auto opened = open(options());
    if (!opened) throw std::runtime_error(std::string(opened.error().detail()));
    store_ = std::move(*opened);
  }

 private:
  TemporaryFolder folder_;
  std::unique_ptr<Store> store_;
};

/// Every adapter of the ports: the suite is run against each.
using Engines = std::tuple<Sqlite>;

/// The value of a result that must be there.
template <class T>
T must(core::result<T> result) {
  if (!result) {
    throw std::runtime_error(std::string(result.error().code().name) + ": " + std::string(result.error().detail()));
  }
  if constexpr (!std::is_void_v<T>) return std::move(*result);
}

}  // namespace netherlink::store::testing
