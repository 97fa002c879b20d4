#include "config_fixture.hpp"

using namespace netherlink;

namespace {

struct Case {
  std::string set, problem;
};

}  // namespace

TEST_CASE("wrong values are refused in words that help") {
  const std::vector<Case> cases = {
      {"http.port=abc", R"(http.port: must be an integer from 0 to 65535, not "abc")"},
      {"http.port=65536", R"(http.port: must be an integer from 0 to 65535, not "65536")"},
      {"http.port=-1", R"(http.port: must be an integer from 0 to 65535, not "-1")"},
      {"http.port=", R"(http.port: must be an integer from 0 to 65535, not "")"},
      {"http.port=80 ", R"(http.port: must be an integer from 0 to 65535, not "80 ")"},
      {"http.port=99999999999999999999", "must be an integer"},
      {"http.address=localhost", "http.address: must be an IP address such as 127.0.0.1, 0.0.0.0 or ::1"},
      {"http.address=", "http.address: must not be empty"},
      {"http.address=127.0.0.1:8080", "http.address: must be an IP address"},
      {"http.threads=0", "http.threads: must be an integer from 1 to 256"},
      {"http.idle_timeout=1500ms", "http.idle_timeout: must be whole seconds"},
      {"http.idle_timeout=5", ""},
      {"http.idle_timeout=1w", R"(http.idle_timeout: must be a duration from 1s to 1h ("250ms")"},
      {"http.idle_timeout=2h", "http.idle_timeout: must be a duration from 1s to 1h"},
      {"http.idle_timeout=s", "must be a duration"},
      {"http.idle_timeout=1.5s", "must be a duration"},
      {"http.idle_timeout=-5s", "must be a duration"},
      {"http.idle_timeout=9223372036854775807d", "must be a duration"},
      {"http.body_bytes=1MB", R"(http.body_bytes: must be a size from 1KiB to 64MiB ("64KiB")"},
      {"http.body_bytes=1GiB", "must be a size from 1KiB to 64MiB"},
      {"http.body_bytes=9223372036854775807GiB", "must be a size"},
      {"http.trusted_proxies=10.0.0.0/33", "http.trusted_proxies: entry 1 must be an address or a network"},
      {"http.trusted_proxies=10.0.0.1,,10.0.0.2", "http.trusted_proxies: entry 2 must not be empty"},
      {"http.trusted_proxies=10.0.0.0/-1", "entry 1 must be an address or a network"},
      {"http.trusted_proxies=proxy.example", "entry 1 must be an address or a network"},
      {"http.cors_origins=https://a.example/", "entry 1 must be * or an origin in lower case"},
      {"http.cors_origins=https://A.example", "entry 1 must be * or an origin"},
      {"http.cors_origins=a.example", "entry 1 must be * or an origin"},
      {"http.cors_origins=ftp://a.example", "entry 1 must be * or an origin"},
      {"http.cors_origins=https://u@a.example", "entry 1 must be * or an origin"},
      {"ws.origins=https://a.example:99999", "entry 1 must be * or an origin"},
      {"http.tls.certificate_file=/no/such.pem", "the file \"/no/such.pem\" cannot be read: No such file or directory"},
      {"http.tls.certificate_file=/tmp", "the file \"/tmp\" is a folder"},
      {"instance.roles=gateway,pusher",
       R"(instance.roles: entry 2 must be one of gateway, ingest, push, not "pusher")"},
      {"instance.roles=", "instance.roles: must not be empty"},
      {"instance.roles=gateway", "instance.roles: must be all of gateway, ingest and push"},
      {"instance.id=a b", "instance.id: must be made of letters"},
      {"instance.id=" + std::string(65, 'x'), "instance.id: must be at most 64 bytes long"},
      {"auth.password_cost=cheap", R"(auth.password_cost: must be one of interactive, moderate, test, not "cheap")"},
      {"auth.jwt_secret=short-one", "auth.jwt_secret: must be at least 32 bytes long"},
      {"auth.jwt_previous_secrets=short-one", "auth.jwt_previous_secrets: entry 1 must be at least 32 bytes long"},
      {"auth.refresh_ttl=1m", "auth.refresh_ttl: must not be shorter than auth.access_ttl"},
      {"rate_limits.enabled=yes", R"(rate_limits.enabled: must be true or false, not "yes")"},
      {"rate_limits.ip=10", "rate_limits.ip: must be a rate"},
      {"rate_limits.ip=0/1", "rate_limits.ip: must be a rate"},
      {"rate_limits.ip=10/0", "rate_limits.ip: must be a rate"},
      {"rate_limits.ip=nan/1", "rate_limits.ip: must be a rate"},
      {"rate_limits.ip=10/inf", "rate_limits.ip: must be a rate"},
      {"rate_limits.ip=10/5/2", "rate_limits.ip: must be a rate"},
      {"heartbeat.interval=200s",
       "heartbeat.interval: must lie between heartbeat.min_interval and heartbeat.max_interval"},
      {"heartbeat.min_interval=60s", "heartbeat.interval: must lie between"},
      {"store.url=sqlite://relative.db", "store.url: must name a file"},
      {"store.url=sqlite:///data/", "store.url: must name a file"},
      {"store.url=postgres://h/x", "store.url: must be sqlite:///"},
      {"store.url=mysql://h", "store.url: must be sqlite:///"},
      {"store.url=mysql://u:hunter2@h:3306/x", "auth.jwt_secret: is required with this store.url"},
      {"store.replica_urls=mysql://u:hunter2@h/x", "store.replica_urls: needs a store.url of a server"},
      {"store.shard_urls=mysql://u:hunter2@h/x", "store.shard_urls: needs a store.url of a server"},
      {"bus.url=kafka:9092", "bus.url: must be memory: or amqp://"},
      {"bus.url=amqp://a:hunter2@h1,amqp://a:hunter2@h2:5672/v",
       "bus.url: is for replicas, and they need a store.url that they share"},
      {"bus.url=amqp://a:hunter2@h1,http://h2", "bus.url: must be memory: or amqp://"},
      {"bus.url=amqps://h1", "bus.url: must be memory: or amqp://"},
      {"cache.url=memory", "cache.url: must be memory:, redis://"},
      {"cache.url=rediss://h1", "cache.url: must be memory:, redis://"},
      {"metrics.port=9100", "metrics.port: needs metrics.address"},
      {"ws.frame_bytes=16KiB", "ws.frame_bytes: must be at least 17KiB"},
      {"http.body_bytes=16KiB", "http.body_bytes: must be at least 17KiB"},
      {"ws.frame_bytes=2MiB", "ws.send_queue_bytes: must be at least ws.frame_bytes"},
      {"log.level=warning", R"(log.level: must be one of debug, info, warn, error, off, not "warning")"},
      {"store.url=sqlite:///x\ny", "store.url: must not hold control characters"},
      {"http.prot=1", "--set: http.prot: is unknown; did you mean http.port?"},
      {"http.tls.certificate=1", "did you mean http.tls.certificate_file?"},
      {"http=1", "--set: http: is a section, not a key"},
      {"http.port", "--set: must be section.key=value"},
      {"=1", "--set: must be section.key=value"},
  };
  for (const auto& [set, problem] : cases) {
    INFO(set);
    const auto out = printed(load_set({set}));
    INFO(out);
    if (problem.empty()) {
      CHECK(out.empty());
    } else {
      CHECK(out.find(problem) != std::string::npos);
    }
    CHECK(out.find("hunter2") == std::string::npos);
    CHECK(out.find("short-one") == std::string::npos);
  }
}

TEST_CASE("all problems of a file come together, in the order of its lines") {
  const auto loaded = load_toml(R"([http]
port = "8080"
address = 5
prot = 1
header_bytes = "64"
tls = "yes"

[auth]
jwt_secret = 12
access_ttl = 1.5

[htpp]

[store]
url = ["a"]
replica_urls = "x"
shard_urls = [1]

["a.b"]
c = 1

[limits.mentions]
x = 1

[log]
level = 1979-05-27
)");
  CHECK(printed(loaded) == R"(netherlink.toml:2: http.port: must be an integer from 0 to 65535, not "8080"
netherlink.toml:3: http.address: must be a string
netherlink.toml:4: http.prot: is unknown; did you mean http.port?
netherlink.toml:5: http.header_bytes: must be a size from 1KiB to 1MiB ("64KiB", "1MiB", or bytes), not "64"
netherlink.toml:6: http.tls: is a section, not a key
netherlink.toml:9: auth.jwt_secret: must be a string
netherlink.toml:10: auth.access_ttl: must be a duration from 1s to 1d ("250ms", "30s", "15m", "12h", "30d", or seconds)
netherlink.toml:12: htpp: is unknown; did you mean http.port?
netherlink.toml:15: store.url: must be a string
netherlink.toml:16: store.replica_urls: must be a list of strings
netherlink.toml:17: store.shard_urls: must be a list of strings
netherlink.toml:19: "a.b": is unknown; did you mean bus.url?
netherlink.toml:22: limits.mentions: must be an integer from 0 to 1000
netherlink.toml:26: log.level: must be one of debug, info, warn, error, off, not a date or time
)");
}

TEST_CASE("what is no TOML is told with its line, beside the problems of other sources") {
  const Folder folder;
  const auto file = folder.write("netherlink.toml", "[http]\nport = 1\nport = 2\n");
  const auto out = printed(config::load({.file = file, .environment = {"NETHERLINK_HTTP_PORT=x"}, .set = {"a=b"}}));
  CHECK(out.starts_with("netherlink.toml:3: "));
  CHECK(out.find("environment: http.port: must be") != std::string::npos);
  CHECK(out.find("--set: a: is unknown") != std::string::npos);
  for (const char* document : {"[http", "a = ", "\xFF\xFE", "a = \"\\q\"", "a = [1,", "= 1", "a = 1 b = 2", "[=]",
                               "[.a]", "[[[a]]]", "[!x]", "[ =", "a = 1\xC7\xBF", "a\xC3\xA9 = 1"}) {
    CHECK_FALSE(load_toml(document).problems.empty());
  }
  CHECK(load_toml("").problems.empty());
  CHECK(load_toml("# nothing\n[http]\n").problems.empty());
  CHECK_FALSE(load_toml(std::string(100'000, '[')).problems.empty());
}

TEST_CASE("a file that cannot be read is a problem") {
  const Folder folder;
  CHECK(printed(config::load({.file = folder.path / "netherlink.toml", .environment = {}, .set = {}})) ==
        "netherlink.toml: cannot be read: No such file or directory\n");
  const auto loaded = config::load({.file = folder.path, .environment = {}, .set = {}});
  REQUIRE(loaded.problems.size() == 1);
  CHECK(loaded.problems[0].message == "cannot be read: it is a folder");
}

TEST_CASE("no rule is checked on a value that is wrong by itself") {
  CHECK(printed(load_set({"heartbeat.interval=x", "heartbeat.min_interval=60s"})).find("must lie between") ==
        std::string::npos);
  CHECK(load_set({"store.url=nonsense"}).problems.size() == 1);
}

TEST_CASE("fast hashing is for loopback addresses only") {
  CHECK(printed(load_set({"auth.password_cost=test"})).empty());
  CHECK(printed(load_set({"auth.password_cost=test", "http.address=::1"})).empty());
  CHECK(printed(load_set({"auth.password_cost=test", "http.address=127.8.0.1"})).empty());
  for (const char* address : {"0.0.0.0", "::", "192.168.1.1", "::ffff:10.0.0.1"}) {
    CHECK(printed(load_set({"auth.password_cost=test", std::string("http.address=") + address})) ==
          "--set: auth.password_cost: must not be \"test\" when http.address is not a loopback address\n");
  }
}

TEST_CASE("TLS needs both files") {
  const Folder folder;
  const auto certificate = "http.tls.certificate_file=" + folder.write("c.pem", "c");
  const auto key = "http.tls.key_file=" + folder.write("k.pem", "k");
  CHECK(printed(load_set({certificate, key})).empty());
  CHECK(printed(load_set({certificate})) == "--set: http.tls.certificate_file: needs http.tls.key_file too\n");
  CHECK(printed(load_set({key})) == "--set: http.tls.certificate_file: needs http.tls.certificate_file too\n");
}
