#include "netherlink/attachment/types.hpp"

#include <algorithm>
#include <array>

namespace netherlink::attachment {
namespace {

constexpr std::array<std::string_view, 4> images{"image/png", "image/jpeg", "image/gif", "image/webp"};
constexpr std::array<std::string_view, 7> media{"video/mp4", "video/webm", "audio/mpeg", "audio/ogg",
                                                "audio/mp4", "audio/flac", "audio/wav"};

}  // namespace

bool is_safe_inline(const Facts& facts) {
  if (std::ranges::find(images, facts.content_type) != images.end()) return facts.width > 0;
  return std::ranges::find(media, facts.content_type) != media.end();
}

}  // namespace netherlink::attachment
