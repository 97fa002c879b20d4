#include "gateway/http/message.hpp"

#include <algorithm>
#include <chrono>

#include "netherlink/core/json_writer.hpp"

namespace netherlink::gateway {
namespace {

/// RFC 6750, section 3: a request without credentials is told the scheme alone.
std::string_view challenge(const core::Error& error) {
  const bool bad_token = error.is(errors::auth_invalid_token) || error.is(errors::auth_token_expired) ||
                         error.is(errors::auth_session_revoked);
  return bad_token ? R"(Bearer error="invalid_token")" : "Bearer";
}

}  // namespace

std::string_view Request::header(std::string_view lower_case_name) const {
  const auto found =
      std::find_if(headers.begin(), headers.end(), [&](const auto& h) { return h.first == lower_case_name; });
  return found == headers.end() ? std::string_view{} : std::string_view(found->second);
}

std::optional<std::string_view> Request::query_value(std::string_view name) const {
  const auto found = std::find_if(query.begin(), query.end(), [&](const auto& pair) { return pair.first == name; });
  if (found == query.end()) return std::nullopt;
  return std::string_view(found->second);
}

Response Response::json(int status, std::string body) {
  Response response;
  response.status = status;
  response.body = std::move(body);
  return response;
}

Response Response::no_content() {
  Response response;
  response.status = 204;
  response.content_type.clear();
  return response;
}

Response Response::problem(const core::Error& error) {
  Response response;
  response.status = error.code().status;
  response.content_type = "application/problem+json";
  core::JsonWriter out(response.body);
  out.begin_object().field("type", "about:blank").field("title", error.code().title);
  out.field("status", error.code().status).field("detail", error.detail()).field("code", error.code().name);
  if (!error.fields().empty()) {
    out.key("errors").begin_array();
    for (const auto& field : error.fields()) {
      out.begin_object().field("field", field.field).field("message", field.message).end_object();
    }
    out.end_array();
  }
  out.end_object();
  if (response.status == 401) response.headers.emplace_back("WWW-Authenticate", challenge(error));
  if (error.retry_after()) {
    const auto wait = std::chrono::ceil<std::chrono::seconds>(*error.retry_after());
    response.headers.emplace_back("Retry-After", std::to_string(std::max<std::int64_t>(wait.count(), 1)));
  } else if (response.status == 429 || response.status == 503) {
    response.headers.emplace_back("Retry-After", "1");
  }
  return response;
}

}  // namespace netherlink::gateway
