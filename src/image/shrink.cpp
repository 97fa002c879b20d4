#include "image/shrink.hpp"

#include <webp/encode.h>

#include <algorithm>

namespace netherlink::image {
namespace {

constexpr float quality = 75;

/// Where the pixel (x, y) of the turned image is in the one that was stored.
std::size_t turned_from(int orientation, std::int64_t x, std::int64_t y, std::int64_t width, std::int64_t height) {
  const auto right = width - 1, bottom = height - 1;
  std::int64_t from_x = x, from_y = y;
  switch (orientation) {
    case 2:
      from_x = right - x;
      break;
    case 3:
      from_x = right - x;
      from_y = bottom - y;
      break;
    case 4:
      from_y = bottom - y;
      break;
    case 5:
      from_x = y;
      from_y = x;
      break;
    case 6:
      from_x = y;
      from_y = bottom - x;
      break;
    case 7:
      from_x = right - y;
      from_y = bottom - x;
      break;
    case 8:
      from_x = right - y;
      from_y = x;
      break;
    default:
      break;
  }
  return static_cast<std::size_t>(from_y * width + from_x);
}

}  // namespace

void fit(std::int64_t edge, std::int64_t& width, std::int64_t& height) {
  const auto longer = std::max(width, height);
  if (longer <= edge) return;
  width = std::max<std::int64_t>(1, width * edge / longer);
  height = std::max<std::int64_t>(1, height * edge / longer);
}

Shrink::Shrink(std::int64_t width, std::int64_t height, std::int64_t edge)
    : width_(width), height_(height), out_width_(width), out_height_(height) {
  fit(edge, out_width_, out_height_);
  sums_.resize(static_cast<std::size_t>(out_width_ * out_height_));
}

/// Colours count by how much of them is seen.
void Shrink::add_row(const std::uint8_t* row) {
  if (row_ >= height_) return;
  const auto out_row = static_cast<std::size_t>(row_ * out_height_ / height_ * out_width_);
  for (std::int64_t x = 0; x < width_; ++x, row += 4) {
    auto& sum = sums_[out_row + static_cast<std::size_t>(x * out_width_ / width_)];
    const std::uint64_t alpha = row[3];
    sum.red += row[0] * alpha;
    sum.green += row[1] * alpha;
    sum.blue += row[2] * alpha;
    sum.alpha += alpha;
    ++sum.count;
  }
  ++row_;
}

std::vector<std::uint8_t> Shrink::pixels() const {
  std::vector<std::uint8_t> out;
  out.reserve(sums_.size() * 4);
  for (const auto& sum : sums_) {
    const auto seen = std::max<std::uint64_t>(sum.alpha, 1);
    for (const auto colour : {sum.red, sum.green, sum.blue}) {
      out.push_back(static_cast<std::uint8_t>((colour + seen / 2) / seen));
    }
    out.push_back(static_cast<std::uint8_t>(sum.alpha / std::max<std::uint64_t>(sum.count, 1)));
  }
  return out;
}

std::string Shrink::finish(int orientation) {
  const auto stored = pixels();
  const bool upright = orientation < 5;
  const auto width = upright ? out_width_ : out_height_, height = upright ? out_height_ : out_width_;
  std::vector<std::uint8_t> turned;
  turned.reserve(stored.size());
  for (std::int64_t y = 0; y < height; ++y) {
    for (std::int64_t x = 0; x < width; ++x) {
      const auto from = 4 * turned_from(orientation, x, y, out_width_, out_height_);
      turned.insert(turned.end(), stored.begin() + static_cast<std::ptrdiff_t>(from),
                    stored.begin() + static_cast<std::ptrdiff_t>(from + 4));
    }
  }
  return encode_webp(turned, width, height);
}

std::string encode_webp(const std::vector<std::uint8_t>& rgba, std::int64_t width, std::int64_t height) {
  std::uint8_t* encoded = nullptr;
  const auto size = WebPEncodeRGBA(rgba.data(), static_cast<int>(width), static_cast<int>(height),
                                   static_cast<int>(width * 4), quality, &encoded);
  std::string out(reinterpret_cast<const char*>(encoded), size);
  WebPFree(encoded);
  return out;
}

}  // namespace netherlink::image
