#include "search_bulk.hpp"

#include <sqlite3.h>

#include <algorithm>
#include <numeric>

#include "im/search/text.hpp"
#include "netherlink/core/ids.hpp"
#include "netherlink/id/snowflake.hpp"
#include "support/catch.hpp"

namespace netherlink::test {
namespace {

constexpr std::size_t share_slots = 1 << 20;
constexpr std::int64_t messages_per_ms = 8;

/// A database of one's own, with nothing that keeps it safe.
class Unsafe {
 public:
  explicit Unsafe(const std::string& path) {
    REQUIRE(sqlite3_open(path.c_str(), &handle_) == SQLITE_OK);
    run("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA locking_mode = EXCLUSIVE; "
        "PRAGMA cache_size = -1000000; BEGIN");
  }
  ~Unsafe() {
    run("COMMIT; PRAGMA locking_mode = NORMAL; PRAGMA journal_mode = WAL");
    sqlite3_close(handle_);
  }
  Unsafe(const Unsafe&) = delete;
  Unsafe& operator=(const Unsafe&) = delete;

  sqlite3* handle() { return handle_; }
  void run(const std::string& sql) {
    REQUIRE(sqlite3_exec(handle_, sql.c_str(), nullptr, nullptr, nullptr) == SQLITE_OK);
  }

 private:
  sqlite3* handle_ = nullptr;
};

class Insert {
 public:
  Insert(Unsafe& database, const char* sql) {
    REQUIRE(sqlite3_prepare_v2(database.handle(), sql, -1, &statement_, nullptr) == SQLITE_OK);
  }
  ~Insert() { sqlite3_finalize(statement_); }
  Insert(const Insert&) = delete;
  Insert& operator=(const Insert&) = delete;

  void number(int column, std::int64_t value) { sqlite3_bind_int64(statement_, column, value); }
  void text(int column, const std::string& value) {
    sqlite3_bind_text(statement_, column, value.data(), static_cast<int>(value.size()), SQLITE_STATIC);
  }
  void blob(int column, const std::string& value) {
    sqlite3_bind_blob(statement_, column, value.data(), static_cast<int>(value.size()), SQLITE_STATIC);
  }
  void done() {
    if (sqlite3_step(statement_) != SQLITE_DONE) FAIL("a row was refused");
    sqlite3_reset(statement_);
  }

 private:
  sqlite3_stmt* statement_ = nullptr;
};

/// Numbers of words in the order of the index: those of the language, then those of its Japanese.
struct Vocabulary {
  std::vector<std::string> tokens;         // ascending
  std::vector<std::uint32_t> of_rank;      // where the word of a rank is among them
  std::vector<std::uint32_t> of_japanese;  // and these

  explicit Vocabulary(const Language& language) {
    std::vector<std::uint32_t> order(language.size());
    std::iota(order.begin(), order.end(), 0U);
    std::ranges::sort(order, {}, [&](std::uint32_t rank) -> const std::string& { return language.word(rank); });
    of_rank.resize(order.size());
    for (const auto rank : order) {
      of_rank[rank] = static_cast<std::uint32_t>(tokens.size());
      tokens.push_back(language.word(rank));
    }
    // Every byte of theirs is above those of the words.
    for (auto& token : im::search::tokens_of(Language::japanese, 100)) {
      of_japanese.push_back(static_cast<std::uint32_t>(tokens.size()));
      tokens.push_back(std::move(token));
    }
  }
};

/// What is said in one conversation.
struct Said {
  std::vector<std::int64_t> ids;
  std::vector<std::pair<std::uint32_t, std::uint32_t>> words;  // of the vocabulary, in which of the ids

  void add(const Language::Sentence& sentence, const Vocabulary& vocabulary, std::int64_t id) {
    const auto number = static_cast<std::uint32_t>(ids.size());
    ids.push_back(id);
    auto ranks = sentence.ranks;
    std::ranges::sort(ranks);
    ranks.erase(std::unique(ranks.begin(), ranks.end()), ranks.end());
    for (const auto rank : ranks) words.emplace_back(vocabulary.of_rank[rank], number);
    if (!sentence.japanese) return;
    for (const auto word : vocabulary.of_japanese) words.emplace_back(word, number);
  }

  /// Those ids of each word together, in the order of the words: words.size() of them, and where each begins.
  std::vector<std::uint32_t> sorted(std::size_t vocabulary, std::vector<std::size_t>& begins) const {
    begins.assign(vocabulary + 1, 0);
    for (const auto& [word, number] : words) ++begins[word + 1];
    std::partial_sum(begins.begin(), begins.end(), begins.begin());
    auto next = begins;
    std::vector<std::uint32_t> numbers(words.size());
    for (const auto& [word, number] : words) numbers[next[word]++] = number;
    return numbers;
  }
};

void insert_tokens(Unsafe& database, const Vocabulary& vocabulary, const std::vector<Said>& all) {
  Insert insert(database, "INSERT INTO search_tokens (conversation, token, message_id) VALUES (?, ?, ?)");
  std::vector<std::size_t> begins;
  for (std::size_t c = 0; c < all.size(); ++c) {
    const auto numbers = all[c].sorted(vocabulary.tokens.size(), begins);
    insert.number(1, static_cast<std::int64_t>(c) + 1);
    for (std::size_t word = 0; word < vocabulary.tokens.size(); ++word) {
      if (begins[word] == begins[word + 1]) continue;
      insert.blob(2, vocabulary.tokens[word]);
      for (auto i = begins[word]; i < begins[word + 1]; ++i) {
        insert.number(3, all[c].ids[numbers[i]]);
        insert.done();
      }
    }
  }
}

}  // namespace

Language::Language(std::size_t words) {
  constexpr const char* syllables[]{"ba", "ce", "di", "fo", "gu", "ha", "ki", "lo", "me", "nu", "pa", "re", "si", "to"};
  double total = 0;
  for (std::size_t n = 0; n < words; ++n) total += 1 / static_cast<double>(n + 1);
  for (std::size_t n = 0; n < words; ++n) {
    std::string word;
    for (auto rest = n + 14; rest > 0; rest /= 14) word += syllables[rest % 14];
    words_.push_back(std::move(word));
    const auto slots = std::max(1.0, share_slots / total / static_cast<double>(n + 1));
    by_share_.insert(by_share_.end(), static_cast<std::size_t>(slots), static_cast<std::uint32_t>(n));
  }
}

Language::Sentence Language::sentence() {
  Sentence sentence;
  for (auto length = 4 + random_() % 12; length > 0; --length) {
    sentence.ranks.push_back(by_share_[random_() % by_share_.size()]);
  }
  sentence.japanese = random_() % 10 == 0;
  return sentence;
}

std::string Language::text(const Sentence& sentence) const {
  std::string text;
  for (const auto rank : sentence.ranks) {
    text += words_[rank];
    text += ' ';
  }
  if (sentence.japanese) text += japanese;
  return text;
}

std::size_t fill_in_bulk(const std::string& database_path, Language& language, const BulkSizes& sizes,
                         const std::vector<std::string>& conversations) {
  const Vocabulary vocabulary(language);
  Unsafe database(database_path);
  std::vector<Said> all(conversations.size());
  const auto now = core::now_ms(), begun = now - id::epoch_ms - sizes.messages / messages_per_ms - 1000;
  {
    Insert insert(database,
                  "INSERT INTO messages (message_id, conversation, seq, sender_id, client_msg_id, client_key, kind, "
                  "status, revision, reply_to, sent_at, edited_at, mentions, extra, content) VALUES (?, ?, ?, 1, ?, ?, "
                  "0, 0, 0, 0, ?, 0, '', '', ?)");
    for (long i = 0; i < sizes.messages; ++i) {
      // The first of them is world.
      const auto c = i % 2 == 0 ? 0 : 1 + static_cast<std::size_t>(i / 2) % (conversations.size() - 1);
      const auto sentence = language.sentence();
      const auto time = begun + i / messages_per_ms;
      const auto id = time << (id::machine_bits + id::sequence_bits) | (i % messages_per_ms);
      all[c].add(sentence, vocabulary, id);
      const auto content = language.text(sentence), name = "m" + std::to_string(i);
      insert.number(1, id);
      insert.number(2, static_cast<std::int64_t>(c) + 1);
      insert.number(3, static_cast<std::int64_t>(all[c].ids.size()));
      insert.text(4, name);
      insert.number(5, i);
      insert.number(6, time + id::epoch_ms);
      insert.text(7, content);
      insert.done();
    }
  }
  std::int64_t last = 0;
  std::size_t tokens = 0;
  for (std::size_t c = 0; c < all.size(); ++c) {
    const auto key = std::to_string(c + 1);
    database.run(
        "INSERT INTO conversations (id, conversation_id, partition_number, last_seq, revision, updated_at) "
        "VALUES (" +
        key + ", '" + conversations[c] + "', 0, " + std::to_string(all[c].ids.size()) + ", 0, " + std::to_string(now) +
        ")");
    tokens += all[c].words.size();
    if (!all[c].ids.empty()) last = std::max(last, all[c].ids.back());
  }
  insert_tokens(database, vocabulary, all);
  const auto newest = std::to_string(last);
  database.run("INSERT INTO partition_owner (partition_number, epoch, last_id) VALUES (0, 1, " + newest +
               ") ON CONFLICT (partition_number) DO UPDATE SET last_id = excluded.last_id");
  database.run("INSERT INTO search_progress (partition_number, last_id) VALUES (0, " + newest + ")");
  return tokens;
}

}  // namespace netherlink::test
