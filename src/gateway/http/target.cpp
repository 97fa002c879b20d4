#include "gateway/http/target.hpp"

#include <algorithm>
#include <boost/algorithm/string/predicate.hpp>

#include "netherlink/core/utf8.hpp"

namespace netherlink::gateway {
namespace {

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

/// False when the result is not text.
bool decode(std::string_view text, bool plus_is_space, std::string& out) {
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%') {
      if (i + 2 >= text.size()) return false;
      const int high = hex_digit(text[i + 1]), low = hex_digit(text[i + 2]);
      if (high < 0 || low < 0) return false;
      out.push_back(static_cast<char>(high * 16 + low));
      i += 2;
    } else {
      out.push_back(text[i] == '+' && plus_is_space ? ' ' : text[i]);
    }
  }
  return out.find('\0') == std::string::npos && core::is_valid_utf8(out);
}

/// `scheme://authority` off an absolute-form. False when that is not what it is.
bool strip_authority(std::string_view& target) {
  namespace algorithm = boost::algorithm;
  for (const std::string_view scheme : {"http://", "https://"}) {
    if (!algorithm::istarts_with(target, scheme)) continue;
    target.remove_prefix(scheme.size());
    const auto end = std::min(target.find_first_of("/?"), target.size());
    const auto authority = target.substr(0, end);
    target.remove_prefix(end);
    return is_valid_host(authority);
  }
  return false;
}

core::result<void> parse_query(std::string_view text, Request& request) {
  while (!text.empty()) {
    const auto end = std::min(text.find('&'), text.size());
    const auto pair = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (pair.empty()) continue;
    const auto equals = std::min(pair.find('='), pair.size());
    auto& [name, value] = request.query.emplace_back();
    if (!decode(pair.substr(0, equals), true, name) ||
        !decode(pair.substr(std::min(equals + 1, pair.size())), true, value)) {
      return core::Error(errors::request_malformed, "the query is not percent-encoded UTF-8");
    }
  }
  return {};
}

}  // namespace

core::result<void> parse_target(std::string_view target, Request& request) {
  if (target == "*") {
    request.path = "*";
    return {};
  }
  if (target.find('#') != std::string_view::npos)
    return core::Error(errors::request_malformed, "the target has a fragment");
  const bool origin_form = target.starts_with('/');
  if (!origin_form && !strip_authority(target))
    return core::Error(errors::request_malformed, "the target is malformed");

  const auto end = std::min(target.find('?'), target.size());
  if (!decode(target.substr(0, end), false, request.path)) {
    return core::Error(errors::request_malformed, "the path is not percent-encoded UTF-8");
  }
  if (request.path.empty()) request.path = "/";
  return parse_query(target.substr(std::min(end + 1, target.size())), request);
}

bool is_valid_host(std::string_view host) {
  constexpr std::string_view name_characters =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~!$&'()*+,;=%";
  std::string_view name = host, port;
  if (host.starts_with('[')) {
    const auto end = host.find(']');
    if (end == std::string_view::npos || end == 1) return false;
    name = host.substr(1, end - 1);
    port = host.substr(end + 1);
    if (name.find_first_not_of("0123456789abcdefABCDEF:.") != std::string_view::npos) return false;
  } else {
    const auto colon = std::min(host.find(':'), host.size());
    name = host.substr(0, colon);
    port = host.substr(colon);
    if (name.empty() || name.find_first_not_of(name_characters) != std::string_view::npos) return false;
  }
  if (port.empty()) return true;
  return port.front() == ':' && port.size() <= 6 && port.find_first_not_of("0123456789", 1) == std::string_view::npos;
}

}  // namespace netherlink::gateway
