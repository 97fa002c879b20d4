#pragma once

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

namespace netherlink::config {

struct Node;
struct Member;
using List = std::vector<Node>;
using Table = std::vector<Member>;

/// From the environment, the command line or a secret's file: what it means depends on the key.
struct Text {
  std::string text;
};

/// A kind of TOML value that no key takes (a date), by name.
struct Unsupported {
  std::string kind;
};

/// A value as a source gives it, free of any library.
struct Node {
  std::variant<Text, std::string, std::int64_t, double, bool, List, Table, Unsupported> value;
};

struct Member {
  std::string name;
  Node value;
};

}  // namespace netherlink::config
