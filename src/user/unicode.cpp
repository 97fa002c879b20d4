#include "user/unicode.hpp"

#include <unicode/bytestream.h>
#include <unicode/normalizer2.h>
#include <unicode/stringpiece.h>
#include <unicode/uchar.h>

#include <limits>
#include <stdexcept>

#include "netherlink/core/utf8.hpp"

namespace netherlink::user {
namespace {

using Instance = const icu::Normalizer2* (*)(UErrorCode&);

std::string normalise(Instance instance, std::string_view text) {
  if (text.size() > std::numeric_limits<std::int32_t>::max()) throw std::length_error("text to normalise");
  UErrorCode status = U_ZERO_ERROR;
  const icu::Normalizer2* normalizer = instance(status);
  std::string normal;
  icu::StringByteSink<std::string> sink(&normal);
  if (U_SUCCESS(status)) {
    normalizer->normalizeUTF8(0, icu::StringPiece(text.data(), static_cast<std::int32_t>(text.size())), sink, nullptr,
                              status);
  }
  if (U_FAILURE(status)) throw std::runtime_error(std::string("ICU: ") + u_errorName(status));
  return normal;
}

UChar32 code(char32_t c) {
  return static_cast<UChar32>(c);
}

}  // namespace

std::optional<std::u32string> decode_utf8(std::string_view text) {
  if (!core::is_valid_utf8(text)) return std::nullopt;
  std::u32string points;
  points.reserve(text.size());
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x80) {
      points += byte;
    } else if (byte < 0xc0) {
      points.back() = points.back() << 6 | (byte & 0x3f);
    } else {
      points += byte & (byte < 0xe0 ? 0x1f : byte < 0xf0 ? 0x0f : 0x07);
    }
  }
  return points;
}

std::string nfc(std::string_view text) {
  return normalise(&icu::Normalizer2::getNFCInstance, text);
}
std::string nfkc(std::string_view text) {
  return normalise(&icu::Normalizer2::getNFKCInstance, text);
}
std::string nfkc_case_fold(std::string_view text) {
  return normalise(&icu::Normalizer2::getNFKCCasefoldInstance, text);
}

bool is_letter_or_digit(char32_t c) {
  return u_isalnum(code(c));
}
bool is_mark(char32_t c) {
  return (U_GET_GC_MASK(code(c)) & U_GC_M_MASK) != 0;
}
bool is_space(char32_t c) {
  return u_charType(code(c)) == U_SPACE_SEPARATOR;
}
bool is_control(char32_t c) {
  return (U_GET_GC_MASK(code(c)) & (U_GC_CC_MASK | U_GC_ZL_MASK | U_GC_ZP_MASK)) != 0;
}
bool is_invisible(char32_t c) {
  return u_hasBinaryProperty(code(c), UCHAR_DEFAULT_IGNORABLE_CODE_POINT);
}
bool is_direction_control(char32_t c) {
  return u_hasBinaryProperty(code(c), UCHAR_BIDI_CONTROL);
}

}  // namespace netherlink::user
