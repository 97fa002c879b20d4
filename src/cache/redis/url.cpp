#include "cache/redis/url.hpp"

#include <charconv>
#include <stdexcept>
#include <utility>

namespace netherlink::cache::redis {
namespace {

[[noreturn]] void refuse(const std::string& what) {
  throw std::invalid_argument("cache URL: " + what);
}

template <class Number>
Number number(std::string_view text, const char* what) {
  Number value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) refuse(std::string(what) + " is not a number");
  return value;
}

std::string percent_decoded(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      out += text[i];
      continue;
    }
    unsigned value = 0;
    const auto* begin = text.data() + i + 1;
    if (i + 2 >= text.size() || std::from_chars(begin, begin + 2, value, 16).ptr != begin + 2) {
      refuse("% is not followed by two hexadecimal digits");
    }
    out += static_cast<char>(value);
    i += 2;
  }
  return out;
}

Endpoint endpoint(std::string_view text, std::uint16_t default_port) {
  Endpoint result{"", default_port};
  if (text.starts_with('[')) {
    const auto end = text.find(']');
    if (end == std::string_view::npos) refuse("a host begins with [ and does not end");
    result.host = text.substr(1, end - 1);
    text.remove_prefix(end + 1);
  } else {
    const auto colon = text.find(':');
    result.host = text.substr(0, colon);
    text.remove_prefix(colon == std::string_view::npos ? text.size() : colon);
  }
  if (result.host.empty()) refuse("a host is missing");
  if (text.empty()) return result;
  if (text.front() != ':') refuse("a host is followed by something else than its port");
  result.port = number<std::uint16_t>(text.substr(1), "a port");
  if (result.port == 0) refuse("a port is 0");
  return result;
}

/// Cuts off what stands before the first `separator`, which is left out of both; the whole if there is none.
std::string_view cut(std::string_view& text, char separator) {
  const auto at = text.find(separator);
  const auto head = text.substr(0, at);
  text.remove_prefix(at == std::string_view::npos ? text.size() : at + 1);
  return head;
}

Url::Kind kind(std::string_view& text) {
  using enum Url::Kind;
  constexpr std::pair<std::string_view, Url::Kind> schemes[] = {
      {"redis://", standalone}, {"redis+sentinel://", sentinel}, {"redis+cluster://", cluster}};
  for (const auto& [scheme, result] : schemes) {
    if (!text.starts_with(scheme)) continue;
    text.remove_prefix(scheme.size());
    return result;
  }
  refuse("it begins with none of redis://, redis+sentinel://, redis+cluster://");
}

}  // namespace

Url parse_url(std::string_view text) {
  Url url;
  url.kind = kind(text);
  auto path = text;
  auto authority = cut(path, '/');
  if (const auto at = authority.rfind('@'); at != std::string_view::npos) {
    auto credentials = authority.substr(0, at);
    authority.remove_prefix(at + 1);
    if (credentials.find(':') == std::string_view::npos) refuse("user and password are separated by a colon");
    url.user = percent_decoded(cut(credentials, ':'));
    url.password = percent_decoded(credentials);
    if (url.password.empty()) refuse("the password is empty");
  }
  const std::uint16_t default_port = url.kind == Url::Kind::sentinel ? 26379 : 6379;
  do {
    url.endpoints.push_back(endpoint(cut(authority, ','), default_port));
  } while (!authority.empty());
  if (url.kind == Url::Kind::sentinel) {
    url.master = percent_decoded(cut(path, '/'));
    if (url.master.empty()) refuse("the name of the master is missing: redis+sentinel://host:port/name");
  }
  if (!path.empty()) url.database = number<int>(path, "the database");
  if (url.database < 0) refuse("the database is negative");
  if (url.kind == Url::Kind::cluster && url.database != 0) refuse("a cluster has database 0 alone");
  return url;
}

}  // namespace netherlink::cache::redis
