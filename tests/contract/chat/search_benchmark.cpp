#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>

#include "chat_fixture.hpp"
#include "contract/store/batches.hpp"
#include "im/search/text.hpp"
#include "search_bulk.hpp"

// Not run by default: contract_chat "[.search-bench]". NETHERLINK_BENCH="messages conversations" changes the sizes;
// TMPDIR says where: a million messages take about 400 MB. NETHERLINK_BENCH_DATABASE names a file of the same disk:
// what was filled is kept there, and used again when it is there. docs/search.md has what came out.

namespace netherlink::test {
namespace {

using Clock = std::chrono::steady_clock;

constexpr core::UserId person = 1;
constexpr std::size_t live_messages = 20'000;

double seconds_since(Clock::time_point begun) {
  return std::chrono::duration<double>(Clock::now() - begun).count();
}

double size_of(const ChatFixture& fixture) {
  return static_cast<double>(std::filesystem::file_size(fixture.database()));
}

void fill(ChatFixture& fixture, Language& language, const BulkSizes& sizes,
          const std::vector<std::string>& conversations) {
  namespace fs = std::filesystem;
  const auto begun = Clock::now();
  const char* kept = std::getenv("NETHERLINK_BENCH_DATABASE");
  std::size_t tokens = 0;
  fixture.restart([&] {
    if (kept != nullptr && fs::exists(kept)) {
      fs::remove(fixture.database());
      fs::create_hard_link(kept, fixture.database());
      return;
    }
    tokens = fill_in_bulk(fixture.database(), language, sizes, conversations);
    if (kept != nullptr) fs::create_hard_link(fixture.database(), kept);
  });
  std::printf("%ld messages with %zu tokens written in %.0f s, %.0f MiB\n", sizes.messages, tokens,
              seconds_since(begun), size_of(fixture) / (1024 * 1024));
  std::fflush(stdout);
}

/// Through the message path of the store, beside all that is there.
void say_more(ChatFixture& fixture, Language& language, const std::vector<std::string>& conversations) {
  store::testing::Owner owner(fixture.store->messages(), 0);
  const auto run = std::to_string(core::now_ms());  // the database may have those of another run
  for (std::size_t number = 0; number < live_messages;) {
    std::vector<store::testing::Conversation> batch;
    for (std::size_t c = 0; c < 50; ++c) {
      std::vector<im::Message> messages;
      for (int m = 0; m < (c == 0 ? 50 : 1); ++m) {
        messages.push_back(
            owner.message(person, run + '-' + std::to_string(++number), language.text(language.sentence())));
      }
      const auto& id = c == 0 ? conversations[0] : conversations[1 + (number + c) % (conversations.size() - 1)];
      batch.push_back(owner.conversation(id, std::move(messages)));
    }
    // One conversation is not twice in a batch.
    std::ranges::sort(batch, {}, &store::testing::Conversation::id);
    const auto twice = std::ranges::unique(batch, {}, &store::testing::Conversation::id);
    batch.erase(twice.begin(), twice.end());
    auto made = owner.batch(std::move(batch));
    REQUIRE(*fixture.store->messages().append(made) == im::MessageStore::Append::committed);
  }
}

/// As the indexer does it, without its rests. Answers how many tokens there were.
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

void measure(ChatFixture& fixture, const char* name, const std::string& query) {
  for (const bool everywhere : {false, true}) {
    std::vector<double> times;
    std::size_t found = 0;
    bool more = false;
    for (int i = 0; i < 11; ++i) {
      im::SearchRequest request{.user_id = person, .text = query, .conversation = {}, .before = 0, .limit = 50};
      if (!everywhere) request.conversation = im::ConversationId::world();
      const auto begun = Clock::now();
      const auto page = fixture.chat->search(request);
      REQUIRE(page.has_value());
      times.push_back(seconds_since(begun) * 1000);
      found = page->hits.size();
      more = page->next != 0;
    }
    const double first = times.front();
    std::ranges::sort(times);
    std::printf("%-34s %-12s %3zu hits%s  first %7.1f ms  median %7.1f ms\n", name, everywhere ? "everywhere" : "world",
                found, more ? "+" : " ", first, times[5]);
    std::fflush(stdout);
  }
}

}  // namespace

TEST_CASE("how long a search takes", "[.search-bench]") {
  BulkSizes sizes;
  if (const char* text = std::getenv("NETHERLINK_BENCH")) {
    REQUIRE(std::sscanf(text, "%ld %ld", &sizes.messages, &sizes.conversations) == 2);
  }
  Language language(60'000);
  ChatFixture fixture(ChatFixture::Search::off);
  std::vector<std::string> conversations{"world"};
  for (long c = 0; c < sizes.conversations; ++c) {
    const auto id = im::ConversationId::single(person, 1'000'000 + c);
    REQUIRE(fixture.store->conversations().ensure_single(id, 1));
    conversations.push_back(id.text);
  }
  fill(fixture, language, sizes, conversations);
  say_more(fixture, language, conversations);
  const auto begun = Clock::now();
  const auto more = index_all(fixture.store->search());
  const double took = seconds_since(begun);
  fixture.limits.search.enabled = true;
  fixture.restart();
  std::printf("%zu messages more indexed in %.1f s (%.0f a second), %zu tokens\n", live_messages, took,
              static_cast<double>(live_messages) / took, more);
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
