#pragma once

#include <memory>
#include <string>

struct sqlite3;

namespace soci {
class session;
class soci_error;
}  // namespace soci

namespace netherlink::store::sqlite {

/// soci declares the C interface of SQLite a second time, in a namespace of its own: whatever needs both faces of a
/// connection goes through here.
struct SociHandle {
  std::unique_ptr<soci::session> session;
  sqlite3* handle = nullptr;
};

/// Throws soci::soci_error. The path must not contain a double quote.
SociHandle open_session(const std::string& path);

/// Extended result code of a failure, 0 if it has none.
int result_code(const soci::soci_error& error);

}  // namespace netherlink::store::sqlite
