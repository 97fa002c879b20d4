#include "gateway/http/header_rules.hpp"

#include <algorithm>
#include <boost/algorithm/string/predicate.hpp>

namespace netherlink::gateway {
namespace {

using boost::algorithm::iequals;

constexpr std::size_t max_request_id = 64;

std::string_view trim(std::string_view text) {
  const auto first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

/// Cuts the piece before `separator` off the front of `rest`.
std::string_view take_piece(std::string_view& rest, char separator) {
  const auto end = std::min(rest.find(separator), rest.size());
  const auto piece = rest.substr(0, end);
  rest.remove_prefix(std::min(end + 1, rest.size()));
  return trim(piece);
}

bool is_sane_id(std::string_view id) {
  const auto sane = [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '.' || c == '_' ||
           c == '-';
  };
  return !id.empty() && id.size() <= max_request_id && std::all_of(id.begin(), id.end(), sane);
}

bool is_utf8_name(std::string_view value) {
  if (value.size() >= 2 && value.front() == '"' && value.back() == '"') value = value.substr(1, value.size() - 2);
  return iequals(value, "utf-8");
}

}  // namespace

void identify(Request& request) {
  auto trace = core::TraceContext::continue_from(request.header("traceparent"));
  request.trace = trace ? std::move(*trace) : core::TraceContext::start();
  const auto given = request.header("x-request-id");
  request.request_id = is_sane_id(given) ? std::string(given) : request.trace.parent_id;  // unique to this request too
}

bool list_contains(std::string_view list, std::string_view token) {
  while (!list.empty()) {
    if (iequals(take_piece(list, ','), token)) return true;
  }
  return false;
}

bool accepts_coding(std::string_view accept_encoding, std::string_view coding) {
  while (!accept_encoding.empty()) {
    auto piece = take_piece(accept_encoding, ',');
    if (!iequals(take_piece(piece, ';'), coding)) continue;
    // Only q=0 refuses: "q=0", "q=0.0", "q=0.000".
    const auto weight = trim(piece);
    return !weight.starts_with("q=0") || weight.find_first_of("123456789") != std::string_view::npos;
  }
  return false;
}

bool expects_continue(const Request& request) {
  return iequals(request.header("expect"), "100-continue");
}

bool is_json(const Request& request) {
  const auto coding = request.header("content-encoding");
  if (!coding.empty() && !iequals(coding, "identity")) return false;
  auto rest = request.header("content-type");
  if (!iequals(take_piece(rest, ';'), "application/json")) return false;
  while (!rest.empty()) {
    auto parameter = take_piece(rest, ';');
    const auto name = take_piece(parameter, '=');
    if (iequals(name, "charset") && !is_utf8_name(trim(parameter))) return false;
  }
  return true;
}

bool is_raw(const Request& request) {
  const auto coding = request.header("content-encoding");
  if (!coding.empty() && !iequals(coding, "identity")) return false;
  auto rest = request.header("content-type");
  const auto type = take_piece(rest, ';');
  return iequals(type, "application/octet-stream") || iequals(type, "application/offset+octet-stream");
}

bool asks_for_websocket(const Request& request) {
  return request.method == "GET" && list_contains(request.header("upgrade"), "websocket") &&
         list_contains(request.header("connection"), "upgrade");
}

Response upgrade_required() {
  auto response = Response::problem(errors::request_upgrade_required);
  response.headers.emplace_back("Upgrade", "websocket");
  response.headers.emplace_back("Connection", "Upgrade");
  return response;
}

}  // namespace netherlink::gateway
