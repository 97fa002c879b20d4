#include "store/sqlite/soci_handle.hpp"

#include <soci/soci.h>
#include <soci/sqlite3/soci-sqlite3.h>

namespace netherlink::store::sqlite {

SociHandle open_session(const std::string& path) {
  SociHandle opened;
  opened.session = std::make_unique<soci::session>(soci::sqlite3, "db=\"" + path + "\"");
  // static: the library does not export the type for dynamic_cast.
  auto* backend = static_cast<soci::sqlite3_session_backend*>(opened.session->get_backend());
  opened.handle = reinterpret_cast<::sqlite3*>(backend->conn_);
  sqlite_api::sqlite3_extended_result_codes(backend->conn_, 1);
  return opened;
}

int result_code(const soci::soci_error& error) {
  const auto* failure = dynamic_cast<const soci::sqlite3_soci_error*>(&error);
  return failure ? failure->result() : 0;
}

}  // namespace netherlink::store::sqlite
