#include <csetjmp>
#include <cstring>

#include <png.h>

#include <optional>
#include <vector>

#include "image/decode.hpp"
#include "image/shrink.hpp"

namespace netherlink::image {
namespace {

constexpr png_alloc_size_t chunk_bytes = 8 * 1024 * 1024;
constexpr png_uint_32 chunks = 1000, longest_side = 65'535;
/// An interlaced image is only whole when it is all there.
constexpr std::int64_t interlaced_pixels = 16'000'000;

/// libpng leaves by longjmp: between setjmp and there nothing lives on the stack that has a destructor.
class PngDecoder {
 public:
  explicit PngDecoder(Bytes bytes) : bytes_(bytes) {
    png_ = png_create_read_struct(PNG_LIBPNG_VER_STRING, nullptr, nullptr, [](png_structp, png_const_charp) {});
    info_ = png_ != nullptr ? png_create_info_struct(png_) : nullptr;
  }
  ~PngDecoder() { png_destroy_read_struct(&png_, &info_, nullptr); }
  PngDecoder(const PngDecoder&) = delete;
  PngDecoder& operator=(const PngDecoder&) = delete;

  bool read_header() {
    if (info_ == nullptr || setjmp(png_jmpbuf(png_)) != 0) return false;
    png_set_user_limits(png_, longest_side, longest_side);
    png_set_chunk_cache_max(png_, chunks);
    png_set_chunk_malloc_max(png_, chunk_bytes);
    png_set_read_fn(png_, this, [](png_structp png, png_bytep out, std::size_t count) {
      auto& rest = static_cast<PngDecoder*>(png_get_io_ptr(png))->bytes_;
      if (count > rest.size()) png_error(png, "truncated");
      std::memcpy(out, rest.data(), count);
      rest = rest.subspan(count);
    });
    png_read_info(png_, info_);
    return true;
  }

  std::int64_t width() const { return png_get_image_width(png_, info_); }
  std::int64_t height() const { return png_get_image_height(png_, info_); }
  bool interlaced() const { return png_get_interlace_type(png_, info_) != PNG_INTERLACE_NONE; }

  bool read_rows(std::int64_t edge) {
    if (setjmp(png_jmpbuf(png_)) != 0) return false;
    png_set_expand(png_);
    png_set_strip_16(png_);
    png_set_gray_to_rgb(png_);
    png_set_add_alpha(png_, 255, PNG_FILLER_AFTER);
    passes_ = png_set_interlace_handling(png_);
    png_read_update_info(png_, info_);
    row_bytes_ = png_get_rowbytes(png_, info_);
    if (row_bytes_ != static_cast<std::size_t>(width()) * 4) return false;
    rows_ = passes_ > 1 ? static_cast<std::size_t>(height()) : 1;
    pixels_.resize(rows_ * row_bytes_);
    shrink_.emplace(width(), height(), edge);
    for (pass_ = 0; pass_ < passes_; ++pass_) {
      for (row_ = 0; row_ < static_cast<std::size_t>(height()); ++row_) {
        auto* const row = pixels_.data() + row_ % rows_ * row_bytes_;
        png_read_row(png_, row, nullptr);
        if (pass_ + 1 == passes_) shrink_->add_row(row);
      }
    }
    return true;
  }

  std::string preview() { return shrink_->finish(1); }

 private:
  Bytes bytes_;
  png_structp png_ = nullptr;
  png_infop info_ = nullptr;
  int passes_ = 1, pass_ = 0;
  std::size_t row_bytes_ = 0, rows_ = 1, row_ = 0;
  std::vector<std::uint8_t> pixels_;
  std::optional<Shrink> shrink_;
};

}  // namespace

std::optional<Image> decode_png(Bytes bytes, const DecodeLimits& limits) {
  PngDecoder decoder(bytes);
  if (!decoder.read_header() || !is_shown(decoder.width(), decoder.height(), limits)) return std::nullopt;
  Image image;
  image.width = decoder.width();
  image.height = decoder.height();
  if (decoder.interlaced() && image.width * image.height > interlaced_pixels) return image;
  if (!decoder.read_rows(limits.preview_edge)) return std::nullopt;
  image.preview = decoder.preview();
  return image;
}

}  // namespace netherlink::image
