#pragma once

#include <string>
#include <vector>

namespace netherlink::store::mysql {

/// The addresses of a host, in the order to try them. Takes two seconds at most, whatever the name servers do, and goes
/// on with those found last time when there is no answer. Throws Failure. Thread-safe.
std::vector<std::string> resolve(const std::string& host);

}  // namespace netherlink::store::mysql
