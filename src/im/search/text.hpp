#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace netherlink::im::search {

constexpr std::size_t token_bytes = 64;  // what is longer is cut

/// What a text is compared by: a word, or one character of a script that puts no blanks between words, or an emoji.
struct Unit {
  enum class Kind { word, character, symbol };

  std::string text;                // NFKC, case folded, without accents; at most token_bytes
  std::size_t begin = 0, end = 0;  // its bytes in the original
  Kind kind = Kind::word;
  bool joined = false;  // nothing but what is invisible stands between it and the unit before
};

/// Of valid UTF-8, in order. Pure.
std::vector<Unit> units_of(std::string_view text);

/// A bigram: what finds two characters that stand side by side.
std::string pair_of(const Unit& first, const Unit& second);
inline bool are_pair(const Unit& first, const Unit& second) {
  return second.joined && first.kind == Unit::Kind::character && second.kind == Unit::Kind::character;
}

/// What a message is found by: its words, characters, pairs of characters and emoji, each once, ascending; of a text
/// that has more than `most`, those that come first.
std::vector<std::string> tokens_of(std::string_view text, std::size_t most);

}  // namespace netherlink::im::search
