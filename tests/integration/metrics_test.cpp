#include "support/catch.hpp"
#include "support/person.hpp"

namespace netherlink::test {
namespace {

using nlohmann::json;

bool holds(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

/// The value of one series; -1: it is not there.
double value(const std::string& metrics, const std::string& series) {
  const auto at = metrics.find("\n" + series + " ");
  return at == std::string::npos ? -1 : std::stod(metrics.substr(at + series.size() + 2));
}

std::string metrics_of(const ServerProcess& server) {
  HttpClient http(server.port());
  return http.get("/metrics").body;
}

}  // namespace

TEST_CASE("metrics: what happened is counted under its fixed name", "[metrics]") {
  ServerProcess server;
  Person ada(server, "ada"), bob(server, "bob");
  bob.socket();
  const auto id = unique("m");
  ada.say(ada.with(bob), "counted once as a text", id);
  ada.say(ada.with(bob), "counted once as a text", id);
  bob.socket().expect("message.new");
  bob.socket().ask("sync", {{"conversations", {{{"conversation_id", ada.with(bob)}, {"after_seq", 0}}}}},
                   "sync.result");
  const auto metrics = metrics_of(server);
  CHECK(value(metrics, "netherlink_ws_connections") == 2);
  CHECK(value(metrics, "netherlink_online_users") == 2);
  CHECK(value(metrics, "netherlink_messages_accepted_total{kind=\"single\"}") == 2);
  CHECK(value(metrics, "netherlink_messages_committed_total{kind=\"single\"}") == 1);
  CHECK(value(metrics, "netherlink_messages_duplicate_total") == 1);
  CHECK(value(metrics, "netherlink_deliveries_total") >= 1);
  CHECK(value(metrics, "netherlink_resume_total{complete=\"true\"}") == 1);
  CHECK(value(metrics, "netherlink_send_to_ack_seconds_count") >= 1);
  CHECK(value(metrics, "netherlink_ingest_queue_depth") == 0);
  CHECK(value(metrics, "netherlink_store_connected") == 1);
  CHECK(value(metrics, "netherlink_bus_connected") == 1);
  CHECK(value(metrics, "netherlink_cache_connected") == 1);
  CHECK(value(metrics, "netherlink_slow_clients_closed_total") == 0);
  CHECK(value(metrics, "netherlink_gap_repairs_total") == 0);
  for (const auto* name :
       {"netherlink_http_requests_total{", "netherlink_http_request_seconds_bucket{",
        "netherlink_ingest_batch_size_bucket{", "netherlink_ingest_commit_seconds_bucket{",
        "netherlink_cache_hits_total{", "netherlink_cache_misses_total{", "process_cpu_seconds_total",
        "process_resident_memory_bytes", "process_open_fds", "process_start_time_seconds"}) {
    INFO(name);
    CHECK(holds(metrics, name));
  }
  // Routes are counted by their pattern: what clients choose makes no series of its own.
  bob.http.get("/api/v1/users/" + ada.id);
  bob.http.get("/no/such/path");
  const auto after = metrics_of(server);
  CHECK(value(after, R"(netherlink_http_requests_total{method="GET",route="/api/v1/users/{id}",status="200"})") == 1);
  CHECK_FALSE(holds(after, "/no/such/path"));
}

TEST_CASE("metrics: what comes through a proxy does not see them", "[metrics]") {
  for (const auto* trusted : {"", "127.0.0.1"}) {
    ServerProcess server({std::string("http.trusted_proxies=") + trusted});
    HttpClient http(server.port());
    CHECK(http.get("/metrics").status == 200);
    CHECK(http.get("/metrics", {{"X-Forwarded-For", "8.8.8.8"}}).status == 404);
    CHECK(http.get("/metrics", {{"X-Forwarded-For", "10.1.2.3, 8.8.8.8"}}).status == 404);
    CHECK(http.get("/metrics", {{"Forwarded", "for=8.8.8.8"}}).status == 404);
  }
}

TEST_CASE("metrics: on a port of their own they are nowhere else", "[metrics]") {
  ServerProcess server({"metrics.address=127.0.0.1"});
  HttpClient http(server.port());
  CHECK(http.get("/metrics").status == 404);
  CHECK(http.get("/healthz").status == 200);
}

}  // namespace netherlink::test
