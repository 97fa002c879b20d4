#pragma once

#include <cstdint>
#include <random>
#include <string>
#include <vector>

namespace netherlink::test {

/// Sentences of made-up words, as often as in a language: the n-th has a share of 1/n. One in ten ends in Japanese.
class Language {
 public:
  static constexpr const char* japanese = "今日は天気";

  explicit Language(std::size_t words);

  const std::string& word(std::size_t rank) const { return words_[rank]; }
  std::size_t size() const { return words_.size(); }

  struct Sentence {
    std::vector<std::uint32_t> ranks;
    bool japanese = false;
  };
  Sentence sentence();
  std::string text(const Sentence& sentence) const;

 private:
  std::vector<std::string> words_;
  std::vector<std::uint32_t> by_share_;  // a word stands here as often as it is said
  std::mt19937_64 random_{7};
};

struct BulkSizes {
  long messages = 1'000'000;
  long conversations = 500;  // beside world, which has half of the messages
};

/// Fills a migrated, empty database that nobody has open, straight through SQLite: messages from a while ago up to now,
/// and their search index in its own order, which is many times faster than message by message. Answers how many tokens
/// there are.
std::size_t fill_in_bulk(const std::string& database, Language& language, const BulkSizes& sizes,
                         const std::vector<std::string>& conversations);

}  // namespace netherlink::test
