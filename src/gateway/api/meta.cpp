#include "gateway/api/meta.hpp"

#include <algorithm>

#include "gateway/api/vpn.hpp"
#include "gateway/encode.hpp"
#include "gateway/http/client_address.hpp"
#include "gateway/proto/schema.hpp"
#include "netherlink/core/embedded.hpp"
#include "netherlink/core/version.hpp"
#include "netherlink/metrics/metrics.hpp"

namespace netherlink::gateway {
namespace {

constexpr int client_msg_id_chars = 64;

Response text(std::string content_type, std::string body) {
  Response response;
  response.content_type = std::move(content_type);
  response.body = std::move(body);
  return response;
}

Response health(const Request&) {
  return Response::json(200, R"({"status":"ok"})");
}

Response readiness(const std::function<std::string()>& ask) {
  const std::string reason = ask ? ask() : "starting";
  if (reason.empty()) return Response::json(200, R"({"status":"ready"})");
  return Response::problem(core::Error(errors::server_unavailable, "not ready: " + reason));
}

Response metrics_text(const Request&) {
  return text("text/plain; version=0.0.4; charset=utf-8", metrics::expose());
}

/// A proxy that is not trusted may speak for anybody: what it forwards is not private.
Response private_metrics(const Request& request) {
  const bool through_stranger = !request.header("x-forwarded-for").empty() || !request.header("forwarded").empty();
  if (through_stranger || !is_private_address(request.remote_address))
    return Response::problem(errors::resource_not_found);
  return metrics_text(request);
}

Handler description(std::string_view name) {
  const auto files = embedded::api();
  const auto found = std::find_if(files.begin(), files.end(), [name](const auto& file) { return file.name == name; });
  const std::string_view content = found == files.end() ? std::string_view{} : found->content;
  return [content](const Request&) { return text("application/yaml", std::string(content)); };
}

void write_texts(core::JsonWriter& out, std::string_view name, const std::vector<std::string>& texts) {
  out.key(name).begin_array();
  for (const auto& text : texts) out.value(text);
  out.end_array();
}

/// Of what exists; clients must not take the absence of a limit for its absence.
void write_limits(core::JsonWriter& out, const config::Config& config) {
  out.begin_object();
  out.field("content_bytes", config.limits.content_bytes).field("extra_bytes", config.limits.extra_bytes);
  out.field("frame_bytes", config.ws.frame_bytes).field("body_bytes", config.http.body_bytes);
  out.field("client_msg_id_chars", client_msg_id_chars).field("history_page", config.limits.history_page);
  out.field("sync_conversations", config.limits.sync_conversations).field("sync_page", config.limits.sync_page);
  out.field("reactions", config.messages.reactions).field("reaction_bytes", config.messages.reaction_bytes);
  out.field("recall_window", config.messages.recall_window.count());
  out.field("typing_interval_ms", config.messages.typing_interval.count());
  out.field("mentions", config.limits.mentions).field("large_group", config.groups.large_threshold);
  out.field("lobby_storm_threshold", config.lobby.storm_threshold);
  out.field("friends", config.friends.max_friends).field("friend_requests", config.friends.max_pending);
  out.field("friend_message_bytes", config.friends.message_bytes).field("blocks", config.friends.max_blocks);
  out.field("group_members", config.groups.max_members).field("groups", config.groups.max_per_user);
  out.field("group_added", config.groups.max_added).field("group_links", config.groups.max_links);
  out.field("group_requests", config.groups.max_requests).field("group_bans", config.groups.max_bans);
  out.field("group_name_bytes", config.groups.name_bytes);
  out.field("group_announcement_bytes", config.groups.announcement_bytes);
  out.field("presence_watch", config.presence.max_watched);
  out.field("search_query_chars", config.search.query_chars);
  out.field("search_query_bytes", config.search.query_bytes).field("search_query_words", config.search.query_words);
  out.field("search_message_tokens", config.search.message_tokens);
  out.field("search_conversations", config.search.conversations);
  out.field("password_min_length", config.auth.password_min_length);
  out.field("room_players", config.rooms.max_players).field("room_name_bytes", config.rooms.name_bytes);
  out.field("room_game_bytes", config.rooms.game_bytes).field("room_password_bytes", config.rooms.password_bytes);
  out.field("room_seat_grace", std::chrono::duration_cast<std::chrono::seconds>(config.rooms.seat_grace).count());
  out.field("attachment_bytes", config.attachments.max_bytes);
  out.field("attachment_chunk_bytes", config.attachments.chunk_bytes);
  out.field("attachment_user_bytes", config.attachments.user_bytes);
  out.field("attachment_name_bytes", config.attachments.name_bytes);
  out.field("attachments_unfinished", config.attachments.max_unfinished);
  out.field("attachment_pixels", config.attachments.max_pixels);
  out.field("attachment_preview_pixels", config.attachments.preview_pixels);
  const auto whole_seconds = [](auto time) { return std::chrono::duration_cast<std::chrono::seconds>(time).count(); };
  out.field("attachment_upload_ttl", whole_seconds(config.attachments.upload_ttl));
  out.field("attachment_unused_ttl", whole_seconds(config.attachments.unused_ttl));
  out.field("email_code_ttl", config.email.code_ttl.count()).field("email_code_attempts", config.email.code_attempts);
  out.field("vpn_devices", config.vpn.max_devices).field("vpn_key_ttl", config.vpn.key_ttl.count());
  out.field("vpn_device_bytes", vpn_device_bytes);
  out.field("e2e_devices", config.e2e.max_devices).field("e2e_one_time_keys", config.e2e.one_time_keys);
  out.field("e2e_low_keys", config.e2e.low_keys).field("e2e_claim_devices", config.e2e.claim_devices);
  out.field("e2e_told_people", config.e2e.told_people);
  out.field("signature_window", config.e2e.signature_window.count());
  out.end_object();
}

std::string client_config(const config::Config& config, bool attachments) {
  std::string body;
  core::JsonWriter out(body);
  out.begin_object().field("version", core::version).key("heartbeat");
  write_heartbeat(out, config.heartbeat);
  out.key("limits");
  write_limits(out, config);
  out.key("features").begin_object();
  out.field("push", false).field("email", config.email.enabled());
  for (const auto* feature : {"friends", "groups", "rooms", "e2e"}) out.field(feature, true);
  out.field("vpn", !config.vpn.cells.empty()).field("require_signatures", config.e2e.require_signatures);
  out.field("guests", config.guests.enabled).field("search", config.search.enabled).field("attachments", attachments);
  out.end_object().key("attachment_types").begin_object();
  write_texts(out, "allowed", config.attachments.allowed_types);
  write_texts(out, "refused", config.attachments.refused_types);
  out.end_object().end_object();
  return body;
}

Route open_route(std::string_view pattern, Lane lane, Handler handler, bool limited = true) {
  return {.method = "GET",
          .pattern = pattern,
          .access = Access::open,
          .lane = lane,
          .handler = std::move(handler),
          .async_handler = {},
          .limited = limited};
}

std::vector<Route> probes(const MetaApi& api, Handler metrics_handler) {
  return {
      open_route("/healthz", Lane::io, health, false),
      open_route(
          "/readyz", Lane::store, [ask = api.readiness](const Request&) { return readiness(ask); }, false),
      open_route("/metrics", Lane::io, std::move(metrics_handler), false),
  };
}

}  // namespace

std::vector<Route> meta_routes(const MetaApi& api) {
  const bool elsewhere = !api.config.metrics.address.empty();
  const Handler no_metrics = [](const Request&) { return Response::problem(errors::resource_not_found); };
  auto routes = probes(api, elsewhere ? no_metrics : Handler(private_metrics));
  const Handler configuration = [body = client_config(api.config, api.attachments)](const Request&) {
    return Response::json(200, body);
  };
  routes.push_back(open_route("/openapi.yaml", Lane::io, description("openapi.yaml")));
  routes.push_back(open_route("/asyncapi.yaml", Lane::io, description("asyncapi.yaml")));
  routes.push_back(open_route("/netherlink.v1.proto", Lane::io, [](const Request&) {
    return text("text/plain; charset=utf-8", std::string(proto::Schema::text()));
  }));
  routes.push_back(open_route("/api/v1/client-config", Lane::io, configuration));
  return routes;
}

std::vector<Route> metrics_port_routes(const MetaApi& api) {
  return probes(api, metrics_text);
}

}  // namespace netherlink::gateway
