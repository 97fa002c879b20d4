#include "im/search/text.hpp"

#include <unicode/bytestream.h>
#include <unicode/normalizer2.h>
#include <unicode/uchar.h>
#include <unicode/uscript.h>
#include <unicode/utf8.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <stdexcept>
#include <unordered_set>

namespace netherlink::im::search {
namespace {

using Kind = Unit::Kind;

const icu::Normalizer2& normaliser(const icu::Normalizer2* (*instance)(UErrorCode&)) {
  UErrorCode status = U_ZERO_ERROR;
  const auto* found = instance(status);
  if (U_FAILURE(status)) throw std::runtime_error(u_errorName(status));
  return *found;
}

std::string normalise(const icu::Normalizer2& form, std::string_view text) {
  std::string normal;
  icu::StringByteSink<std::string> sink(&normal);
  UErrorCode status = U_ZERO_ERROR;
  form.normalizeUTF8(0, icu::StringPiece(text.data(), static_cast<std::int32_t>(text.size())), sink, nullptr, status);
  if (U_FAILURE(status)) throw std::runtime_error(u_errorName(status));
  return normal;
}

/// The code point at `at`, which moves behind it.
UChar32 next_code_point(std::string_view text, std::size_t& at) {
  const auto* bytes = reinterpret_cast<const std::uint8_t*>(text.data());
  auto index = static_cast<std::int32_t>(at);
  UChar32 c = 0;
  U8_NEXT_OR_FFFD(bytes, index, static_cast<std::int32_t>(text.size()), c);
  at = static_cast<std::size_t>(index);
  return c;
}

constexpr bool is_ascii(char c) {
  return static_cast<unsigned char>(c) < 0x80;
}

/// The marks that turn e into é. (Those of Indic scripts are vowels, those of Japanese make another letter.)
constexpr bool is_accent(UChar32 c) {
  return c >= 0x300 && c <= 0x36F;
}

std::string without_accents(std::string_view decomposed) {
  std::string kept;
  for (std::size_t at = 0; at < decomposed.size();) {
    const auto begin = at;
    if (!is_accent(next_code_point(decomposed, at))) kept.append(decomposed, begin, at - begin);
  }
  return kept;
}

void cut(std::string& text) {
  if (text.size() <= token_bytes) return;
  std::size_t end = token_bytes;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;
  text.resize(end);
}

std::string fold(std::string_view text) {
  std::string folded(text);
  if (std::ranges::all_of(text, is_ascii)) {
    for (auto& c : folded) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  } else {
    static const auto& casefold = normaliser(&icu::Normalizer2::getNFKCCasefoldInstance);
    static const auto& decompose = normaliser(&icu::Normalizer2::getNFDInstance);
    static const auto& compose = normaliser(&icu::Normalizer2::getNFCInstance);
    folded = normalise(compose, without_accents(normalise(decompose, normalise(casefold, text))));
  }
  cut(folded);
  return folded;
}

/// Of text that is written without blanks between words.
bool is_of_running_script(UChar32 c) {
  if (c == 0x30FC || c == 0xFF70) return true;  // the lengthener of Katakana belongs to no script
  constexpr std::array scripts{USCRIPT_HAN,  USCRIPT_HIRAGANA, USCRIPT_KATAKANA, USCRIPT_HANGUL, USCRIPT_BOPOMOFO,
                               USCRIPT_THAI, USCRIPT_LAO,      USCRIPT_KHMER,    USCRIPT_MYANMAR};
  UErrorCode status = U_ZERO_ERROR;
  return std::ranges::find(scripts, uscript_getScript(c, &status)) != scripts.end();
}

bool is_invisible(UChar32 c) {
  return u_hasBinaryProperty(c, UCHAR_DEFAULT_IGNORABLE_CODE_POINT);
}

/// Belongs to what stands before it: marks, skin tones, vowels and finals of Hangul in pieces, sound marks of narrow
/// Katakana.
bool continues(UChar32 c) {
  if ((U_GET_GC_MASK(c) & U_GC_M_MASK) != 0) return true;
  return (c >= 0x1160 && c <= 0x11FF) || c == 0xFF9E || c == 0xFF9F || (c >= 0x1F3FB && c <= 0x1F3FF) ||
         is_invisible(c);
}

enum class Class { none, invisible, word, character, symbol };

Class class_of(UChar32 c) {
  if (c < 0x80) return u_isalnum(c) ? Class::word : Class::none;
  if (is_invisible(c)) return Class::invisible;
  if (u_isalnum(c)) return is_of_running_script(c) ? Class::character : Class::word;
  const bool pictured =
      u_hasBinaryProperty(c, UCHAR_EXTENDED_PICTOGRAPHIC) || u_hasBinaryProperty(c, UCHAR_REGIONAL_INDICATOR);
  return pictured ? Class::symbol : Class::none;
}

/// Cuts a text into units, one after the other.
class Cutter {
 public:
  explicit Cutter(std::string_view text) : text_(text) {}

  std::vector<Unit> run() {
    while (at_ < text_.size()) {
      const auto begin = at_;
      const auto c = next_code_point(text_, at_);
      switch (class_of(c)) {
        case Class::none:
          joined_ = false;
          break;
        case Class::invisible:
          break;
        case Class::word:
          skip([](UChar32 next) { return continues(next) || class_of(next) == Class::word; });
          add(Kind::word, begin, text_.substr(begin, at_ - begin));
          break;
        case Class::character:
          skip(continues);
          add(Kind::character, begin, text_.substr(begin, at_ - begin));
          break;
        case Class::symbol: {
          const auto bare = text_.substr(begin, at_ - begin);
          skip(continues);
          add(Kind::symbol, begin, bare);
          break;
        }
      }
    }
    return std::move(units_);
  }

 private:
  template <class Belongs>
  void skip(const Belongs& belongs) {
    while (at_ < text_.size()) {
      auto next = at_;
      if (!belongs(next_code_point(text_, next))) return;
      at_ = next;
    }
  }

  void add(Kind kind, std::size_t begin, std::string_view original) {
    auto folded = fold(original);
    if (folded.empty()) return;
    units_.push_back({std::move(folded), begin, at_, kind, joined_});
    joined_ = true;
  }

  std::string_view text_;
  std::size_t at_ = 0;
  bool joined_ = false;
  std::vector<Unit> units_;
};

}  // namespace

std::vector<Unit> units_of(std::string_view text) {
  return Cutter(text).run();
}

std::string pair_of(const Unit& first, const Unit& second) {
  std::string pair(first.text);
  pair.append(second.text);
  cut(pair);
  return pair;
}

std::vector<std::string> tokens_of(std::string_view text, std::size_t most) {
  const auto units = units_of(text);
  std::unordered_set<std::string> tokens;
  for (std::size_t i = 0; i < units.size() && tokens.size() < most; ++i) {
    tokens.insert(units[i].text);
    if (i > 0 && tokens.size() < most && are_pair(units[i - 1], units[i])) {
      tokens.insert(pair_of(units[i - 1], units[i]));
    }
  }
  std::vector<std::string> sorted(tokens.begin(), tokens.end());
  std::ranges::sort(sorted);
  return sorted;
}

}  // namespace netherlink::im::search
