#include "gateway/http/access_log.hpp"

#include <algorithm>
#include <cmath>

#include "netherlink/log/log.hpp"

namespace netherlink::gateway {
namespace {

constexpr std::string_view counter_name = "netherlink_http_requests_total";
constexpr std::string_view counter_help = "HTTP requests answered";
constexpr std::size_t logged_path_bytes = 256;

/// Statuses that have a slot of their own; the last slot is nobody's.
constexpr int slotted[] = {101, 200, 201, 202, 204, 304, 400, 401, 403, 404, 405, 408,
                           409, 413, 415, 417, 422, 426, 429, 431, 500, 503, 505};

std::size_t slot_of(int status) {
  return static_cast<std::size_t>(std::lower_bound(std::begin(slotted), std::end(slotted), status) -
                                  std::begin(slotted));
}

/// Labels must not be made up by clients.
std::string_view known_method(std::string_view method) {
  constexpr std::string_view known[] = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"};
  return std::find(std::begin(known), std::end(known), method) == std::end(known) ? "other" : method;
}

metrics::Counter& look_up(std::string_view method, std::string_view route, int status) {
  return metrics::counter(counter_name, counter_help,
                          {{"method", method}, {"route", route}, {"status", std::to_string(status)}});
}

/// Cut between characters.
std::string_view shortened(std::string_view path) {
  if (path.size() <= logged_path_bytes) return path;
  auto size = logged_path_bytes;
  while (size > 0 && (static_cast<unsigned char>(path[size]) & 0xC0) == 0x80) --size;
  return path.substr(0, size);
}

bool is_for_clients(std::string_view path) {
  return path.starts_with("/api/") || path == "/ws";
}

}  // namespace

AccessLog::AccessLog(const Router& router)
    : router_(router),
      counters_(std::make_unique<Slots[]>(router.routes().size())),
      seconds_(metrics::histogram("netherlink_http_request_seconds", "From the header of a request to its answer",
                                  metrics::latency_bounds())) {
  static_assert(std::size(slotted) <= status_slots);
}

metrics::Counter& AccessLog::counter_of(const Route* route, std::string_view method, int status) {
  const auto slot = slot_of(status);
  if (!route || slot == std::size(slotted) || slotted[slot] != status) {
    return look_up(known_method(method), route ? route->pattern : "none", status);
  }
  auto& cached = counters_[static_cast<std::size_t>(route - router_.routes().data())][slot];
  auto* counter = cached.load(std::memory_order_acquire);
  if (!counter) {
    counter = &look_up(route->method, route->pattern, status);
    cached.store(counter, std::memory_order_release);
  }
  return *counter;
}

void AccessLog::answered(const Exchange& exchange, int status, std::size_t bytes) {
  const auto& request = *exchange.request;
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - exchange.started;
  counter_of(exchange.match.route, request.method, status).add();
  seconds_.observe(took.count());

  const auto level = is_for_clients(request.path) ? log::Level::info : log::Level::debug;
  if (!log::enabled(level)) return;
  const log::Context context(request.request_id, request.trace.trace_id);
  // Never the query: it may hold a token.
  log::write(level, "request",
             {{"method", request.method},
              {"path", shortened(request.path)},
              {"status", status},
              {"duration_ms", std::round(took.count() * 1'000'000) / 1000},
              {"bytes", bytes},
              {"remote", request.remote_address},
              {"user_id", request.principal ? request.principal->user_id : 0}});
}

void AccessLog::refused_unread(std::string_view remote_address, const core::Error& error) {
  look_up("other", "none", error.code().status).add();
  log::debug("request refused unread",
             {{"code", error.code().name}, {"reason", error.detail()}, {"remote", remote_address}});
}

}  // namespace netherlink::gateway
