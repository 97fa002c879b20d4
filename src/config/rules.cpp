#include "config/rules.hpp"

#include <algorithm>

#include "config/format.hpp"

namespace netherlink::config {
namespace {

bool embedded_store(const Config& c) {
  return c.store.url.starts_with("sqlite:");
}

bool is_loopback(std::string_view address) {
  return address.starts_with("127.") || address == "::1";
}

std::string only_with_server(const Config& c, const std::vector<std::string>& urls) {
  return urls.empty() || !embedded_store(c) ? std::string() : "needs a store.url of a server: mysql://…";
}

std::string shared_store(const Config& c) {
  const bool memory = c.bus.url.starts_with("memory:");
  if (memory || !embedded_store(c)) return {};
  return "is for replicas, and they need a store.url that they share: mysql://…";
}

std::string jwt_secret(const Config& c) {
  return embedded_store(c) || !c.auth.jwt_secret.empty() ? std::string() : "is required with this store.url";
}

std::string password_cost(const Config& c) {
  if (c.auth.password_cost != "test" || is_loopback(c.http.address)) return {};
  return "must not be \"test\" when http.address is not a loopback address";
}

std::string tls(const Config& c) {
  const auto& files = c.http.tls;
  if (files.certificate_file.empty() == files.key_file.empty()) return {};
  return std::string("needs http.tls.") + (files.key_file.empty() ? "key_file" : "certificate_file") + " too";
}

std::string heartbeat(const Config& c) {
  if (c.heartbeat.min_interval <= c.heartbeat.interval && c.heartbeat.interval <= c.heartbeat.max_interval) return {};
  return "must lie between heartbeat.min_interval and heartbeat.max_interval";
}

std::string refresh(const Config& c) {
  return c.auth.refresh_ttl >= c.auth.access_ttl ? std::string() : "must not be shorter than auth.access_ttl";
}

std::string metrics_port(const Config& c) {
  return c.metrics.port == 0 || !c.metrics.address.empty() ? std::string() : "needs metrics.address";
}

std::string all_roles(const Config& c) {
  const auto has = [&](std::string_view role) {
    return std::find(c.instance.roles.begin(), c.instance.roles.end(), role) != c.instance.roles.end();
  };
  if (c.instance.roles.empty()) return "must not be empty";
  if (!c.bus.url.starts_with("memory:") || (has("gateway") && has("ingest") && has("push"))) return {};
  return "must be all of gateway, ingest and push: the in-process bus reaches no other process";
}

/// Room for a message of the largest size with its envelope.
std::size_t largest_message(const Config& c) {
  return c.limits.content_bytes + c.limits.extra_bytes + 1024;
}

std::string too_small(std::size_t bytes, const Config& c) {
  const auto needed = largest_message(c);
  if (bytes >= needed) return {};
  return "must be at least " + format_size(static_cast<std::int64_t>(needed)) +
         ", to hold a message of limits.content_bytes and limits.extra_bytes";
}

std::string send_queue(const Config& c) {
  return c.ws.send_queue_bytes >= c.ws.frame_bytes ? std::string() : "must be at least ws.frame_bytes";
}

std::string vpn_lease(const Config& c) {
  return c.vpn.lease_ttl >= 3 * c.vpn.timeout ? std::string() : "must be three times vpn.timeout at least";
}

std::string email_sender(const Config& c) {
  if (!c.email.enabled() || !c.email.from.empty()) return {};
  return "is needed for email.url";
}

std::string email_links(const Config& c) {
  if (!c.email.enabled() || !c.email.public_url.empty()) return {};
  return "is needed for email.url: links in mails begin with it";
}

/// A password never leaves the machine in the clear.
std::string email_password(const Config& c) {
  if (c.email.password.empty() || c.email.tls != "none" || c.email.url.starts_with("smtps:")) return {};
  auto host = c.email.url.substr(c.email.url.find("://") + 3);
  if (host.starts_with('[')) {
    host = host.substr(1, host.find(']') - 1);
  } else {
    host = host.substr(0, host.find(':'));
  }
  const bool number = host.find_first_not_of("0123456789.:") == host.npos;
  return host == "localhost" || (number && is_loopback(host)) ? std::string() : "needs email.tls = \"required\"";
}

std::string e2e_claims(const Config& c) {
  const auto most = static_cast<double>(std::max(c.e2e.claim_devices, c.e2e.one_time_keys));
  return c.rate_limits.e2e_claim.burst > most ? std::string()
                                              : "must be more at once than e2e.claim_devices and e2e.one_time_keys";
}

std::string e2e_low(const Config& c) {
  return c.e2e.low_keys <= c.e2e.one_time_keys ? std::string() : "must be at most e2e.one_time_keys";
}

}  // namespace

const std::vector<Rule>& rules() {
  static const std::vector<Rule> all = {
      {{"instance.roles", "bus.url"}, all_roles},
      {{"http.tls.certificate_file", "http.tls.key_file"}, tls},
      {{"http.body_bytes", "limits.content_bytes", "limits.extra_bytes"},
       [](const Config& c) { return too_small(c.http.body_bytes, c); }},
      {{"ws.frame_bytes", "limits.content_bytes", "limits.extra_bytes"},
       [](const Config& c) { return too_small(c.ws.frame_bytes, c); }},
      {{"ws.send_queue_bytes", "ws.frame_bytes"}, send_queue},
      {{"auth.jwt_secret", "store.url"}, jwt_secret},
      {{"auth.refresh_ttl", "auth.access_ttl"}, refresh},
      {{"auth.password_cost", "http.address"}, password_cost},
      {{"heartbeat.interval", "heartbeat.min_interval", "heartbeat.max_interval"}, heartbeat},
      {{"store.replica_urls", "store.url"}, [](const Config& c) { return only_with_server(c, c.store.replica_urls); }},
      {{"store.shard_urls", "store.url"}, [](const Config& c) { return only_with_server(c, c.store.shard_urls); }},
      {{"bus.url", "store.url"}, shared_store},
      {{"metrics.port", "metrics.address"}, metrics_port},
      {{"vpn.lease_ttl", "vpn.timeout"}, vpn_lease},
      {{"email.from", "email.url"}, email_sender},
      {{"email.public_url", "email.url"}, email_links},
      {{"email.password", "email.tls"}, email_password},
      {{"rate_limits.e2e_claim", "e2e.claim_devices", "e2e.one_time_keys"}, e2e_claims},
      {{"e2e.low_keys", "e2e.one_time_keys"}, e2e_low},
  };
  return all;
}

}  // namespace netherlink::config
