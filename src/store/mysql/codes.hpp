#pragma once

#include <string>
#include <string_view>

#include "store/health.hpp"

namespace netherlink::store::mysql {

constexpr int duplicate_key = 1062, out_of_range = 1690;

/// What an error number is called, and what has to be done about it.
std::string_view name_of(int code);

/// The connection is gone: what was not committed will not be.
bool is_lost(int code);
/// Another transaction was in the way: the same again may work.
bool is_conflict(int code);
/// The statement was at fault, or another transaction: the connection can go on after a ROLLBACK.
bool is_harmless(int code);

/// `message` is kept where it tells about the server; where it may quote what people wrote, it is left out.
Failure make_failure(int code, const std::string& message);

}  // namespace netherlink::store::mysql
