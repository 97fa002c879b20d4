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

  /// May throw soci::soci_error, which becomes server.unavailable. May be run again from its beginning.
  using Work = std::function<core::result<void>(soci::session&)>;

  /// Runs `work`, which only reads.
  virtual core::result<void> read(const Work& work) = 0;
  /// The same, by a replica perhaps: what it finds may be a moment old.
  virtual core::result<void> read_recent(const Work& work) { return read(work); }
  /// Runs `work` as one transaction: an error rolls it back.
  virtual core::result<void> write(const Work& work) = 0;

  /// A row with this unique key exists. The statement has done nothing; the transaction goes on.
  virtual bool is_duplicate(const soci::soci_error& error) const = 0;
  /// Begins an INSERT that leaves out rows whose key exists. (It also cuts what is too long: not for text of people.)
  virtual std::string_view insert_or_ignore() const = 0;
  /// An expression: the time now in epoch milliseconds, by the clock of the database.
  virtual std::string_view now_ms() const = 0;
};

}  // namespace netherlink::store::sql
