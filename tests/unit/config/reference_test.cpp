#include <iterator>
#include <regex>
#include <set>

#include "config/keys.hpp"
#include "config/sources.hpp"
#include "config_fixture.hpp"

using namespace netherlink;

namespace {

std::string read_source(const std::string& path) {
  std::ifstream file(NETHERLINK_SOURCE_DIR "/" + path);
  REQUIRE(file.is_open());
  return {std::istreambuf_iterator<char>(file), {}};
}

}  // namespace

TEST_CASE("the example file is the reference, byte for byte") {
  CHECK(read_source("config/netherlink.example.toml") == config::reference());
}

TEST_CASE("the documentation holds the reference") {
  CHECK(read_source("docs/configuration.md").ends_with(config::reference_markdown()));
}

TEST_CASE("loading the reference gives the defaults") {
  const auto loaded = load_toml(config::reference());
  CHECK(printed(loaded).empty());
  for (const auto& change : config::compare(config::defaults(), loaded.config)) FAIL(change.key);
  // All keys but those whose default is this machine's are there.
  std::size_t computed = 0;
  for (const auto& key : config::keys()) computed += key.computed ? 1U : 0U;
  CHECK(loaded.settings.size() + computed == config::keys().size());
}

TEST_CASE("the table of keys is sound") {
  const std::regex name("[a-z][a-z0-9]*(_[a-z]+)*(\\.[a-z0-9]+(_[a-z0-9]+)*)+");
  std::set<std::string> names, variables, sections;
  std::string section;
  const auto defaults = config::defaults();
  for (const auto& key : config::keys()) {
    const std::string text(key.name);
    INFO(text);
    CHECK(std::regex_match(text, name));
    CHECK(names.insert(text).second);
    CHECK_FALSE(key.meaning.empty());
    CHECK(key.meaning.ends_with("."));
    CHECK(key.computed_note.empty() == (key.computed == nullptr));
    CHECK(config::find_key(key.name) == &key);
    // Keys of a section stand together, or TOML could not be written.
    const auto its = text.substr(0, text.rfind('.'));
    if (its != section) CHECK(sections.insert(its).second);
    section = its;
    CHECK_FALSE(config::section_meaning(section).empty());
  }
  for (const auto& known : config::names()) CHECK(variables.insert(config::variable_of(known.name)).second);
  CHECK(config::variable_of("http.tls.certificate_file") == "NETHERLINK_HTTP_TLS_CERTIFICATE_FILE");
  CHECK_FALSE(variables.contains(std::string(config::file_variable)));
}

TEST_CASE("every default is a valid value of its key") {
  for (const auto& key : config::keys()) {
    const auto text = key.computed ? key.computed() : std::string(key.initial);
    INFO(key.name << " = " << text);
    CHECK(printed(load_set({std::string(key.name) + "=" + text})).empty());
  }
}
