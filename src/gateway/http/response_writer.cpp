#include "gateway/http/response_writer.hpp"

#include <algorithm>
#include <array>
#include <boost/algorithm/string/predicate.hpp>
#include <ctime>

namespace netherlink::gateway {
namespace {

constexpr std::size_t typical_header_bytes = 768;

std::string_view reason(int status) {
  switch (status) {
    case 101:
      return "Switching Protocols";
    case 200:
      return "OK";
    case 201:
      return "Created";
    case 202:
      return "Accepted";
    case 204:
      return "No Content";
    case 206:
      return "Partial Content";
    case 304:
      return "Not Modified";
    case 400:
      return "Bad Request";
    case 401:
      return "Unauthorized";
    case 403:
      return "Forbidden";
    case 404:
      return "Not Found";
    case 405:
      return "Method Not Allowed";
    case 408:
      return "Request Timeout";
    case 409:
      return "Conflict";
    case 413:
      return "Content Too Large";
    case 415:
      return "Unsupported Media Type";
    case 416:
      return "Range Not Satisfiable";
    case 417:
      return "Expectation Failed";
    case 422:
      return "Unprocessable Content";
    case 426:
      return "Upgrade Required";
    case 429:
      return "Too Many Requests";
    case 431:
      return "Request Header Fields Too Large";
    case 500:
      return "Internal Server Error";
    case 503:
      return "Service Unavailable";
    case 505:
      return "HTTP Version Not Supported";
    default:
      return "Status";
  }
}

/// IMF-fixdate (RFC 9110, section 5.6.7), made once a second by each thread.
std::string_view date() {
  thread_local std::time_t last = -1;
  thread_local std::array<char, 32> text{};
  thread_local std::size_t size = 0;
  const auto now = std::time(nullptr);
  if (now != last) {
    std::tm parts{};
    gmtime_r(&now, &parts);
    size = std::strftime(text.data(), text.size(), "%a, %d %b %Y %H:%M:%S GMT", &parts);  // the C locale
    last = now;
  }
  return {text.data(), size};
}

void field(std::string& out, std::string_view name, std::string_view value) {
  out.append(name).append(": ").append(value).append("\r\n");
}

struct Default {
  std::string_view name, value;
};
/// Replaced by a header of the response with the same name.
constexpr Default defaults[] = {
    {"Cache-Control", "no-store"},
    {"Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'"},
};
constexpr std::string_view fixed =
    "Server: NetherLink\r\nX-Content-Type-Options: nosniff\r\nReferrer-Policy: no-referrer\r\nX-Frame-Options: "
    "DENY\r\n";

bool sets(const Response& response, std::string_view name) {
  return std::any_of(response.headers.begin(), response.headers.end(),
                     [name](const auto& header) { return boost::algorithm::iequals(header.first, name); });
}

void write_connection(std::string& out, const ResponseContext& context) {
  if (!context.keep_alive) {
    field(out, "Connection", "close");
  } else if (context.http_1_0) {
    field(out, "Connection", "keep-alive");
  }
}

void write_common(std::string& out, const Response& response, const ResponseContext& context) {
  field(out, "Date", date());
  out.append(fixed);
  for (const auto& [name, value] : defaults) {
    if (!sets(response, name)) field(out, name, value);
  }
  if (context.secure) field(out, "Strict-Transport-Security", "max-age=31536000");
  if (!context.request_id.empty()) field(out, "X-Request-Id", context.request_id);
  if (context.trace) field(out, "traceparent", context.trace->traceparent());
  if (context.vary_origin) field(out, "Vary", "Origin");
  if (context.allow_origin.empty()) return;
  field(out, "Access-Control-Allow-Origin", context.allow_origin);
  field(out, "Access-Control-Expose-Headers",
        "X-Request-Id, Retry-After, traceparent, Upload-Offset, ETag, Content-Range, Content-Disposition");
}

}  // namespace

void write_response(std::string& out, const Response& response, const ResponseContext& context) {
  out.reserve(out.size() + typical_header_bytes + response.body.size());
  out.append("HTTP/1.1 ")
      .append(std::to_string(response.status))
      .append(" ")
      .append(reason(response.status))
      .append("\r\n");
  const bool switching = response.status == 101;
  const bool bodiless = switching || response.status == 204 || response.status == 304;
  if (!switching) write_connection(out, context);
  write_common(out, response, context);
  for (const auto& [name, value] : response.headers) field(out, name, value);
  if (!bodiless) {
    if (!response.content_type.empty()) field(out, "Content-Type", response.content_type);
    field(out, "Content-Length", std::to_string(response.source ? response.source->size() : response.body.size()));
  }
  out.append("\r\n");
  if (!bodiless && !context.head) out.append(response.body);
}

}  // namespace netherlink::gateway
