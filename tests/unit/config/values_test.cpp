#include "config_fixture.hpp"

using namespace netherlink;
using namespace std::chrono_literals;

TEST_CASE("the defaults are those that are promised") {
  const auto c = config::defaults();
  CHECK(c.http.address == "127.0.0.1");
  CHECK(c.http.port == 8080);
  CHECK(c.http.threads >= 1);
  CHECK(c.http.tls.certificate_file.empty());
  CHECK(c.http.trusted_proxies.empty());
  CHECK(c.store.url == "sqlite:///./data/netherlink.db");
  CHECK(c.bus.url == "memory:");
  CHECK(c.cache.url == "memory:");
  CHECK(c.cache.hot_messages == 300);
  CHECK(c.cache.hot_bytes == 64U << 20);
  CHECK(c.instance.roles == std::vector<std::string>{"gateway", "ingest", "push"});
  CHECK(c.instance.id.size() > 7);
  CHECK(c.auth.jwt_secret.empty());
  CHECK(c.auth.access_ttl == 15min);
  CHECK(c.auth.refresh_ttl == 720h);
  CHECK(c.auth.password_cost == "interactive");
  CHECK(c.auth.password_threads >= 1);
  CHECK(c.store.threads >= 2);
  CHECK(c.rate_limits.enabled);
  CHECK(c.rate_limits.login_account.burst == 10);
  CHECK(c.rate_limits.login_account.per_second == 0.2);
  CHECK(c.heartbeat.interval == 30s);
  CHECK(c.heartbeat.min_interval == 5s);
  CHECK(c.heartbeat.max_interval == 180s);
  CHECK(c.heartbeat.probe_count == 3);
  CHECK(c.lobby.storm_threshold == 20);
  CHECK(c.groups.large_threshold == 500);
  CHECK(c.groups.max_members == 2000);
  CHECK(c.groups.max_per_user == 500);
  CHECK(c.groups.max_added == 100);
  CHECK(c.groups.max_links == 20);
  CHECK(c.groups.max_requests == 500);
  CHECK(c.groups.max_bans == 5000);
  CHECK(c.groups.name_bytes == 100);
  CHECK(c.groups.announcement_bytes == 2000);
  CHECK(c.ws.send_queue_bytes == 1U << 20);
  CHECK(c.limits.content_bytes == 8192);
  CHECK(c.drain.reconnect_after == 1000ms);
  CHECK(c.log.level == log::Level::info);
  CHECK_FALSE(c.log.format);
  CHECK(c.metrics.address.empty());
  CHECK(c.vpn.cells.empty());
}

TEST_CASE("without any source the defaults are valid, and the instance keeps its name") {
  const auto loaded = config::load({});
  CHECK(printed(loaded).empty());
  CHECK(loaded.settings.empty());
  CHECK(config::compare(loaded.config, config::load({}).config).empty());
}

TEST_CASE("values of every type are read from TOML") {
  const auto loaded = load_toml(R"(
log.level = "debug"
[http]
address = "::"
port = 0
trusted_proxies = ["10.0.0.0/8", "::1", "fd00::/8"]
cors_origins = ["https://game.example", "http://localhost:5173"]
body_bytes = "2MiB"
header_bytes = 32768
idle_timeout = "2m"
body_timeout = 45
[drain]
reconnect_after = "250ms"
[rate_limits]
enabled = false
ip = "1.5/0.25"
[log]
)");
  // A table may not be opened again after a dotted key made it: TOML's own rule, told with its line.
  CHECK(printed(loaded).starts_with("netherlink.toml:17: "));

  const auto good = load_toml(R"(
log.format = "json"
[http]
address = "::"
port = 0
trusted_proxies = ["10.0.0.0/8", "::1", "fd00::/8"]
cors_origins = ["https://game.example", "http://localhost:5173"]
body_bytes = "2MiB"
header_bytes = 32768
idle_timeout = "2m"
body_timeout = 45
[drain]
reconnect_after = "250ms"
[rate_limits]
enabled = false
ip = "1.5/0.25"
)");
  CHECK(printed(good).empty());
  const auto& c = good.config;
  CHECK(c.http.address == "::");
  CHECK(c.http.port == 0);
  CHECK(c.http.trusted_proxies.size() == 3);
  CHECK(c.http.cors_origins.at(1) == "http://localhost:5173");
  CHECK(c.http.body_bytes == 2U << 20);
  CHECK(c.http.header_bytes == 32768);
  CHECK(c.http.idle_timeout == 120s);
  CHECK(c.http.body_timeout == 45s);
  CHECK(c.drain.reconnect_after == 250ms);
  CHECK_FALSE(c.rate_limits.enabled);
  CHECK(c.rate_limits.ip.burst == 1.5);
  CHECK(c.rate_limits.ip.per_second == 0.25);
  CHECK(c.log.format == log::Format::json);
}

TEST_CASE("values of every type are read from text") {
  const auto loaded = load_set({"http.port=0", "rate_limits.enabled=false", "rate_limits.user=7/3",
                                "auth.access_ttl=90", "auth.refresh_ttl=12h", "ws.frame_bytes=128KiB",
                                "ws.send_queue_bytes=2097152", "http.trusted_proxies= 10.0.0.1 , 192.168.0.0/16",
                                "http.cors_origins=", "log.level=off", "log.format=text", "ws.origins=*"});
  CHECK(printed(loaded).empty());
  const auto& c = loaded.config;
  CHECK(c.http.port == 0);
  CHECK_FALSE(c.rate_limits.enabled);
  CHECK(c.rate_limits.user.burst == 7);
  CHECK(c.auth.access_ttl == 90s);
  CHECK(c.auth.refresh_ttl == 12h);
  CHECK(c.ws.frame_bytes == 128U << 10);
  CHECK(c.ws.send_queue_bytes == 2U << 20);
  CHECK(c.http.trusted_proxies == std::vector<std::string>{"10.0.0.1", "192.168.0.0/16"});
  CHECK(c.http.cors_origins.empty());
  CHECK(c.log.level == log::Level::off);
  CHECK(c.log.format == log::Format::text);
}

TEST_CASE("a heartbeat of one second is fine when the shortest is lowered too") {
  CHECK(printed(load_set({"heartbeat.interval=1s", "heartbeat.min_interval=1s"})).empty());
  CHECK_FALSE(printed(load_set({"heartbeat.interval=1s"})).empty());
}

TEST_CASE("file, environment and --set are taken in this order") {
  const Folder folder;
  config::Sources sources{.file = folder.write("n.toml", "[http]\nport = 1001\njson_depth = 11\nthreads = 3\n"),
                          .environment = {"PATH=/bin", "NETHERLINK_HTTP_PORT=1002", "NETHERLINK_HTTP_JSON_DEPTH=12",
                                          "NETHERLINK_CONFIG=/elsewhere", "NETHERLINKISH=1"},
                          .set = {"http.port=1003", "http.port=1004"}};
  const auto loaded = config::load(sources);
  CHECK(printed(loaded).empty());
  CHECK(loaded.config.http.port == 1004);
  CHECK(loaded.config.http.json_depth == 12);
  CHECK(loaded.config.http.threads == 3);
  REQUIRE(loaded.settings.size() == 3);
  CHECK(loaded.settings[0].key == "http.port");
  CHECK(loaded.settings[0].value == "1004");
  CHECK(loaded.settings[0].source == "--set");
  CHECK(loaded.settings[1].source == sources.file->string() + ":4");
  CHECK(loaded.settings[2].source == "environment");
}

TEST_CASE("service links of an orchestrator are passed over, spelling mistakes are not") {
  const auto loaded = config::load(
      {.file = std::nullopt,
       .environment = {"NETHERLINK_SERVICE_HOST=10.0.0.1", "NETHERLINK_SERVICE_PORT=8080",
                       "NETHERLINK_SERVICE_PORT_HTTP=8080", "NETHERLINK_PORT=tcp://10.0.0.1:8080",
                       "NETHERLINK_PORT_8080_TCP=tcp://10.0.0.1:8080", "NETHERLINK_PORT_8080_TCP_PROTO=tcp",
                       "NETHERLINK_PORT_8080_TCP_ADDR=10.0.0.1", "NETHERLINK_PORT=8080", "NETHERLINK_STORE_ULR=x"},
       .set = {}});
  CHECK(printed(loaded) ==
        "environment: NETHERLINK_PORT: is unknown; did you mean NETHERLINK_HTTP_PORT?\n"
        "environment: NETHERLINK_STORE_ULR: is unknown; did you mean NETHERLINK_STORE_URL?\n");
}

TEST_CASE("a reload is told what changed, and what of it it can apply") {
  const auto before = config::load({}).config;
  const auto after =
      load_set({"log.level=debug", "http.port=1", "auth.jwt_secret=0123456789abcdef0123456789abcdef"}).config;
  const auto changes = config::compare(before, after);
  REQUIRE(changes.size() == 3);
  CHECK(changes[0].key == "http.port");
  CHECK_FALSE(changes[0].reloadable);
  CHECK(changes[1].key == "auth.jwt_secret");
  CHECK(changes[2].key == "log.level");
  CHECK(changes[2].reloadable);
}
