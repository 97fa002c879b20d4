#include "config/read.hpp"

#include <algorithm>
#include <charconv>
#include <fstream>
#include <limits>

#include "config/format.hpp"
#include "config/units.hpp"

namespace netherlink::config {
namespace {

constexpr double min_rate = 0.001, max_rate = 1'000'000;
constexpr std::size_t max_secret_file = 64 * 1024;

template <class T>
std::optional<T> parse_number(std::string_view text) {
  T number{};
  const auto [stop, problem] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (text.empty() || problem != std::errc{} || stop != text.data() + text.size()) return std::nullopt;
  return number;
}

/// The text of a string, however it was given.
const std::string* text_of(const Node& node) {
  if (const auto* text = std::get_if<Text>(&node.value)) return &text->text;
  return std::get_if<std::string>(&node.value);
}

std::string wrong(const Key& key, const Node& node) {
  std::string out = "must be " + expected(key);
  const auto* text = text_of(node);
  if (text && key.secrecy == Secrecy::open) out += ", not \"" + *text + "\"";
  if (const auto* other = std::get_if<Unsupported>(&node.value)) out += ", not " + other->kind;
  return out;
}

std::optional<std::int64_t> parse_integer(const Node& node) {
  if (const auto* number = std::get_if<std::int64_t>(&node.value)) return *number;
  if (const auto* text = std::get_if<Text>(&node.value)) return parse_number<std::int64_t>(text->text);
  return std::nullopt;
}

/// A number with a unit, in the smallest of them; a bare number counts in `plain`.
std::optional<std::int64_t> parse_with_unit(const Node& node, std::span<const Suffix> suffixes, std::int64_t plain) {
  std::optional<std::int64_t> number = parse_integer(node);
  std::int64_t factor = plain;
  if (const auto* text = text_of(node); text && !number) {
    const auto unit = text->find_first_not_of("0123456789");
    if (unit == std::string::npos) return std::nullopt;  // "30" in a file: a string without a unit
    const auto suffix = std::find_if(suffixes.begin(), suffixes.end(),
                                     [&](const Suffix& s) { return s.text == std::string_view(*text).substr(unit); });
    if (suffix == suffixes.end()) return std::nullopt;
    number = parse_number<std::int64_t>(std::string_view(*text).substr(0, unit));
    factor = suffix->factor;
  }
  std::int64_t product = 0;
  if (!number || __builtin_mul_overflow(*number, factor, &product)) return std::nullopt;
  return product;
}

bool in_range(const Key& key, std::int64_t number) {
  return number >= key.range.min && number <= key.range.max;
}

std::string read_integer(const Key& key, const Node& node, std::int64_t& out) {
  const auto number = key.unit == Unit::bytes ? parse_with_unit(node, size_suffixes, 1) : parse_integer(node);
  if (!number || !in_range(key, *number)) return wrong(key, node);
  out = *number;
  return {};
}

std::string check_text(const Key& key, const std::string& text) {
  if (std::any_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < ' ' || c == 0x7F; })) {
    return "must not hold control characters";
  }
  const auto of = choices(key);
  if (!of.empty() && std::find(of.begin(), of.end(), text) == of.end()) {
    return "must be one of " + choices_text(key) + ", not \"" + text + "\"";
  }
  return key.check ? key.check(text) : std::string();
}

/// The place of the text among the key's choices.
std::string read_choice(const Key& key, const Node& node, std::size_t& out) {
  const auto* text = text_of(node);
  if (!text) return wrong(key, node);
  if (auto problem = check_text(key, *text); !problem.empty()) return problem;
  const auto of = choices(key);
  out = static_cast<std::size_t>(std::find(of.begin(), of.end(), *text) - of.begin());
  return {};
}

}  // namespace

std::vector<std::string> split(std::string_view text, char separator) {
  constexpr std::string_view white = " \t\r\n";
  std::vector<std::string> out;
  while (true) {
    const auto end = std::min(text.find(separator), text.size());
    auto item = text.substr(0, end);
    item.remove_prefix(std::min(item.find_first_not_of(white), item.size()));
    item = item.substr(0, item.find_last_not_of(white) + 1);
    out.emplace_back(item);
    if (end == text.size()) break;
    text.remove_prefix(end + 1);
  }
  if (out.size() == 1 && out.front().empty()) out.clear();
  return out;
}

std::string read(const Key& key, const Node& node, std::string& out) {
  const auto* text = text_of(node);
  if (!text) return wrong(key, node);
  const auto length = static_cast<std::int64_t>(text->size());
  if (length < key.range.min) return "must not be empty";
  if (length > key.range.max) return "must be at most " + std::to_string(key.range.max) + " bytes long";
  if (auto problem = check_text(key, *text); !problem.empty()) return problem;
  out = *text;
  return {};
}

std::string read(const Key& key, const Node& node, bool& out) {
  const auto* flag = std::get_if<bool>(&node.value);
  const auto* text = std::get_if<Text>(&node.value);
  if (!flag && !(text && (text->text == "true" || text->text == "false"))) return wrong(key, node);
  out = flag ? *flag : text->text == "true";
  return {};
}

std::string read(const Key& key, const Node& node, std::size_t& out) {
  std::int64_t number = 0;
  auto problem = read_integer(key, node, number);
  if (problem.empty()) out = static_cast<std::size_t>(number);
  return problem;
}

std::string read(const Key& key, const Node& node, std::uint16_t& out) {
  std::int64_t number = 0;
  auto problem = read_integer(key, node, number);
  if (problem.empty()) out = static_cast<std::uint16_t>(number);
  return problem;
}

std::string read(const Key& key, const Node& node, milliseconds& out) {
  const auto ms = parse_with_unit(node, duration_suffixes, 1000);
  if (!ms || !in_range(key, *ms)) return wrong(key, node);
  out = milliseconds(*ms);
  return {};
}

std::string read(const Key& key, const Node& node, seconds& out) {
  milliseconds ms{};
  if (auto problem = read(key, node, ms); !problem.empty()) return problem;
  if (ms % seconds(1) != milliseconds(0)) return "must be whole seconds";
  out = std::chrono::duration_cast<seconds>(ms);
  return {};
}

std::string read(const Key& key, const Node& node, std::vector<std::string>& out) {
  std::vector<std::string> items;
  if (const auto* text = std::get_if<Text>(&node.value)) {
    items = split(text->text);
  } else if (const auto* list = std::get_if<List>(&node.value)) {
    for (const auto& item : *list) {
      const auto* text_item = std::get_if<std::string>(&item.value);
      if (!text_item) return wrong(key, node);
      items.push_back(*text_item);
    }
  } else {
    return wrong(key, node);
  }
  for (std::size_t i = 0; i < items.size(); ++i) {
    auto problem = items[i].empty() ? "must not be empty" : check_text(key, items[i]);
    if (!problem.empty()) return "entry " + std::to_string(i + 1) + " " + problem;
  }
  out = std::move(items);
  return {};
}

std::string read(const Key& key, const Node& node, Config::Bucket& out) {
  const auto* text = text_of(node);
  const auto slash = text ? text->find('/') : std::string::npos;
  if (slash == std::string::npos) return wrong(key, node);
  const auto burst = parse_number<double>(std::string_view(*text).substr(0, slash));
  const auto rate = parse_number<double>(std::string_view(*text).substr(slash + 1));
  // Written so that NaN fails.
  if (!burst || !rate || !(*burst >= 1 && *burst <= max_rate) || !(*rate >= min_rate && *rate <= max_rate)) {
    return wrong(key, node);
  }
  out = {*burst, *rate};
  return {};
}

std::string read(const Key& key, const Node& node, log::Level& out) {
  std::size_t choice = 0;
  auto problem = read_choice(key, node, choice);
  if (problem.empty()) out = static_cast<log::Level>(choice);
  return problem;
}

std::string read(const Key& key, const Node& node, std::optional<log::Format>& out) {
  std::size_t choice = 0;
  auto problem = read_choice(key, node, choice);
  if (!problem.empty()) return problem;
  out = choice == 0 ? std::nullopt : std::optional(static_cast<log::Format>(choice - 1));
  return {};
}

std::string assign(const Key& key, const Node& node, Config& config) {
  return std::visit([&](auto field) { return read(key, node, field(config)); }, key.target);
}

std::string read_secret_file(const std::string& path, std::string& out) {
  std::ifstream file(path, std::ios::binary);
  std::string content(max_secret_file + 1, '\0');
  file.read(content.data(), static_cast<std::streamsize>(content.size()));
  content.resize(static_cast<std::size_t>(file.gcount()));
  if (!file.is_open() || file.bad() || (file.fail() && !file.eof())) return "the file \"" + path + "\" cannot be read";
  if (content.size() > max_secret_file) return "the file \"" + path + "\" is too large";
  content.erase(content.find_last_not_of(" \t\r\n") + 1);
  if (content.empty()) return "the file \"" + path + "\" is empty";
  out = std::move(content);
  return {};
}

}  // namespace netherlink::config
