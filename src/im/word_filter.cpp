#include "netherlink/im/word_filter.hpp"

#include <unicode/normalizer2.h>
#include <unicode/uchar.h>
#include <unicode/uscript.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <unordered_map>

namespace netherlink::im {
namespace {

constexpr std::size_t most_bytes = std::size_t{4} << 20;  // of a list

const icu::Normalizer2& folding() {
  UErrorCode status = U_ZERO_ERROR;
  const auto* instance = icu::Normalizer2::getNFKCCasefoldInstance(status);
  if (U_FAILURE(status)) throw std::runtime_error(std::string("ICU: ") + u_errorName(status));
  return *instance;
}

/// A text as words are compared, and which bytes each of its code points stands for.
struct Folded {
  struct Place {
    std::size_t begin = 0, end = 0;
  };
  std::u32string text;
  std::vector<Place> places;  // beside text
};

/// The code point at `at`, which moves behind it. `text` is valid UTF-8.
UChar32 next_code_point(std::string_view text, std::size_t& at) {
  const auto lead = static_cast<unsigned char>(text[at++]);
  auto c = static_cast<UChar32>(lead < 0x80   ? lead
                                : lead < 0xE0 ? lead & 0x1F
                                : lead < 0xF0 ? lead & 0x0F
                                              : lead & 0x07);
  while (at < text.size() && (static_cast<unsigned char>(text[at]) & 0xC0) == 0x80) c = c << 6 | (text[at++] & 0x3F);
  return c;
}

/// Piece by piece, each being what the normal form cannot reach beyond: so that every piece knows where it came from.
Folded fold(std::string_view text) {
  const auto& normalizer = folding();
  Folded folded;
  const auto add = [&](const icu::UnicodeString& piece, Folded::Place place) {
    UErrorCode status = U_ZERO_ERROR;
    const auto normal = normalizer.normalize(piece, status);
    if (U_FAILURE(status)) throw std::runtime_error(std::string("ICU: ") + u_errorName(status));
    for (std::int32_t i = 0; i < normal.length(); i = normal.moveIndex32(i, 1)) {
      folded.text.push_back(static_cast<char32_t>(normal.char32At(i)));
      folded.places.push_back(place);
    }
  };
  icu::UnicodeString piece;
  std::size_t begin = 0;
  for (std::size_t at = 0; at < text.size();) {
    const auto start = at;
    const auto c = next_code_point(text, at);
    if (!piece.isEmpty() && normalizer.hasBoundaryBefore(c)) {
      add(piece, {begin, start});
      piece.remove();
    }
    if (piece.isEmpty()) begin = start;
    piece.append(c);
  }
  if (!piece.isEmpty()) add(piece, {begin, text.size()});
  return folded;
}

bool is_written_without_spaces(UChar32 c) {
  UErrorCode status = U_ZERO_ERROR;
  switch (uscript_getScript(c, &status)) {
    case USCRIPT_HAN:
    case USCRIPT_HIRAGANA:
    case USCRIPT_KATAKANA:
    case USCRIPT_BOPOMOFO:
    case USCRIPT_THAI:
    case USCRIPT_LAO:
    case USCRIPT_KHMER:
    case USCRIPT_MYANMAR:
      return true;
    default:
      return false;
  }
}

/// Of a word, at one of whose ends `inside` stands and `outside` next to it: they belong together.
bool is_joined(char32_t inside, char32_t outside) {
  const auto in = static_cast<UChar32>(inside), out = static_cast<UChar32>(outside);
  if (!u_isalnum(in) || is_written_without_spaces(in) || is_written_without_spaces(out)) return false;
  return u_isalnum(out) || (U_GET_GC_MASK(out) & U_GC_M_MASK) != 0;
}

bool stands_alone(const std::u32string& text, std::size_t begin, std::size_t end) {
  if (begin > 0 && is_joined(text[begin], text[begin - 1])) return false;
  return end == text.size() || !is_joined(text[end - 1], text[end]);
}

std::string_view trimmed(std::string_view line) {
  constexpr std::string_view blanks = " \t\r";
  const auto first = line.find_first_not_of(blanks);
  if (first == std::string_view::npos) return {};
  return line.substr(first, line.find_last_not_of(blanks) - first + 1);
}

/// One '*' for each character of text[begin, end).
void mask(std::string& text, std::size_t begin, std::size_t end) {
  const auto characters =
      std::count_if(text.begin() + static_cast<std::ptrdiff_t>(begin), text.begin() + static_cast<std::ptrdiff_t>(end),
                    [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; });
  text.replace(begin, end - begin, static_cast<std::size_t>(characters), '*');
}

}  // namespace

/// By their first code point; of each, the longest first.
struct WordFilter::Words {
  std::unordered_map<char32_t, std::vector<std::u32string>> by_first;
  std::size_t count = 0;

  /// Length of the word at `begin`; 0: there is none.
  std::size_t match(const std::u32string& text, std::size_t begin) const {
    const auto bucket = by_first.find(text[begin]);
    if (bucket == by_first.end()) return 0;
    for (const auto& word : bucket->second) {
      if (text.compare(begin, word.size(), word) == 0 && stands_alone(text, begin, begin + word.size())) {
        return word.size();
      }
    }
    return 0;
  }
};

WordFilter::WordFilter(std::string_view list, Action action) : action_(action) {
  auto words = std::make_unique<Words>();
  while (!list.empty()) {
    const auto line = list.substr(0, list.find('\n'));
    list.remove_prefix(std::min(line.size() + 1, list.size()));
    const auto word = trimmed(line);
    if (word.empty() || word.front() == '#') continue;
    auto folded = fold(word).text;
    if (folded.empty()) continue;
    auto& bucket = words->by_first[folded.front()];
    if (std::ranges::find(bucket, folded) != bucket.end()) continue;
    bucket.push_back(std::move(folded));
    ++words->count;
  }
  for (auto& [first, bucket] : words->by_first) {
    std::ranges::sort(bucket, std::greater<>(), &std::u32string::size);
  }
  words_ = std::move(words);
}

WordFilter::~WordFilter() = default;

std::size_t WordFilter::size() const {
  return words_->count;
}

core::result<std::shared_ptr<const WordFilter>> WordFilter::load(const std::string& path, Action action) {
  std::ifstream file(path, std::ios::binary);
  std::string list((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  if (!file) return core::Error(errors::server_unavailable, path + " cannot be read");
  if (list.size() > most_bytes) return core::Error(errors::server_unavailable, path + " is larger than 4 MiB");
  return std::make_shared<const WordFilter>(list, action);
}

core::result<void> WordFilter::apply(std::string& text) const {
  if (words_->count == 0) return {};
  const auto folded = fold(text);
  std::vector<Folded::Place> found;
  for (std::size_t at = 0; at < folded.text.size();) {
    const auto length = words_->match(folded.text, at);
    if (length == 0) {
      ++at;
      continue;
    }
    if (action_ == Action::refuse) return errors::chat_blocked_word;
    found.push_back({folded.places[at].begin, folded.places[at + length - 1].end});
    at += length;
  }
  for (auto place = found.rbegin(); place != found.rend(); ++place) mask(text, place->begin, place->end);
  return {};
}

}  // namespace netherlink::im
