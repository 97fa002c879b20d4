#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace netherlink::image {

/// Makes the preview of an image whose rows come from top to bottom: each pixel is the mean of those that it stands
/// for.
class Shrink {
 public:
  /// The longer side of the preview has `edge` pixels, or those of the image if it has fewer.
  Shrink(std::int64_t width, std::int64_t height, std::int64_t edge);

  /// RGBA, 4 * width bytes.
  void add_row(const std::uint8_t* row);
  /// WebP. `orientation`: 1 to 8 of EXIF, as it is to be turned. Empty: it could not be encoded.
  std::string finish(int orientation);

 private:
  struct Sum {
    std::uint64_t red = 0, green = 0, blue = 0, alpha = 0, count = 0;
  };
  std::vector<std::uint8_t> pixels() const;

  std::int64_t width_, height_, out_width_, out_height_, row_ = 0;
  std::vector<Sum> sums_;
};

/// RGBA as WebP; empty: it could not be encoded.
std::string encode_webp(const std::vector<std::uint8_t>& rgba, std::int64_t width, std::int64_t height);

/// Sides of the preview of an image with these.
void fit(std::int64_t edge, std::int64_t& width, std::int64_t& height);

}  // namespace netherlink::image
