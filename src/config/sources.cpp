#include "config/sources.hpp"

#include <algorithm>
#include <numeric>

namespace netherlink::config {
namespace {

constexpr std::string_view prefix = "NETHERLINK_";

/// Number of characters to insert, remove or replace (Levenshtein).
std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 0; i < a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i + 1;
    for (std::size_t j = 0; j < b.size(); ++j) {
      const std::size_t replaced = diagonal + (a[i] == b[j] ? 0 : 1);
      diagonal = row[j + 1];
      row[j + 1] = std::min({replaced, row[j] + 1, row[j + 1] + 1});
    }
  }
  return row[b.size()];
}

/// A service called netherlink, or netherlink-x, gives its neighbours NETHERLINK_SERVICE_HOST, NETHERLINK_PORT and
/// more.
bool is_service_link(std::string_view name, std::string_view value) {
  const auto has = [name](std::string_view part) { return name.find(part) != std::string_view::npos; };
  const auto protocol = value.substr(0, value.find("://"));
  const bool address = value != protocol && (protocol == "tcp" || protocol == "udp" || protocol == "sctp");
  return name.ends_with("_SERVICE_HOST") || has("_SERVICE_PORT") || (name.ends_with("_PORT") && address) ||
         (has("_PORT_") && (has("_TCP") || has("_UDP") || has("_SCTP")));
}

}  // namespace

const std::vector<Name>& names() {
  static const std::vector<Name> all = [] {
    std::vector<Name> out;
    for (const auto& key : keys()) {
      out.push_back({std::string(key.name), &key, false});
      if (may_be_file(key)) out.push_back({std::string(key.name) + "_file", &key, true});
    }
    return out;
  }();
  return all;
}

std::string variable_of(std::string_view name) {
  std::string out(prefix);
  for (const char c : name) out.push_back(c == '.' ? '_' : c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c);
  return out;
}

std::vector<Given> from_environment(const std::vector<std::string>& environment, std::vector<Problem>& problems) {
  std::vector<Given> out;
  for (const auto& entry : environment) {
    const auto equals = std::min(entry.find('='), entry.size());
    const auto name = std::string_view(entry).substr(0, equals);
    const auto value = std::string_view(entry).substr(std::min(equals + 1, entry.size()));
    if (!name.starts_with(prefix) || name == file_variable) continue;
    const auto found =
        std::find_if(names().begin(), names().end(), [&](const Name& n) { return variable_of(n.name) == name; });
    if (found != names().end()) {
      out.push_back({"environment", found->name, {Text{std::string(value)}}});
    } else if (!is_service_link(name, value)) {
      std::vector<std::string> variables;
      for (const auto& known : names()) variables.push_back(variable_of(known.name));
      problems.push_back(
          {"environment", std::string(name), "is unknown; did you mean " + nearest(name, variables) + "?"});
    }
  }
  return out;
}

std::vector<Given> from_set(const std::vector<std::string>& set, std::vector<Problem>& problems) {
  std::vector<Given> out;
  for (const auto& entry : set) {
    const auto equals = entry.find('=');
    if (equals == std::string::npos || equals == 0) {
      // It may be a secret without its key: not repeated.
      problems.push_back({"--set", "", "must be section.key=value"});
    } else {
      out.push_back({"--set", entry.substr(0, equals), {Text{entry.substr(equals + 1)}}});
    }
  }
  return out;
}

std::string nearest(std::string_view wrong, std::span<const std::string> known) {
  const auto closer = [wrong](const std::string& a, const std::string& b) {
    return edit_distance(wrong, a) < edit_distance(wrong, b);
  };
  return *std::min_element(known.begin(), known.end(), closer);
}

}  // namespace netherlink::config
