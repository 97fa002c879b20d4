#include "config/toml_source.hpp"

#include <algorithm>

#define TOML_EXCEPTIONS 0
#define TOML_ENABLE_FORMATTERS 0
// toml++ up to 3.4 asserts, and tells the compiler to assume, that a table's name begins well: "[=" would end the
// process (marzer/tomlplusplus#301). Without both, the parser finds the error itself.
#define TOML_ASSERT(expression) static_assert(true)
#if __has_include(<toml++/impl/preprocessor.h>)
#include <toml++/impl/preprocessor.h>
#else
#include <toml++/impl/preprocessor.hpp>
#endif
#undef TOML_ASSERT_ASSUME
#define TOML_ASSERT_ASSUME(expression) static_assert(true)
#include <toml++/toml.h>

#include "config/keys.hpp"

namespace netherlink::config {
namespace {

Node convert(const toml::node& node) {
  if (const auto* text = node.as_string()) return {text->get()};
  if (const auto* number = node.as_integer()) return {number->get()};
  if (const auto* number = node.as_floating_point()) return {number->get()};
  if (const auto* flag = node.as_boolean()) return {flag->get()};
  if (const auto* array = node.as_array()) {
    List list;
    for (const auto& item : *array) list.push_back(convert(item));
    return {std::move(list)};
  }
  if (const auto* table = node.as_table()) {
    Table out;
    for (const auto& [name, value] : *table) out.emplace_back(std::string(name.str()), convert(value));
    return {std::move(out)};
  }
  return {Unsupported{"a date or time"}};
}

struct Flattener {
  const std::string& name;
  std::vector<Given>& out;

  void add(const std::string& key, const toml::key& at, Node node) {
    out.push_back({name + ":" + std::to_string(at.source().begin.line), key, std::move(node)});
  }

  void table(const toml::table& from, const std::string& prefix) {
    for (const auto& [part, value] : from) {
      const std::string key = prefix + std::string(part.str());
      const auto* inner = value.as_table();
      // An empty table of a known section says nothing; of an unknown one it is an error as its keys would be.
      const bool section = inner && (!inner->empty() || !section_meaning(key).empty());
      if (part.str().find('.') != std::string_view::npos) {
        add(prefix + "\"" + std::string(part.str()) + "\"", part, convert(value));
      } else if (section && !find_key(key)) {
        table(*inner, key + ".");
      } else {
        add(key, part, convert(value));
      }
    }
  }
};

int line_of(const Given& given) {
  return std::stoi(given.source.substr(given.source.rfind(':') + 1));
}

}  // namespace

std::vector<Given> parse_toml(std::string_view document, const std::string& name, std::vector<Problem>& problems) {
  const auto parsed = toml::parse(document);
  if (!parsed) {
    const auto& error = parsed.error();
    problems.push_back({name + ":" + std::to_string(error.source().begin.line), "", std::string(error.description())});
    return {};
  }
  std::vector<Given> out;
  Flattener{name, out}.table(parsed.table(), "");
  // toml++ sorts by name; people read by line.
  std::stable_sort(out.begin(), out.end(), [](const Given& a, const Given& b) { return line_of(a) < line_of(b); });
  return out;
}

Node parse_toml_value(std::string_view text) {
  const auto parsed = toml::parse("value = " + std::string(text));
  if (!parsed || parsed.table().size() != 1) return {Unsupported{"what is not TOML"}};
  return convert(*parsed.table().get("value"));
}

}  // namespace netherlink::config
