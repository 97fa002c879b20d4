#pragma once

#include <soci/error.h>

#include "store/sql/database.hpp"

namespace netherlink::store::sql {

/// Runs `insert`, one INSERT. False: the key exists, and nothing was done. (INSERT IGNORE would also cut what is too
/// long.)
template <class Insert>
bool insert_new(const Database& database, const Insert& insert) {
  try {
    insert();
    return true;
  } catch (const soci::soci_error& error) {
    if (!database.is_duplicate(error)) throw;
    return false;
  }
}

}  // namespace netherlink::store::sql
