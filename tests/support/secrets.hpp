#pragma once

#include <mutex>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace netherlink::test {

/// What must never be in a log: passwords, tokens and message texts that the clients of this process sent or received.
/// Filled by the clients themselves. Thread-safe.
class Secrets {
 public:
  static Secrets& get();

  /// Takes the members password, old_password, new_password, access_token, refresh_token and content, at any depth.
  void note(const nlohmann::json& value);
  void note_text(std::string_view text);
  /// Those that `text` contains. Texts shorter than 12 bytes are not kept: they would be found by chance.
  std::vector<std::string> found_in(std::string_view text) const;
  std::size_t size() const;

 private:
  static constexpr std::size_t most = 2000;  // what a run of many messages adds proves nothing new

  mutable std::mutex mutex_;
  std::set<std::string> known_;
};

}  // namespace netherlink::test
