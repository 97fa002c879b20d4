#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "netherlink/attachment/ports.hpp"

namespace netherlink::image {

using Bytes = std::span<const std::uint8_t>;
using Image = attachment::ImageInspector::Image;

struct DecodeLimits {
  std::int64_t max_pixels = 0, preview_edge = 0;
};

/// Size and preview of an image (WebP, without any metadata), as it is to be shown. nullopt: not an image of that type,
/// damaged, or too large. It holds one row of the image, or all of it where the format asks for that.
std::optional<Image> decode(Bytes bytes, std::string_view content_type, const DecodeLimits& limits);

// One for each format; the same.
std::optional<Image> decode_jpeg(Bytes bytes, const DecodeLimits& limits);
std::optional<Image> decode_png(Bytes bytes, const DecodeLimits& limits);
std::optional<Image> decode_webp(Bytes bytes, const DecodeLimits& limits);

bool is_shown(std::int64_t width, std::int64_t height, const DecodeLimits& limits);

}  // namespace netherlink::image
