#include "config/checks.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <optional>

#include "config/read.hpp"

namespace netherlink::config {
namespace {

constexpr std::size_t min_jwt_secret = 32;

/// Bits of an address: 32 or 128; 0: it is none.
int address_bits(const std::string& text) {
  std::array<unsigned char, 16> buffer;
  if (inet_pton(AF_INET, text.c_str(), buffer.data()) == 1) return 32;
  return inet_pton(AF_INET6, text.c_str(), buffer.data()) == 1 ? 128 : 0;
}

bool is_number_up_to(std::string_view text, int min, int max) {
  int number = 0;
  const auto [stop, problem] = std::from_chars(text.data(), text.data() + text.size(), number);
  return !text.empty() && text.front() != '-' && problem == std::errc{} && stop == text.data() + text.size() &&
         number >= min && number <= max;
}

bool is_letter_or_digit(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

bool is_host(std::string_view text) {
  if (text.starts_with('[') && text.ends_with(']')) {
    return address_bits(std::string(text.substr(1, text.size() - 2))) == 128;
  }
  return !text.empty() && std::all_of(text.begin(), text.end(),
                                      [](char c) { return is_letter_or_digit(c) || c == '-' || c == '.' || c == '_'; });
}

bool is_host_and_port(std::string_view text) {
  const auto colon = text.rfind(':');
  if (colon == std::string_view::npos || text.ends_with(']')) return is_host(text);
  return is_host(text.substr(0, colon)) && is_number_up_to(text.substr(colon + 1), 1, 65535);
}

struct Url {
  std::string_view scheme, user, hosts, path;
};

/// scheme://[user@]host[:port][,host[:port]…][/path], nothing else.
std::optional<Url> parse_url(std::string_view text) {
  const auto colon = text.find("://");
  if (colon == std::string_view::npos || text.find_first_of(" \"<>\\^`{|}") != std::string_view::npos)
    return std::nullopt;
  Url url{.scheme = text.substr(0, colon), .user = {}, .hosts = text.substr(colon + 3), .path = {}};
  if (const auto slash = url.hosts.find('/'); slash != std::string_view::npos) {
    url.path = url.hosts.substr(slash);
    url.hosts = url.hosts.substr(0, slash);
  }
  if (const auto at = url.hosts.rfind('@'); at != std::string_view::npos) {
    url.user = url.hosts.substr(0, at);
    url.hosts = url.hosts.substr(at + 1);
  }
  const auto hosts = split(url.hosts);
  if (hosts.empty() ||
      !std::all_of(hosts.begin(), hosts.end(), [](const std::string& h) { return is_host_and_port(h); })) {
    return std::nullopt;
  }
  return url;
}

bool is_one_of(std::string_view text, std::initializer_list<std::string_view> list) {
  return std::find(list.begin(), list.end(), text) != list.end();
}

}  // namespace

std::string check_address(std::string_view text) {
  if (address_bits(std::string(text)) != 0) return {};
  return "must be an IP address such as 127.0.0.1, 0.0.0.0 or ::1, not \"" + std::string(text) + "\"";
}

std::string check_optional_address(std::string_view text) {
  return text.empty() ? std::string() : check_address(text);
}

std::string check_network(std::string_view text) {
  const auto slash = text.find('/');
  const int bits = address_bits(std::string(text.substr(0, slash)));
  if (bits != 0 && (slash == std::string_view::npos || is_number_up_to(text.substr(slash + 1), 0, bits))) return {};
  return "must be an address or a network such as 10.0.0.0/8 or fd00::/8, not \"" + std::string(text) + "\"";
}

std::string check_origin(std::string_view text) {
  if (text == "*") return {};
  const auto url = parse_url(text);
  const bool lower = std::none_of(text.begin(), text.end(), [](char c) { return c >= 'A' && c <= 'Z'; });
  const bool bare =
      url && url->user.empty() && url->path.empty() && text.find_first_of(",@?#") == std::string_view::npos;
  if (bare && lower && is_one_of(url->scheme, {"http", "https"})) return {};
  return "must be * or an origin in lower case such as https://game.example, without a path, not \"" +
         std::string(text) + "\"";
}

std::string check_jwt_secret(std::string_view text) {
  if (text.empty() || text.size() >= min_jwt_secret) return {};
  return "must be at least " + std::to_string(min_jwt_secret) + " bytes long";
}

std::string check_media_type(std::string_view text) {
  const auto slash = text.find('/');
  const auto plain = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '+' || c == '-';
  };
  const auto kind = text.substr(0, slash);
  const auto rest = slash == std::string_view::npos ? std::string_view() : text.substr(slash + 1);
  const bool good = !kind.empty() && !rest.empty() && std::all_of(kind.begin(), kind.end(), plain) &&
                    (rest == "*" || std::all_of(rest.begin(), rest.end(), plain));
  if (good) return {};
  return "must be a media type in lower case such as image/png or image/*, not \"" + std::string(text) + "\"";
}

std::string check_file(std::string_view text) {
  if (text.empty()) return {};
  const std::filesystem::path path(text);
  std::error_code problem;
  if (std::filesystem::is_directory(path, problem)) return "the file \"" + std::string(text) + "\" is a folder";
  errno = 0;
  if (std::ifstream(path).is_open()) return {};
  return "the file \"" + std::string(text) + "\" cannot be read: " + std::strerror(errno);
}

std::string check_instance_id(std::string_view text) {
  if (std::all_of(text.begin(), text.end(),
                  [](char c) { return is_letter_or_digit(c) || c == '-' || c == '.' || c == '_'; }))
    return {};
  return "must be made of letters, digits, '-', '.' and '_'";
}

std::string check_store_url(std::string_view text) {
  constexpr std::string_view sqlite = "sqlite:///";
  if (text.starts_with("sqlite:")) {
    const bool file =
        text.starts_with(sqlite) && text.size() > sqlite.size() && !text.ends_with('/') && !text.ends_with("/.");
    return file ? std::string() : "must name a file: sqlite:///./relative/file.db or sqlite:///absolute/file.db";
  }
  const auto url = parse_url(text);
  if (url && url->scheme == "mysql" && url->path.size() > 1) return {};
  return "must be sqlite:///./relative/file.db, sqlite:///absolute/file.db or mysql://user:password@host:port/name";
}

std::string check_bus_url(std::string_view text) {
  if (text == "memory:") return {};
  const auto urls = split(text);
  const bool good = std::all_of(urls.begin(), urls.end(), [](const std::string& one) {
    const auto url = parse_url(one);
    return url && url->scheme == "amqp";
  });
  return good ? std::string() : "must be memory: or amqp://user:password@host:port/vhost, several separated by commas";
}

std::string check_cache_url(std::string_view text) {
  if (text == "memory:") return {};
  const auto url = parse_url(text);
  if (url && is_one_of(url->scheme, {"redis", "redis+sentinel", "redis+cluster"})) return {};
  return "must be memory:, redis://[user:password@]host:port/db, redis+sentinel://… or redis+cluster://…";
}

std::string check_http_url(std::string_view text) {
  const auto url = parse_url(text);
  if (url && is_one_of(url->scheme, {"http", "https"}) && url->hosts.find(',') == std::string_view::npos) return {};
  return "must be a URL such as https://headscale.example";
}

}  // namespace netherlink::config
