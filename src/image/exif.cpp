#include "image/exif.hpp"

#include <algorithm>
#include <string_view>

namespace netherlink::image {
namespace {

constexpr std::uint32_t orientation_tag = 0x0112, type_short = 3;

/// TIFF, whose first bytes say in which order numbers come. Outside it everything is 0.
class Tiff {
 public:
  explicit Tiff(Bytes bytes) : bytes_(bytes), little_(at(0) == 'I') {}

  std::uint32_t number(std::size_t position, std::size_t width) const {
    std::uint32_t value = 0;
    for (std::size_t i = 0; i < width; ++i) value = value << 8 | at(position + (little_ ? width - 1 - i : i));
    return value;
  }

 private:
  std::uint8_t at(std::size_t position) const { return position < bytes_.size() ? bytes_[position] : std::uint8_t{0}; }

  Bytes bytes_;
  bool little_;
};

}  // namespace

int exif_orientation(Bytes segment) {
  constexpr std::string_view mark("Exif\0\0", 6);
  if (segment.size() < mark.size() || !std::equal(mark.begin(), mark.end(), segment.begin())) return 1;
  const Tiff tiff(segment.subspan(mark.size()));
  if (tiff.number(2, 2) != 42) return 1;
  const std::size_t directory = tiff.number(4, 4);
  const auto entries = tiff.number(directory, 2);
  for (std::size_t i = 0; i < entries; ++i) {
    const auto entry = directory + 2 + 12 * i;
    if (entry > segment.size()) break;
    if (tiff.number(entry, 2) != orientation_tag || tiff.number(entry + 2, 2) != type_short) continue;
    const auto orientation = tiff.number(entry + 8, 2);
    return orientation >= 1 && orientation <= 8 ? static_cast<int>(orientation) : 1;
  }
  return 1;
}

}  // namespace netherlink::image
