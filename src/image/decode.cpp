#include "image/decode.hpp"

namespace netherlink::image {
namespace {

/// Its header alone: what moves is shown by the client, and only as the whole.
std::optional<Image> measure_gif(Bytes bytes, const DecodeLimits& limits) {
  constexpr std::size_t header_bytes = 13;
  if (bytes.size() < header_bytes) return std::nullopt;
  Image image;
  image.width = bytes[6] | bytes[7] << 8;
  image.height = bytes[8] | bytes[9] << 8;
  if (!is_shown(image.width, image.height, limits)) return std::nullopt;
  return image;
}

}  // namespace

bool is_shown(std::int64_t width, std::int64_t height, const DecodeLimits& limits) {
  constexpr std::int64_t longest_side = 65'535;
  return width > 0 && height > 0 && width <= longest_side && height <= longest_side &&
         width * height <= limits.max_pixels;
}

std::optional<Image> decode(Bytes bytes, std::string_view content_type, const DecodeLimits& limits) {
  if (content_type == "image/jpeg") return decode_jpeg(bytes, limits);
  if (content_type == "image/png") return decode_png(bytes, limits);
  if (content_type == "image/webp") return decode_webp(bytes, limits);
  if (content_type == "image/gif") return measure_gif(bytes, limits);
  return std::nullopt;
}

}  // namespace netherlink::image
