#pragma once

#include <string>
#include <string_view>

/// docs/cache.md explains each. Those of scoped commands get the scope in front: their slot is that of what stands in
/// braces, which is never empty.
namespace netherlink::cache::redis::keys {

inline std::string hot(std::string_view conversation) {
  return "nl:h{:" + std::string(conversation) + "}";
}
inline std::string summary(std::string_view key) {
  return "nl:s{:" + std::string(key) + "}";
}
inline std::string bucket(std::string_view key) {
  return "nl:b:" + std::string(key);
}
inline std::string interest(std::string_view topic) {
  return "nl:i:" + std::string(topic);
}
constexpr std::string_view alive = "nl:alive";
/// Keys of presence begin with it; they change together, and share the slot of "p".
constexpr std::string_view presence = "nl:{p}";

}  // namespace netherlink::cache::redis::keys
