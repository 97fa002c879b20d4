#pragma once

#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace netherlink::test {

/// A compiled JSON schema (the part of 2020-12 that reads the same in draft 7). Immutable; check() is thread-safe.
class Schema {
 public:
  /// `schema` without any $ref left (see Descriptions).
  explicit Schema(const nlohmann::json& schema);
  ~Schema();
  Schema(Schema&&) noexcept;

  /// Every problem, with its place; empty: valid.
  std::vector<std::string> check(const nlohmann::json& value) const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace netherlink::test
