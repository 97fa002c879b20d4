#pragma once

#include <string>
#include <string_view>

#include "config/keys.hpp"
#include "config/node.hpp"

namespace netherlink::config {

// Reads the value of `key` into `out`, checking range, choices and syntax. Returns what is wrong, as words that follow
// the key; empty when all is well. `out` is only changed then. Values of secrets are never repeated.

std::string read(const Key& key, const Node& node, std::string& out);
std::string read(const Key& key, const Node& node, bool& out);
std::string read(const Key& key, const Node& node, std::size_t& out);
std::string read(const Key& key, const Node& node, std::uint16_t& out);
std::string read(const Key& key, const Node& node, seconds& out);
std::string read(const Key& key, const Node& node, milliseconds& out);
std::string read(const Key& key, const Node& node, std::vector<std::string>& out);
std::string read(const Key& key, const Node& node, Config::Bucket& out);
std::string read(const Key& key, const Node& node, log::Level& out);
std::string read(const Key& key, const Node& node, std::optional<log::Format>& out);
std::string read(const Key& key, const Node& node, std::vector<Config::Vpn::Cell>& out);

/// Reads into the key's place in `config`.
std::string assign(const Key& key, const Node& node, Config& config);

/// The content of a secret's file, without white space at its ends; empty `out` and what is wrong otherwise.
std::string read_secret_file(const std::string& path, std::string& out);

/// The entries of a text that are separated by commas (or `separator`), without white space around them.
std::vector<std::string> split(std::string_view text, char separator = ',');

}  // namespace netherlink::config
