#pragma once

#include <soci/soci.h>

#include <string>
#include <vector>

#include "netherlink/e2e/types.hpp"
#include "store/sql/database.hpp"

namespace netherlink::store::sql::e2e_rows {

struct Row {
  e2e::Device device;
  bool pre_key_used = false;
  std::int64_t published = 0;
};

/// Devices d whose session is alive, by id. What `where` compares with are numbers and stand in it.
std::vector<Row> select(soci::session& session, const std::string& where);
/// For AND: the session of d is alive.
std::string alive();

std::int64_t version_of(soci::session& session, e2e::UserId user);
/// Counts up; the caller holds the lock of the user.
std::int64_t raise_version(const Database& database, soci::session& session, e2e::UserId user);
void erase(soci::session& session, e2e::DeviceId device);
std::size_t waiting_keys(soci::session& session, e2e::DeviceId device);

}  // namespace netherlink::store::sql::e2e_rows
