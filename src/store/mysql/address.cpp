#include "store/mysql/address.hpp"

#include <algorithm>
#include <charconv>
#include <optional>

namespace netherlink::store::mysql {
namespace {

constexpr std::string_view scheme = "mysql://", partitions_parameter = "partitions=";
constexpr std::size_t most_partitions = 1024;  // what fits into the machine bits of an id

core::Error invalid(const std::string& what) {
  return {errors::server_unavailable, "a mysql:// URL: " + what};
}

int digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

std::optional<std::string> percent_decoded(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      out += text[i];
      continue;
    }
    if (i + 2 >= text.size() || digit(text[i + 1]) < 0 || digit(text[i + 2]) < 0) return std::nullopt;
    const auto byte = static_cast<char>(digit(text[i + 1]) * 16 + digit(text[i + 2]));
    if (byte == '\0') return std::nullopt;
    out += byte;
    i += 2;
  }
  return out;
}

template <class Number>
bool parse_number(std::string_view text, Number& number) {
  const auto* end = text.data() + text.size();
  const auto parsed = std::from_chars(text.data(), end, number);
  return !text.empty() && parsed.ec == std::errc() && parsed.ptr == end;
}

/// The text before `separator`, which is taken off `rest` together with it; everything if there is none.
std::string_view take_until(std::string_view& rest, char separator) {
  const auto at = rest.find(separator);
  const auto head = rest.substr(0, at);
  rest = at == std::string_view::npos ? std::string_view() : rest.substr(at + 1);
  return head;
}

core::result<std::vector<std::size_t>> parse_partitions(std::string_view list) {
  std::vector<std::size_t> all;
  while (!list.empty()) {
    auto range = take_until(list, ',');
    const bool single = range.find('-') == std::string_view::npos;
    const auto first_text = take_until(range, '-');
    std::size_t first = 0, last = 0;
    if (!parse_number(first_text, first) || !parse_number(single ? first_text : range, last) || last < first ||
        last >= most_partitions) {
      return invalid("partitions= takes numbers and ranges like 0-3,8");
    }
    for (auto partition = first; partition <= last; ++partition) all.push_back(partition);
  }
  std::ranges::sort(all);
  if (all.empty() || std::ranges::adjacent_find(all) != all.end()) {
    return invalid("partitions= names none, or one twice");
  }
  return all;
}

core::result<void> parse_authority(std::string_view authority, Address& address) {
  const auto at = authority.rfind('@');
  if (at == std::string_view::npos) return invalid("user:password@ is missing");
  auto credentials = authority.substr(0, at), host = authority.substr(at + 1);
  const auto user = percent_decoded(take_until(credentials, ':')), password = percent_decoded(credentials);
  if (!user || user->empty() || !password) return invalid("user or password is not percent-encoded as it should be");
  address.user = *user;
  address.password = *password;
  if (host.starts_with('[')) {
    host.remove_prefix(1);
    if (host.find(']') == std::string_view::npos) return invalid("] is missing");
    address.host = take_until(host, ']');
    if (!host.empty() && !host.starts_with(':')) return invalid("no port behind ]");
    if (!host.empty()) host.remove_prefix(1);
  } else {
    address.host = take_until(host, ':');
  }
  const auto allowed = [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) || c == '.' || c == '-' || c == '_' || c == ':';
  };
  if (address.host.empty() || !std::ranges::all_of(address.host, allowed)) return invalid("not the name of a host");
  if (!host.empty() && (!parse_number(host, address.port) || address.port == 0)) return invalid("not a port");
  return {};
}

}  // namespace

std::string Address::text() const {
  const bool v6 = host.find(':') != std::string::npos;
  return std::string(scheme) + user + "@" + (v6 ? "[" + host + "]" : host) + ":" + std::to_string(port) + "/" +
         database;
}

core::result<Address> parse_url(std::string_view url) {
  if (!url.starts_with(scheme)) return invalid("it begins with something else");
  url.remove_prefix(scheme.size());
  Address address;
  if (auto parsed = parse_authority(take_until(url, '/'), address); !parsed) return parsed.error();
  const auto database = percent_decoded(take_until(url, '?'));
  if (!database || database->empty() || database->find('/') != std::string::npos) {
    return invalid("the name of the database is missing");
  }
  address.database = *database;
  if (url.empty()) return address;
  if (!url.starts_with(partitions_parameter)) return invalid("only ?partitions= is known");
  auto partitions = parse_partitions(url.substr(partitions_parameter.size()));
  if (!partitions) return partitions.error();
  address.partitions = std::move(*partitions);
  return address;
}

std::string partition_list(const std::vector<std::size_t>& ascending) {
  std::string text;
  for (std::size_t i = 0; i < ascending.size();) {
    std::size_t last = i;
    while (last + 1 < ascending.size() && ascending[last + 1] == ascending[last] + 1) ++last;
    if (!text.empty()) text += ',';
    text += std::to_string(ascending[i]);
    if (last > i) text += '-' + std::to_string(ascending[last]);
    i = last + 1;
  }
  return text.empty() ? "none" : text;
}

}  // namespace netherlink::store::mysql
