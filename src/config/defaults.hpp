#pragma once

#include <string>

namespace netherlink::config {

// Defaults of this machine, as an environment variable would give them.

std::string processors();
std::string password_threads();
std::string store_threads();
/// The same at every call, so that a reload changes nothing.
std::string instance_id();

}  // namespace netherlink::config
