#include <csetjmp>
#include <cstdio>

#include <jpeglib.h>

#include <optional>
#include <vector>

#include "image/decode.hpp"
#include "image/exif.hpp"
#include "image/shrink.hpp"

namespace netherlink::image {
namespace {

/// libjpeg leaves by longjmp: between setjmp and there nothing lives on the stack that has a destructor.
class JpegDecoder {
 public:
  JpegDecoder() {
    info_.err = jpeg_std_error(&errors_.base);
    errors_.base.error_exit = [](j_common_ptr info) { std::longjmp(reinterpret_cast<Errors*>(info->err)->back, 1); };
    errors_.base.output_message = [](j_common_ptr) {};
  }
  ~JpegDecoder() { jpeg_destroy_decompress(&info_); }
  JpegDecoder(const JpegDecoder&) = delete;
  JpegDecoder& operator=(const JpegDecoder&) = delete;

  bool read_header(Bytes bytes) {
    if (setjmp(errors_.back) != 0) return false;
    jpeg_create_decompress(&info_);
    jpeg_save_markers(&info_, JPEG_APP0 + 1, 0xffff);
    jpeg_mem_src(&info_, bytes.data(), static_cast<unsigned long>(bytes.size()));
    return jpeg_read_header(&info_, TRUE) == JPEG_HEADER_OK;
  }

  int orientation() const {
    for (const auto* marker = info_.marker_list; marker != nullptr; marker = marker->next) {
      const int found = exif_orientation({marker->data, marker->data_length});
      if (found != 1) return found;
    }
    return 1;
  }

  /// As small as the decoder can make it for nothing, but no smaller than the preview.
  bool start(std::int64_t edge) {
    if (setjmp(errors_.back) != 0) return false;
    info_.out_color_space = JCS_RGB;
    info_.scale_num = 1;
    info_.scale_denom = 1;
    const auto longer = static_cast<std::int64_t>(std::max(info_.image_width, info_.image_height));
    while (info_.scale_denom < 8 && longer / (2 * info_.scale_denom) >= edge) info_.scale_denom *= 2;
    if (info_.progressive_mode != 0) info_.dct_method = JDCT_IFAST;
    jpeg_start_decompress(&info_);
    rgb_.resize(std::size_t{info_.output_width} * 3);
    rgba_.assign(std::size_t{info_.output_width} * 4, 255);
    shrink_.emplace(info_.output_width, info_.output_height, edge);
    return info_.output_components == 3;
  }

  /// What is missing at the end is grey: that is how browsers show it too.
  bool read_rows() {
    if (setjmp(errors_.back) != 0) return false;
    while (info_.output_scanline < info_.output_height) {
      JSAMPROW row = rgb_.data();
      if (jpeg_read_scanlines(&info_, &row, 1) != 1) return false;
      for (std::size_t x = 0; x < info_.output_width; ++x) {
        rgba_[4 * x] = rgb_[3 * x];
        rgba_[4 * x + 1] = rgb_[3 * x + 1];
        rgba_[4 * x + 2] = rgb_[3 * x + 2];
      }
      shrink_->add_row(rgba_.data());
    }
    return true;
  }

  std::int64_t width() const { return info_.image_width; }
  std::int64_t height() const { return info_.image_height; }
  std::string preview() { return shrink_->finish(orientation()); }

 private:
  struct Errors {
    jpeg_error_mgr base{};
    std::jmp_buf back{};
  };

  jpeg_decompress_struct info_{};
  Errors errors_;
  std::vector<std::uint8_t> rgb_, rgba_;
  std::optional<Shrink> shrink_;
};

}  // namespace

std::optional<Image> decode_jpeg(Bytes bytes, const DecodeLimits& limits) {
  JpegDecoder decoder;
  if (!decoder.read_header(bytes) || !is_shown(decoder.width(), decoder.height(), limits)) return std::nullopt;
  const bool upright = decoder.orientation() < 5;
  Image image;
  image.width = upright ? decoder.width() : decoder.height();
  image.height = upright ? decoder.height() : decoder.width();
  if (!decoder.start(limits.preview_edge) || !decoder.read_rows()) return std::nullopt;
  image.preview = decoder.preview();
  return image;
}

}  // namespace netherlink::image
