#include "config/format.hpp"
#include "config/keys.hpp"

namespace netherlink::config {
namespace {

constexpr std::string_view introduction =
    "Every setting of NetherLink with its default. This file is what `netherlink config-reference` prints. Values "
    "given "
    "here are overridden by environment variables (NETHERLINK_HTTP_PORT for http.port), and those by `--set "
    "http.port=…`. Secrets and URLs may be given as the name of a file that holds them, under the same key with _file "
    "at its end. docs/configuration.md says more.";
constexpr std::size_t comment_width = 110;

std::string_view section_of(const Key& key) {
  return key.name.substr(0, key.name.rfind('.'));
}
std::string_view leaf_of(const Key& key) {
  return key.name.substr(key.name.rfind('.') + 1);
}

/// `text` as comment lines.
std::string comment(std::string_view text) {
  std::string out;
  std::size_t width = 0;
  while (!text.empty()) {
    const auto word = text.substr(0, text.find(' '));
    if (width == 0 || width + 1 + word.size() > comment_width) {
      out.append(width == 0 ? "#" : "\n#");
      width = 1;
    }
    out.append(" ").append(word);
    width += 1 + word.size();
    text.remove_prefix(std::min(word.size() + 1, text.size()));
  }
  return out + "\n";
}

/// Durations as the table writes them: 180s stays 180s.
std::string default_of(const Key& key, const Config& config) {
  const bool duration =
      std::holds_alternative<Field<seconds>>(key.target) || std::holds_alternative<Field<milliseconds>>(key.target);
  return duration ? "\"" + std::string(key.initial) + "\"" : format_value(key, config, Mask::no);
}

std::string toml_row(const Key& key, const Config& config) {
  std::string kind = describe_type(key);
  if (key.computed) kind.append("; default: ").append(key.computed_note);
  if (key.reloadable) kind += "; reloadable";
  if (may_be_file(key)) kind.append("; or ").append(leaf_of(key)).append("_file");
  std::string out = "\n" + comment(key.meaning) + comment(kind);
  if (key.computed) return out + "#" + std::string(leaf_of(key)) + " =\n";
  return out + std::string(leaf_of(key)) + " = " + default_of(key, config) + "\n";
}

std::string markdown_row(const Key& key, const Config& config) {
  std::string out = "| `" + std::string(key.name) + "` | " + describe_type(key) + " | ";
  out += key.computed ? std::string(key.computed_note) : "`" + default_of(key, config) + "`";
  out.append(" | ").append(key.meaning);
  if (key.reloadable) out += " Reloadable.";
  if (may_be_file(key)) out.append(" Or `").append(key.name).append("_file`.");
  return out + " |\n";
}

std::string generate(std::string head, auto section_head, auto row) {
  const Config config = defaults();
  std::string_view section;
  for (const auto& key : keys()) {
    if (section_of(key) != section) {
      section = section_of(key);
      head += section_head(section);
    }
    head += row(key, config);
  }
  return head;
}

}  // namespace

std::string reference() {
  const auto head = [](std::string_view section) {
    return "\n" + comment(section_meaning(section)) + "[" + std::string(section) + "]\n";
  };
  return generate(comment(introduction), head, toml_row);
}

std::string reference_markdown() {
  const auto head = [](std::string_view section) {
    return "\n### " + std::string(section) + "\n\n" + std::string(section_meaning(section)) +
           "\n\n| key | type | default | meaning |\n|---|---|---|---|\n";
  };
  return generate("", head, markdown_row);
}

}  // namespace netherlink::config
