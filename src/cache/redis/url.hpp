#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace netherlink::cache::redis {

struct Endpoint {
  std::string host;
  std::uint16_t port = 0;

  bool operator==(const Endpoint&) const = default;
  std::string text() const { return host + ":" + std::to_string(port); }
};

/// redis://[[user]:password@]host:port[/database]
/// redis+sentinel://[[user]:password@]host:port,…/master[/database]
/// redis+cluster://[[user]:password@]host:port,…
struct Url {
  enum class Kind { standalone, sentinel, cluster };

  Kind kind = Kind::standalone;
  std::string user, password;
  std::vector<Endpoint> endpoints;
  std::string master;
  int database = 0;
};

/// Throws std::invalid_argument, whose text never quotes the URL: it may hold a password.
Url parse_url(std::string_view text);

}  // namespace netherlink::cache::redis
