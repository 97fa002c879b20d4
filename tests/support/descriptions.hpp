#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <set>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "support/schema.hpp"

namespace netherlink::test {

using Headers = std::vector<std::pair<std::string, std::string>>;

/// What a client received is not what api/*.yaml describe. Thrown, because clients also run on threads, where the
/// assertions of the test framework do not work.
class ContractViolation : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// api/openapi.yaml and api/asyncapi.yaml, compiled. Thread-safe.
class Descriptions {
 public:
  /// Those of this source tree, loaded once.
  static const Descriptions& get();
  explicit Descriptions(const std::filesystem::path& folder);
  ~Descriptions();

  struct Answer {
    int status = 0;
    const Headers* headers = nullptr;  // names in lower case
    const std::string* body = nullptr;
  };

  /// Throws ContractViolation unless `answer` is what method and target may answer. `target` empty: the request was not
  /// HTTP, any answer for unrouted requests will do.
  void check_answer(std::string_view method, std::string_view target, const Answer& answer) const;
  /// A request body that was accepted must be one that is described.
  void check_accepted_request(std::string_view method, std::string_view target, const nlohmann::json& body) const;

  void check_server_frame(const nlohmann::json& frame) const;
  /// A frame that was accepted must be one that is described.
  void check_accepted_frame(const nlohmann::json& frame) const;

  /// "GET /api/v1/users/me", …
  std::set<std::string> operations() const;
  /// Those of operations() that need no token.
  std::set<std::string> open_operations() const;
  std::set<std::string> client_frames() const;
  std::set<std::string> server_frames() const;
  std::set<std::string> error_codes() const;

  const nlohmann::json& openapi() const;
  const nlohmann::json& asyncapi() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace netherlink::test
