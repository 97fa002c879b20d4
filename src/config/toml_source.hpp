#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "config/node.hpp"
#include "netherlink/config/config.hpp"

namespace netherlink::config {

/// One value that a source gives. `key` is not known to exist.
struct Given {
  std::string source;  // "netherlink.toml:12", "environment", "--set"
  std::string key;
  Node node;
};

/// The values of a TOML document, tables flattened to dotted keys. `name` stands before the line in their sources.
/// A document that is not TOML gives no values and one problem.
std::vector<Given> parse_toml(std::string_view document, const std::string& name, std::vector<Problem>& problems);

/// One TOML value; Unsupported if it is none.
Node parse_toml_value(std::string_view text);

}  // namespace netherlink::config
