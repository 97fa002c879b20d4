#include "gateway/api/web_client.hpp"

#include <algorithm>
#include <memory>

#include "gateway/api/index_page.hpp"
#include "gateway/http/header_rules.hpp"
#include "netherlink/crypto/encoding.hpp"

namespace netherlink::gateway {
namespace {

constexpr std::string_view page = "index.html", worker = "sw.js";
constexpr std::size_t tag_characters = 16, hash_characters = 8;

/// Avatars and pictures in messages may come from anywhere; everything else is our own, but for the companion on the
/// same machine (docs/companion.md).
constexpr std::string_view page_policy =
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob: https: http:; "
    "media-src 'self' blob:; font-src 'self'; connect-src 'self' http://127.0.0.1:*; manifest-src 'self'; "
    "worker-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

/// A service worker has the policy of its own file: it fetches what it keeps.
constexpr std::string_view worker_policy = "default-src 'none'; connect-src 'self'";

struct Type {
  std::string_view extension, name;
};
constexpr Type types[] = {{".html", "text/html; charset=utf-8"},
                          {".js", "text/javascript; charset=utf-8"},
                          {".css", "text/css; charset=utf-8"},
                          {".svg", "image/svg+xml"},
                          {".png", "image/png"},
                          {".json", "application/json"},
                          {".webmanifest", "application/manifest+json"}};

/// The client routes these paths itself: each is answered with the one page.
constexpr std::string_view pages[] = {"/",
                                      "/sign-in",
                                      "/sign-up",
                                      "/c/{id}",
                                      "/friends",
                                      "/rooms",
                                      "/room/{id}",
                                      "/group/{id}",
                                      "/invite/{code}",
                                      "/settings",
                                      "/settings/{section}",
                                      "/forgotten-password",
                                      "/reset-password",
                                      "/verify-email"};

constexpr std::string_view root_files[] = {"/sw.js", "/manifest.webmanifest", "/favicon.svg"};

std::string_view type_of(std::string_view name) {
  const auto found =
      std::find_if(std::begin(types), std::end(types), [name](const Type& t) { return name.ends_with(t.extension); });
  return found == std::end(types) ? std::string_view("application/octet-stream") : found->name;
}

/// `app-1A2B3C4D.js`: what the bundler names by content.
bool named_by_content(std::string_view name) {
  const auto dot = name.rfind('.'), dash = name.rfind('-');
  if (dot == std::string_view::npos || dash == std::string_view::npos || dot < dash) return false;
  const auto hash = name.substr(dash + 1, dot - dash - 1);
  return hash.size() == hash_characters &&
         std::all_of(hash.begin(), hash.end(), [](char c) { return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'); });
}

/// Weak comparison with each element of If-None-Match (RFC 9110, section 13.1.2).
bool client_has(std::string_view if_none_match, std::string_view quoted_tag) {
  std::string weak = "W/";
  weak.append(quoted_tag);
  return if_none_match == "*" || list_contains(if_none_match, quoted_tag) || list_contains(if_none_match, weak);
}

Route open_get(std::string_view pattern, Handler handler) {
  return {.method = "GET",
          .pattern = pattern,
          .access = Access::open,
          .lane = Lane::io,
          .handler = std::move(handler),
          .async_handler = {}};
}

}  // namespace

WebClient::WebClient(std::span<const core::EmbeddedFile> files) {
  for (const auto& [name, content] : files) {
    if (name.ends_with(".br") || name.ends_with(".gz")) continue;
    File file{
        type_of(name), crypto::base64url_encode(crypto::sha256(content)), named_by_content(name), content, {}, {}};
    file.etag.resize(tag_characters);
    files_.emplace(name, std::move(file));
  }
  for (const auto& [name, content] : files) {
    const auto found = files_.find(name.substr(0, name.size() - std::min<std::size_t>(name.size(), 3)));
    if (found == files_.end()) continue;
    if (name.ends_with(".br")) found->second.brotli = content;
    if (name.ends_with(".gz")) found->second.gzip = content;
  }
}

Response WebClient::serve(std::string_view name, const Request& request) const {
  const auto found = files_.find(name);
  if (found == files_.end()) return Response::problem(errors::resource_not_found);
  const auto& file = found->second;
  const auto accepted = request.header("accept-encoding");
  std::string_view coding, content = file.plain;
  if (!file.brotli.empty() && accepts_coding(accepted, "br")) {
    coding = "br", content = file.brotli;
  } else if (!file.gzip.empty() && accepts_coding(accepted, "gzip")) {
    coding = "gzip", content = file.gzip;
  }

  Response response;
  std::string tag(1, '"');
  tag.append(file.etag).append(coding.empty() ? "" : "-").append(coding).push_back('"');
  response.headers.emplace_back("Cache-Control", file.for_ever ? "public, max-age=31536000, immutable" : "no-cache");
  response.headers.emplace_back("Vary", "Accept-Encoding");
  response.headers.emplace_back("ETag", tag);
  if (name == page) response.headers.emplace_back("Content-Security-Policy", page_policy);
  if (name == worker) response.headers.emplace_back("Content-Security-Policy", worker_policy);
  if (client_has(request.header("if-none-match"), tag)) {
    response.status = 304;
    response.content_type.clear();
    return response;
  }
  if (!coding.empty()) response.headers.emplace_back("Content-Encoding", coding);
  response.content_type = file.type;
  response.body = content;
  return response;
}

std::vector<Route> web_routes() {
  const auto client = std::make_shared<const WebClient>(embedded::web_dist());
  const Handler no_file = [](const Request&) { return Response::problem(errors::resource_not_found); };
  const auto file = [&](std::string_view name) -> Handler {
    if (!client->available()) return no_file;
    return [client, name](const Request& request) { return client->serve(name, request); };
  };
  std::vector<Route> routes;
  for (const auto path : pages) routes.push_back(open_get(path, client->available() ? file(page) : index_page()));
  for (const auto path : root_files) routes.push_back(open_get(path, file(path.substr(1))));
  routes.push_back(open_get("/assets/{name}", [client](const Request& request) {
    const auto& name = request.path_params.find("name")->second;
    return client->serve(name == page ? std::string_view{} : std::string_view(name), request);
  }));
  return routes;
}

}  // namespace netherlink::gateway
