#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace netherlink::crypto {

/// SHA-256 of what comes piece by piece, which can be put away in between and go on in another process. Not
/// thread-safe.
class Sha256 {
 public:
  Sha256();
  /// What save() gave, under the same version of NetherLink; empty: from the beginning. nullopt: neither.
  static std::optional<Sha256> restore(std::string_view saved);

  void update(std::string_view bytes);
  /// Hexadecimal; goes on being usable.
  std::string save() const;
  /// 64 hexadecimal digits. It is over then.
  std::string finish();

 private:
  alignas(8) std::array<unsigned char, 104> state_{};
};

}  // namespace netherlink::crypto
