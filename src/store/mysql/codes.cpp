#include "store/mysql/codes.hpp"

#include <algorithm>
#include <array>

namespace netherlink::store::mysql {
namespace {

enum class Nature { lost, conflict, harmless, other };

struct Code {
  int number;
  std::string_view name;
  Nature nature;
};

// Numbers of both servers and of the client library (2000 to 2999). All of these speak of the server, not of data.
constexpr std::array codes{
    Code{1021, "ER_DISK_FULL", Nature::other},
    Code{1030, "ER_GET_ERRNO", Nature::other},
    Code{1040, "ER_CON_COUNT_ERROR", Nature::other},
    Code{1041, "ER_OUT_OF_RESOURCES", Nature::other},
    Code{1044, "ER_DBACCESS_DENIED_ERROR", Nature::other},
    Code{1045, "ER_ACCESS_DENIED_ERROR", Nature::other},
    Code{1049, "ER_BAD_DB_ERROR", Nature::other},
    Code{1053, "ER_SERVER_SHUTDOWN", Nature::lost},
    Code{1114, "ER_RECORD_FILE_FULL", Nature::other},
    Code{1129, "ER_HOST_IS_BLOCKED", Nature::other},
    Code{1130, "ER_HOST_NOT_PRIVILEGED", Nature::other},
    Code{1142, "ER_TABLEACCESS_DENIED_ERROR", Nature::other},
    Code{1146, "ER_NO_SUCH_TABLE", Nature::other},
    Code{1152, "ER_ABORTING_CONNECTION", Nature::lost},
    Code{1158, "ER_NET_READ_ERROR", Nature::lost},
    Code{1159, "ER_NET_READ_INTERRUPTED", Nature::lost},
    Code{1160, "ER_NET_ERROR_ON_WRITE", Nature::lost},
    Code{1161, "ER_NET_WRITE_INTERRUPTED", Nature::lost},
    Code{1184, "ER_NEW_ABORTING_CONNECTION", Nature::lost},
    Code{1203, "ER_TOO_MANY_USER_CONNECTIONS", Nature::other},
    Code{1205, "ER_LOCK_WAIT_TIMEOUT", Nature::conflict},
    Code{1213, "ER_LOCK_DEADLOCK", Nature::conflict},
    Code{1227, "ER_SPECIFIC_ACCESS_DENIED_ERROR", Nature::other},
    Code{1290, "ER_OPTION_PREVENTS_STATEMENT", Nature::other},  // read-only: another server may be the primary now
    Code{1317, "ER_QUERY_INTERRUPTED", Nature::other},
    Code{1665, "ER_BINLOG_STMT_MODE_AND_ROW_ENGINE", Nature::other},
    Code{1698, "ER_ACCESS_DENIED_NO_PASSWORD_ERROR", Nature::other},
    Code{1836, "ER_READ_ONLY_MODE", Nature::other},
    Code{1927, "ER_CONNECTION_KILLED", Nature::lost},
    Code{1969, "ER_STATEMENT_TIMEOUT", Nature::other},
    Code{2002, "CR_CONNECTION_ERROR", Nature::lost},
    Code{2003, "CR_CONN_HOST_ERROR", Nature::lost},
    Code{2005, "CR_UNKNOWN_HOST", Nature::lost},
    Code{2006, "CR_SERVER_GONE_ERROR", Nature::lost},
    Code{2012, "CR_SERVER_HANDSHAKE_ERR", Nature::lost},
    Code{2013, "CR_SERVER_LOST", Nature::lost},
    Code{2026, "CR_SSL_CONNECTION_ERROR", Nature::lost},
    Code{2055, "CR_SERVER_LOST_EXTENDED", Nature::lost},
    Code{3024, "ER_QUERY_TIMEOUT", Nature::other},
    Code{4031, "ER_CLIENT_INTERACTION_TIMEOUT", Nature::lost},
};

// What these say may quote values.
constexpr std::array quoting{
    Code{1048, "ER_BAD_NULL_ERROR", Nature::harmless},
    Code{duplicate_key, "ER_DUP_ENTRY", Nature::harmless},
    Code{1064, "ER_PARSE_ERROR", Nature::harmless},
    Code{1153, "ER_NET_PACKET_TOO_LARGE", Nature::lost},
    Code{1264, "ER_WARN_DATA_OUT_OF_RANGE", Nature::harmless},
    Code{1300, "ER_INVALID_CHARACTER_STRING", Nature::harmless},
    Code{1366, "ER_TRUNCATED_WRONG_VALUE_FOR_FIELD", Nature::harmless},
    Code{1406, "ER_DATA_TOO_LONG", Nature::harmless},
    Code{out_of_range, "ER_DATA_OUT_OF_RANGE", Nature::harmless},
};

template <class Codes>
const Code* find(const Codes& all, int number) {
  const auto found = std::ranges::find(all, number, &Code::number);
  return found == all.end() ? nullptr : &*found;
}

const Code* find(int number) {
  const auto* found = find(codes, number);
  return found ? found : find(quoting, number);
}

bool has_nature(int number, Nature nature) {
  const auto* found = find(number);
  return found && found->nature == nature;
}

bool of_client(int number) {
  return number >= 2000 && number < 3000;
}

}  // namespace

std::string_view name_of(int code) {
  const auto* found = find(code);
  if (found) return found->name;
  return of_client(code) ? "CR_ERROR" : "ER_ERROR";
}

bool is_lost(int code) {
  return has_nature(code, Nature::lost);
}

bool is_conflict(int code) {
  return has_nature(code, Nature::conflict);
}

bool is_harmless(int code) {
  return has_nature(code, Nature::harmless) || is_conflict(code);
}

Failure make_failure(int code, const std::string& message) {
  const bool shows = find(codes, code) || of_client(code);
  return {code, name_of(code), shows ? message : "error " + std::to_string(code) + " of the database"};
}

}  // namespace netherlink::store::mysql
