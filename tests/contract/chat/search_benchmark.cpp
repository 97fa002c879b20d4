#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <random>

#include "chat_fixture.hpp"
#include "contract/store/batches.hpp"
#include "im/search/text.hpp"

// Not run by default: contract_chat "[.search-bench]". NETHERLINK_BENCH="messages conversations" changes the sizes:
// half of the messages are in `world`, the others in single conversations of one person.

namespace netherlink::test {
namespace {

using Clock = std::chrono::steady_clock;

struct Sizes {
  long messages = 1'000'000, conversations = 500;

  Sizes() {
    if (const char* text = std::getenv("NETHERLINK_BENCH")) std::sscanf(text, "%ld %ld", &messages, &conversations);
  }
};

double seconds_since(Clock::time_point begun) {
  return std::chrono::duration<double>(Clock::now() - begun).count();
}

/// Words as often as in a language: the n-th has a share of 1/n.
class Language {
 public:
  explicit Language(std::size_t words) {
    constexpr const char* syllables[]{"ba", "ce", "di", "fo", "gu", "ha", "ki",
                                      "lo", "me", "nu", "pa", "re", "si", "to"};
    double total = 0;
    for (std::size_t n = 0; n < words; ++n) {
      std::string word;
      for (auto rest = n + 14; rest > 0; rest /= 14) word += syllables[rest % 14];
      words_.push_back(std::move(word));
      shares_.push_back(total += 1 / static_cast<double>(n + 1));
    }
  }

  const std::string& word(std::size_t rank) const { return words_[rank]; }
  std::string sentence() {
    std::uniform_real_distribution<double> share(0, shares_.back());
    std::string text;
    for (auto length = 4 + random_() % 12; length > 0; --length) {
      const auto found = std::ranges::lower_bound(shares_, share(random_));
      text += words_[static_cast<std::size_t>(found - shares_.begin())];
      text += ' ';
    }
    if (random_() % 10 == 0) text += "今日は天気";
    return text;
  }

 private:
  std::vector<std::string> words_;
  std::vector<double> shares_;
  std::mt19937_64 random_{7};
};

constexpr core::UserId person = 1;

void fill(ChatFixture& fixture, Language& language, const Sizes& sizes) {
  store::testing::Owner owner(fixture.store->messages(), 0);
  std::vector<std::string> ids;
  for (long c = 0; c < sizes.conversations; ++c) {
    const auto id = im::ConversationId::single(person, 1'000'000 + c);
    REQUIRE(fixture.store->conversations().ensure_single(id, 1));
    ids.push_back(id.text);
  }
  long number = 0;
  while (number < sizes.messages) {
    std::vector<store::testing::Conversation> batch;
    const auto add = [&](const std::string& id, long count) {
      std::vector<im::Message> messages;
      for (long m = 0; m < count; ++m) {
        messages.push_back(owner.message(person, "m" + std::to_string(++number), language.sentence()));
      }
      batch.push_back(owner.conversation(id, std::move(messages)));
    };
    add("world", 1000);
    for (long c = 0; c < 50; ++c) add(ids[static_cast<std::size_t>(number / 20 + c) % ids.size()], 20);
    // One conversation is not twice in a batch.
    std::ranges::sort(batch, {}, &store::testing::Conversation::id);
    const auto twice = std::ranges::unique(batch, {}, &store::testing::Conversation::id);
    batch.erase(twice.begin(), twice.end());
    auto made = owner.batch(std::move(batch));
    REQUIRE(*fixture.store->messages().append(made) == im::MessageStore::Append::committed);
  }
}

/// As the indexer does it, without its rests. Answers how many tokens there are.
std::size_t index_all(im::SearchIndex& index) {
  std::size_t tokens = 0;
  for (;;) {
    auto all = store::testing::must(index.progress());
    std::erase_if(all, [](const auto& progress) { return progress.indexed >= progress.written; });
    if (all.empty()) return tokens;
    const auto before = all.front();
    const auto texts = store::testing::must(index.texts(0, before.indexed, before.written, 500));
    std::vector<im::SearchIndex::Entry> entries;
    for (const auto& text : texts) {
      for (auto& token : im::search::tokens_of(text.content, 2000)) {
        entries.push_back({text.conversation, std::move(token), text.id});
      }
    }
    std::ranges::sort(entries);
    tokens += entries.size();
    const auto after = texts.size() < 500 ? before.written : texts.back().id;
    REQUIRE(store::testing::must(index.add(std::span(&before, 1), std::span(&after, 1), entries)));
  }
}

void measure(ChatFixture& fixture, std::string_view name, const std::string& query) {
  for (const bool everywhere : {false, true}) {
    std::vector<double> times;
    std::size_t found = 0;
    for (int i = 0; i < 11; ++i) {
      im::SearchRequest request{.user_id = person, .text = query, .conversation = {}, .before = 0, .limit = 50};
      if (!everywhere) request.conversation = im::ConversationId::world();
      const auto begun = Clock::now();
      const auto page = fixture.chat->search(request);
      REQUIRE(page.has_value());
      times.push_back(seconds_since(begun) * 1000);
      found = page->hits.size();
    }
    const double first = times.front();
    std::ranges::sort(times);
    std::printf("%-34.*s %-12s %3zu hits  first %7.1f ms  median %7.1f ms\n", static_cast<int>(name.size()),
                name.data(), everywhere ? "everywhere" : "world", found, first, times[5]);
    std::fflush(stdout);
  }
}

}  // namespace

TEST_CASE("how long a search takes", "[.search-bench]") {
  const Sizes sizes;
  Language language(60'000);
  ChatFixture fixture(ChatFixture::Search::off);
  auto begun = Clock::now();
  fill(fixture, language, sizes);
  const double mib = 1024.0 * 1024;
  fixture.restart();
  const auto plain = std::filesystem::file_size(fixture.database());
  std::printf("%ld messages written in %.0f s, %.0f MiB\n", sizes.messages, seconds_since(begun),
              static_cast<double>(plain) / mib);
  std::fflush(stdout);
  begun = Clock::now();
  const auto tokens = index_all(fixture.store->search());
  const double took = seconds_since(begun);
  fixture.limits.search.enabled = true;
  fixture.restart();
  const auto indexed = std::filesystem::file_size(fixture.database());
  std::printf("%zu tokens written in %.0f s (%.0f messages/s), %.0f MiB: %.1f bytes a token, %.0f a message\n", tokens,
              took, static_cast<double>(sizes.messages) / took, static_cast<double>(indexed - plain) / mib,
              static_cast<double>(indexed - plain) / static_cast<double>(tokens),
              static_cast<double>(indexed - plain) / static_cast<double>(sizes.messages));
  std::fflush(stdout);

  measure(fixture, "the commonest word", '"' + language.word(0) + '"');
  measure(fixture, "a rare word", language.word(50'000));
  measure(fixture, "a word that nobody said", "xyzzy");
  measure(fixture, "two common words", language.word(3) + ' ' + language.word(5));
  measure(fixture, "a common and a rare word", language.word(0) + ' ' + language.word(40'000));
  measure(fixture, "a phrase of common words", '"' + language.word(2) + ' ' + language.word(4) + '"');
  measure(fixture, "one letter", "b");
  measure(fixture, "two letters, twice", "ba ce");
  measure(fixture, "Japanese, 1 character", "天");
  measure(fixture, "Japanese, 5 characters", "今日は天気");
  measure(fixture, "Japanese, side by side nowhere", "日天");
}

}  // namespace netherlink::test
