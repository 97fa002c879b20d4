#include <fmt/format.h>

#include <algorithm>

#include "config/checks.hpp"
#include "config/read.hpp"
#include "config/toml_source.hpp"

namespace netherlink::config {
namespace {

using Cell = Config::Vpn::Cell;

constexpr std::size_t default_max_nodes = 250;

// The members of a table of `vpn.cells`, read like keys: only target's type, range and check matter.
constexpr Key name_member = {.name = "name", .target = Field<std::string>{}, .meaning = "", .range = {1, 64}};
constexpr Key url_member = {
    .name = "url", .target = Field<std::string>{}, .meaning = "", .range = {1, 2048}, .check = check_http_url};
constexpr Key control_url_member = {
    .name = "control_url", .target = Field<std::string>{}, .meaning = "", .range = {1, 2048}, .check = check_http_url};
constexpr Key api_key_member = {
    .name = "api_key", .target = Field<std::string>{}, .meaning = "", .range = {1, 4096}, .secrecy = Secrecy::secret};
constexpr Key max_nodes_member = {
    .name = "max_nodes", .target = Field<std::size_t>{}, .meaning = "", .range = {1, 1'000'000}};

std::string read_member(const std::string& member, const Node& node, Cell& cell) {
  if (member == "name") return read(name_member, node, cell.name);
  if (member == "url") return read(url_member, node, cell.url);
  if (member == "control_url") return read(control_url_member, node, cell.control_url);
  if (member == "api_key") return read(api_key_member, node, cell.api_key);
  if (member == "max_nodes") return read(max_nodes_member, node, cell.max_nodes);
  if (member != "api_key_file")
    return "is unknown (known are name, url, control_url, api_key, api_key_file, max_nodes)";
  const auto* path = std::get_if<std::string>(&node.value);
  return path ? read_secret_file(*path, cell.api_key) : "must be a string";
}

std::string read_cell(const Node& node, Cell& out) {
  const auto* table = std::get_if<Table>(&node.value);
  if (!table) return "must be a table {name, url, api_key, max_nodes}";
  Cell cell{.name = {}, .url = {}, .api_key = {}, .max_nodes = default_max_nodes, .control_url = {}};
  for (const auto& [member, value] : *table) {
    const auto problem = read_member(member, value, cell);
    if (!problem.empty()) return fmt::format("{} {}", member, problem);
  }
  if (cell.name.empty()) return "needs a name";
  if (cell.url.empty()) return "needs a url";
  if (cell.api_key.empty()) return "needs an api_key or an api_key_file";
  out = std::move(cell);
  return {};
}

}  // namespace

std::string read(const Key&, const Node& node, std::vector<Cell>& out) {
  const auto* text = std::get_if<Text>(&node.value);
  const Node parsed = text ? parse_toml_value(text->text) : node;
  const auto* list = std::get_if<List>(&parsed.value);
  if (!list) return "must be a list of tables, [{name = \"…\", url = \"…\", api_key = \"…\", max_nodes = 250}]";
  std::vector<Cell> cells(list->size());
  for (std::size_t i = 0; i < cells.size(); ++i) {
    auto problem = read_cell((*list)[i], cells[i]);
    const auto same = [&](const Cell& other) { return other.name == cells[i].name; };
    const auto before = cells.begin() + static_cast<std::ptrdiff_t>(i);
    if (problem.empty() && std::any_of(cells.begin(), before, same)) problem = "has the name of an earlier one";
    if (!problem.empty()) return "entry " + std::to_string(i + 1) + ": " + problem;
  }
  out = std::move(cells);
  return {};
}

}  // namespace netherlink::config
