#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "netherlink/core/result.hpp"

namespace netherlink::store::mysql {

/// One database of one server, as a URL names it.
struct Address {
  std::string host;
  std::uint16_t port = 3306;
  std::string user, password, database;
  std::vector<std::size_t> partitions;  // ascending; empty: none were named

  /// For logs and errors: without the password.
  std::string text() const;
  bool same_database(const Address& other) const {
    return host == other.host && port == other.port && database == other.database;
  }
};

/// mysql://user:password@host[:port]/database[?partitions=0-3,8], each part percent-encoded where it must be. An error
/// never shows the URL.
core::result<Address> parse_url(std::string_view url);

/// "0-3,8".
std::string partition_list(const std::vector<std::size_t>& ascending);

}  // namespace netherlink::store::mysql
