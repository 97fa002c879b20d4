#pragma once

#include <string>
#include <string_view>

namespace netherlink::crypto {

/// Texts as libsodium wants them.
constexpr unsigned char byte(char c) {
  return static_cast<unsigned char>(c);
}
inline const unsigned char* data(std::string_view bytes) {
  return reinterpret_cast<const unsigned char*>(bytes.data());
}
inline unsigned char* data(std::string& bytes) {
  return reinterpret_cast<unsigned char*>(bytes.data());
}

}  // namespace netherlink::crypto
