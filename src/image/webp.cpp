#include <webp/decode.h>

#include <vector>

#include "image/decode.hpp"
#include "image/shrink.hpp"

namespace netherlink::image {

std::optional<Image> decode_webp(Bytes bytes, const DecodeLimits& limits) {
  WebPDecoderConfig config;
  if (WebPInitDecoderConfig(&config) == 0) return std::nullopt;
  if (WebPGetFeatures(bytes.data(), bytes.size(), &config.input) != VP8_STATUS_OK) return std::nullopt;
  Image image;
  image.width = config.input.width;
  image.height = config.input.height;
  if (!is_shown(image.width, image.height, limits)) return std::nullopt;
  if (config.input.has_animation != 0) return image;
  auto width = image.width, height = image.height;
  fit(limits.preview_edge, width, height);
  std::vector<std::uint8_t> pixels(static_cast<std::size_t>(width * height * 4));
  config.options.use_scaling = 1;
  config.options.scaled_width = static_cast<int>(width);
  config.options.scaled_height = static_cast<int>(height);
  config.output.colorspace = MODE_RGBA;
  config.output.is_external_memory = 1;
  config.output.u.RGBA.rgba = pixels.data();
  config.output.u.RGBA.stride = static_cast<int>(width * 4);
  config.output.u.RGBA.size = pixels.size();
  const bool decoded = WebPDecode(bytes.data(), bytes.size(), &config) == VP8_STATUS_OK;
  WebPFreeDecBuffer(&config.output);
  if (!decoded) return std::nullopt;
  image.preview = encode_webp(pixels, width, height);
  return image;
}

}  // namespace netherlink::image
