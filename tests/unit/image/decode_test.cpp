#include "image/decode.hpp"

#include "image/exif.hpp"
#include "support/attachments.hpp"
#include "support/catch.hpp"

namespace netherlink::image {
namespace {

constexpr DecodeLimits limits{.max_pixels = 1'000'000, .preview_edge = 64};

Bytes bytes_of(const std::string& text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

std::optional<Image> decoded(const std::string& text, std::string_view type) {
  return decode(bytes_of(text), type, limits);
}

}  // namespace

TEST_CASE("image: each format is measured and shrunk", "[image]") {
  const auto png = decoded(test::make_png(640, 480), "image/png");
  REQUIRE(png);
  CHECK(png->width == 640);
  const auto small = decoded(png->preview, "image/webp");
  REQUIRE(small);
  CHECK(small->width == 64);
  CHECK(small->height == 48);
  CHECK(decoded(test::make_png(3, 200, 1), "image/png")->height == 200);
  CHECK(decoded(test::sample_jpeg(), "image/jpeg")->width == 32);
  CHECK(decoded(test::sample_webp(), "image/webp")->height == 12);
  const auto gif = decoded(test::sample_gif(), "image/gif");
  REQUIRE(gif);
  CHECK(gif->width == 10);
  CHECK(gif->preview.empty());
}

TEST_CASE("image: turned as the camera was", "[image]") {
  for (int orientation = 1; orientation <= 8; ++orientation) {
    INFO(orientation);
    const auto image = decoded(test::sample_jpeg(orientation), "image/jpeg");
    REQUIRE(image);
    CHECK(image->width == (orientation < 5 ? 32 : 16));
    const auto preview = decoded(image->preview, "image/webp");
    REQUIRE(preview);
    CHECK(preview->width == image->width);
    CHECK(image->preview.find("GPS") == std::string::npos);
  }
  CHECK(exif_orientation(bytes_of("Exif")) == 1);
  CHECK(exif_orientation(bytes_of(std::string("Exif\0\0MM\0*\xff\xff\xff\xff", 14))) == 1);
}

TEST_CASE("image: what is cut off, too large or no image is none", "[image]") {
  CHECK_FALSE(decoded(test::make_png(2000, 1000), "image/png"));
  CHECK_FALSE(decoded(test::lying_png(600, 600), "image/png"));
  CHECK_FALSE(decoded(test::make_png(640, 480), "image/jpeg"));
  CHECK_FALSE(decoded("nothing", "text/plain"));
  for (const auto& [bytes, type] :
       {std::pair(test::make_png(40, 40), "image/png"), std::pair(test::sample_jpeg(6), "image/jpeg"),
        std::pair(test::sample_webp(), "image/webp"), std::pair(test::sample_gif(), "image/gif")}) {
    for (std::size_t length = 0; length < bytes.size(); ++length) (void)decoded(bytes.substr(0, length), type);
    for (std::size_t at = 0; at < bytes.size(); ++at) {
      auto damaged = bytes;
      damaged[at] = static_cast<char>(~damaged[at]);
      (void)decoded(damaged, type);
    }
  }
}

}  // namespace netherlink::image
