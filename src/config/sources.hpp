#pragma once

#include <span>
#include <string>
#include <vector>

#include "config/keys.hpp"
#include "config/toml_source.hpp"

namespace netherlink::config {

/// A name that sources may use: a key's own, or with `_file` that of the file which holds it.
struct Name {
  std::string name;
  const Key* key;
  bool is_file;
};
const std::vector<Name>& names();

/// NETHERLINK_HTTP_PORT for http.port.
std::string variable_of(std::string_view name);

/// The values of NETHERLINK_… variables. Unknown ones are problems, but for `file_variable` and those that Kubernetes
/// and Docker derive from a service called netherlink.
std::vector<Given> from_environment(const std::vector<std::string>& environment, std::vector<Problem>& problems);

/// The values of `section.key=value`.
std::vector<Given> from_set(const std::vector<std::string>& set, std::vector<Problem>& problems);

/// Of `known` the one that takes the fewest edits to reach.
std::string nearest(std::string_view wrong, std::span<const std::string> known);

}  // namespace netherlink::config
