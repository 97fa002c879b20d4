#pragma once

#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "netherlink/config/config.hpp"

namespace netherlink::config {

/// What several settings, or one setting and this build, must fulfil together. The first key is the one to blame.
struct Rule {
  std::vector<std::string_view> keys;
  std::string (*check)(const Config& config);  // what is wrong, as words that follow the key; empty: nothing
};

const std::vector<Rule>& rules();

}  // namespace netherlink::config
