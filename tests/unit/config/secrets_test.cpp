#include "config_fixture.hpp"

using namespace netherlink;

namespace {

const std::string secret = "0123456789abcdef0123456789abcdef";

}  // namespace

TEST_CASE("a secret may be in a file") {
  const Folder folder;
  const auto file = folder.write("jwt", secret + "\r\n");
  for (const auto& loaded :
       {load_set({"auth.jwt_secret_file=" + file}), load_toml("[auth]\njwt_secret_file = \"" + file + "\"\n"),
        config::load({.file = std::nullopt, .environment = {"NETHERLINK_AUTH_JWT_SECRET_FILE=" + file}, .set = {}})}) {
    CHECK(printed(loaded).empty());
    CHECK(loaded.config.auth.jwt_secret == secret);
    REQUIRE(loaded.settings.size() == 1);
    CHECK(loaded.settings[0].key == "auth.jwt_secret");
    CHECK(loaded.settings[0].value == "\"***\"");
  }
}

TEST_CASE("the file of a list has one entry on each line") {
  const Folder folder;
  const auto file = folder.write("old", secret + ",a\n\n" + secret + "b\n");
  const auto loaded = load_set({"auth.jwt_previous_secrets_file=" + file});
  CHECK(printed(loaded).empty());
  CHECK(loaded.config.auth.jwt_previous_secrets == std::vector<std::string>{secret + ",a", secret + "b"});
  CHECK(loaded.settings.at(0).value == "[\"***\", \"***\"]");
}

TEST_CASE("a secret's file must be there, hold something, and hold a good value") {
  const Folder folder;
  const auto problem = [](const std::string& file) { return printed(load_set({"auth.jwt_secret_file=" + file})); };
  CHECK(problem("/no/such/file") == "--set: auth.jwt_secret_file: the file \"/no/such/file\" cannot be read\n");
  CHECK(problem(folder.path.string()).find("cannot be read") != std::string::npos);
  CHECK(problem(folder.write("empty", " \n")).find("is empty") != std::string::npos);
  CHECK(problem(folder.write("large", std::string(70'000, 'x'))).find("is too large") != std::string::npos);
  CHECK(problem(folder.write("short", "short")) == "--set: auth.jwt_secret_file: must be at least 32 bytes long\n");
  CHECK(printed(load_toml("[auth]\njwt_secret_file = 5\n")) ==
        "netherlink.toml:2: auth.jwt_secret_file: must be the name of a file\n");
  CHECK(printed(load_set({"http.port_file=x"})).find("is unknown") != std::string::npos);
}

TEST_CASE("a value and its file exclude each other in one source, and override each other in several") {
  const Folder folder;
  const auto file = folder.write("jwt", secret + "-file");
  CHECK(printed(load_set({"auth.jwt_secret=" + secret, "auth.jwt_secret_file=" + file})) ==
        "--set: auth.jwt_secret_file: is given both as itself and as a file\n");
  const auto loaded = config::load({.file = std::nullopt,
                                    .environment = {"NETHERLINK_AUTH_JWT_SECRET=" + secret},
                                    .set = {"auth.jwt_secret_file=" + file}});
  CHECK(printed(loaded).empty());
  CHECK(loaded.config.auth.jwt_secret == secret + "-file");
}

TEST_CASE("passwords in URLs are masked") {
  const auto loaded = load_set({"store.url=sqlite:///./x.db", "bus.url=memory:"});
  CHECK(loaded.settings.at(0).value == "\"sqlite:///./x.db\"");
  const auto broker = load_set({"bus.url=amqp://user:p@ss:w@h1:5672/v,amqp://u@h2,amqp://h3"});
  CHECK(broker.settings.at(0).value == "\"amqp://user:***@h1:5672/v,amqp://u@h2,amqp://h3\"");
  for (const auto& setting : load_set({"store.replica_urls=mysql://u:hunter2@h/x"}).settings) {
    CHECK(setting.value == "[\"mysql://u:***@h/x\"]");
  }
}

TEST_CASE("cells of the virtual LAN are read and checked") {
  const Folder folder;
  const auto file = folder.write("key", "from-file\n");
  const auto loaded = load_toml(
      "[[vpn.cells]]\nname = \"a\"\nurl = \"https://a.example\"\napi_key = \"hunter2\"\nmax_nodes = 5\n"
      "[[vpn.cells]]\nname = \"b\"\nurl = \"http://10.0.0.1:8080\"\napi_key_file = \"" +
      file + "\"\n");
  CHECK(printed(loaded).empty());
  REQUIRE(loaded.config.vpn.cells.size() == 2);
  CHECK(loaded.config.vpn.cells[0].api_key == "hunter2");
  CHECK(loaded.config.vpn.cells[0].max_nodes == 5);
  CHECK(loaded.config.vpn.cells[1].api_key == "from-file");
  CHECK(loaded.config.vpn.cells[1].max_nodes == 250);
  CHECK(loaded.settings.at(0).value.find("hunter2") == std::string::npos);
  CHECK(loaded.settings.at(0).source.ends_with(":1"));

  const auto text = load_set({R"(vpn.cells=[{name = "a", url = "https://x", api_key = "k"}])"});
  CHECK(printed(text).empty());
  CHECK(text.config.vpn.cells.at(0).url == "https://x");

  const std::pair<std::string, std::string> wrong[] = {
      {"5", "must be a list of tables"},
      {"nonsense", "must be a list of tables"},
      {"[]\nhttp.port = 5", "must be a list of tables"},
      {"[1]", "entry 1: must be a table"},
      {"[{}]", "entry 1: needs a name"},
      {R"([{name = "a"}])", "entry 1: needs a url"},
      {R"([{name = "a", url = "https://x"}])", "entry 1: needs an api_key or an api_key_file"},
      {R"([{name = "a", url = "x", api_key = "k"}])", "entry 1: url must be a URL"},
      {R"([{name = "a", url = "https://x", api_key = 5}])", "entry 1: api_key must be a string"},
      {R"([{name = "a", url = "https://x", api_key = "k", max_nodes = 0}])",
       "entry 1: max_nodes must be an integer from 1"},
      {R"([{name = "a", url = "https://x", api_key = "k", nodes = 0}])", "entry 1: nodes is unknown"},
      {R"([{name = "a", url = "https://x", api_key_file = "/none"}])",
       "entry 1: api_key_file the file \"/none\" cannot be read"},
      {R"([{name = "a", url = "https://x", api_key = "k"}, {name = "a", url = "https://x", api_key = "k"}])",
       "entry 2: has the name of an earlier one"},
  };
  for (const auto& [value, problem] : wrong) {
    INFO(value);
    CHECK(printed(load_set({"vpn.cells=" + value})).find("vpn.cells: " + problem) != std::string::npos);
  }
}
