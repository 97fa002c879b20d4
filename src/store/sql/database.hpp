#pragma once

#include <functional>
#include <string_view>

#include "netherlink/core/result.hpp"

namespace soci {
class session;
class soci_error;
}  // namespace soci

namespace netherlink::store::sql {

/// Sessions of one database, and what its engine says differently: the repositories of this folder are written once
/// against it. Thread-safe; calls block.
class Database {
 public:
  virtual ~Database() = default;

  /// May throw soci::soci_error, which becomes server.unavailable.
  using Work = std::function<core::result<void>(soci::session&)>;

  /// Runs `work` on one consistent view.
  virtual core::result<void> read(const Work& work) = 0;
  /// Runs `work` as one transaction: an error rolls it back.
  virtual core::result<void> write(const Work& work) = 0;

  /// How an INSERT begins that leaves rows alone whose key exists.
  virtual std::string_view insert_or_ignore() const = 0;
};

}  // namespace netherlink::store::sql
