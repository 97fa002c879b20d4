#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <iterator>
#include <map>
#include <set>

#include "config/format.hpp"
#include "config/read.hpp"
#include "config/rules.hpp"
#include "config/sources.hpp"

namespace netherlink::config {
namespace {

/// Applies one source after the other, so that the later wins.
class Loader {
 public:
  explicit Loader(Loaded& out) : out_(out) {}

  void apply(const std::vector<Given>& layer) {
    std::map<std::string_view, bool> seen;  // key, whether by file
    for (const auto& given : layer) {
      const auto name =
          std::find_if(names().begin(), names().end(), [&](const Name& n) { return n.name == given.key; });
      if (name == names().end()) {
        report(given, unknown(given.key));
        continue;
      }
      const auto [before, first] = seen.emplace(name->key->name, name->is_file);
      if (!first && before->second != name->is_file) {
        report(given, "is given both as itself and as a file");
        bad_.insert(name->key->name);
        continue;
      }
      put(given, *name);
    }
  }

  void check_rules() {
    for (const auto& rule : rules()) {
      const auto is_bad = [this](std::string_view key) { return bad_.contains(key); };
      if (std::any_of(rule.keys.begin(), rule.keys.end(), is_bad)) continue;
      auto problem = rule.check(out_.config);
      if (!problem.empty())
        out_.problems.push_back({source_of(rule), std::string(rule.keys.front()), std::move(problem)});
    }
  }

  void describe() {
    for (const auto& key : keys()) {
      const auto source = sources_.find(key.name);
      if (source == sources_.end()) continue;
      out_.settings.push_back({std::string(key.name), format_value(key, out_.config, Mask::yes), source->second});
    }
  }

 private:
  void report(const Given& given, std::string message) {
    out_.problems.push_back({given.source, given.key, std::move(message)});
  }

  static std::string unknown(const std::string& name) {
    if (!section_meaning(name).empty()) return "is a section, not a key";
    std::vector<std::string> known;
    for (const auto& one : names()) known.push_back(one.name);
    return "is unknown; did you mean " + nearest(name, known) + "?";
  }

  void put(const Given& given, const Name& name) {
    std::string problem;
    Node node = given.node;
    if (name.is_file) problem = read_file(given.node, *name.key, node);
    if (problem.empty()) problem = assign(*name.key, node, out_.config);
    if (problem.empty()) {
      sources_[name.key->name] = given.source;
    } else {
      bad_.insert(name.key->name);
      report(given, std::move(problem));
    }
  }

  /// The content of a secret's file; of a list, one entry on each line.
  static std::string read_file(const Node& path, const Key& key, Node& out) {
    const auto* text = std::get_if<Text>(&path.value);
    const auto* name = text ? &text->text : std::get_if<std::string>(&path.value);
    if (!name) return "must be the name of a file";
    std::string content;
    if (auto problem = read_secret_file(*name, content); !problem.empty()) return problem;
    if (!std::holds_alternative<Field<std::vector<std::string>>>(key.target)) {
      out = {Text{std::move(content)}};
      return {};
    }
    List lines;
    for (auto& line : split(content, '\n')) {
      if (!line.empty()) lines.push_back({std::move(line)});
    }
    out = {std::move(lines)};
    return {};
  }

  std::string source_of(const Rule& rule) const {
    for (const auto key : rule.keys) {
      if (const auto found = sources_.find(key); found != sources_.end()) return found->second;
    }
    return {};
  }

  Loaded& out_;
  std::map<std::string_view, std::string> sources_;  // of each key that was given
  std::set<std::string_view> bad_;                   // keys that were given wrongly: no rule is checked on them
};

std::vector<Given> from_file(const std::filesystem::path& path, std::vector<Problem>& problems) {
  std::error_code failure;
  errno = 0;
  std::ifstream file(path, std::ios::binary);
  if (!file.is_open() || std::filesystem::is_directory(path, failure)) {
    const auto reason = file.is_open() ? "it is a folder" : std::strerror(errno);
    problems.push_back({path.string(), "", std::string("cannot be read: ") + reason});
    return {};
  }
  const std::string document{std::istreambuf_iterator<char>(file), {}};
  return parse_toml(document, path.string(), problems);
}

}  // namespace

Config defaults() {
  Config config;
  for (const auto& key : keys()) {
    assign(key, {Text{key.computed ? key.computed() : std::string(key.initial)}}, config);
  }
  return config;
}

Loaded load(const Sources& sources) {
  Loaded out;
  out.config = defaults();
  Loader loader(out);
  if (sources.file) loader.apply(from_file(*sources.file, out.problems));
  loader.apply(from_environment(sources.environment, out.problems));
  loader.apply(from_set(sources.set, out.problems));
  loader.check_rules();
  loader.describe();
  return out;
}

std::string to_string(const Problem& problem) {
  std::string out = problem.source;
  if (!problem.key.empty()) out.append(out.empty() ? "" : ": ").append(problem.key);
  return out.append(": ").append(problem.message);
}

std::vector<Change> compare(const Config& before, const Config& after) {
  std::vector<Change> out;
  for (const auto& key : keys()) {
    if (format_value(key, before, Mask::no) != format_value(key, after, Mask::no)) {
      out.push_back({std::string(key.name), key.reloadable});
    }
  }
  return out;
}

}  // namespace netherlink::config
