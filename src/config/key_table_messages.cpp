#include "config/keys.hpp"

namespace netherlink::config {
namespace {

constexpr std::int64_t min = 60'000, h = 60 * min, d = 24 * h;  // durations, in milliseconds

constexpr std::string_view word_actions[] = {"mask", "refuse"};

// The way to a member of Config.
#define AT(path)             \
  +[](Config & c) -> auto& { \
    return c.path;           \
  }

constexpr Key table[] = {
    {.name = "messages.recall_window",
     .target = AT(messages.recall_window),
     .initial = "2m",
     .meaning = "How long one may recall what one said.",
     .range = {0, 3650 * d}},
    {.name = "messages.reactions",
     .target = AT(messages.reactions),
     .initial = "20",
     .meaning = "Kinds of reactions on one message.",
     .range = {0, 100}},
    {.name = "messages.reaction_bytes",
     .target = AT(messages.reaction_bytes),
     .initial = "64",
     .meaning = "Longest reaction, in UTF-8.",
     .range = {4, 256},
     .unit = Unit::bytes},
    {.name = "messages.typing_interval",
     .target = AT(messages.typing_interval),
     .initial = "3s",
     .meaning = "Others are told at most this often that somebody types.",
     .range = {100, h}},
    {.name = "messages.words_file",
     .target = AT(messages.words_file),
     .meaning = "Words and phrases that may not be said, one in each line; none if empty. Found whatever their case, "
                "width or composition. Read again on SIGHUP.",
     .reloadable = true},
    {.name = "messages.words_action",
     .target = AT(messages.words_action),
     .initial = "mask",
     .meaning = "What becomes of them: each character becomes `*`, or the message is refused with "
                "`chat.blocked_word`.",
     .choices = word_actions,
     .reloadable = true},
    {.name = "search.enabled",
     .target = AT(search.enabled),
     .initial = "true",
     .meaning = "Whether messages can be searched. Those from before it was switched on are found after a while."},
    {.name = "search.query_chars",
     .target = AT(search.query_chars),
     .initial = "1",
     .meaning = "Fewest letters and digits of a query.",
     .range = {1, 10}},
    {.name = "search.query_bytes",
     .target = AT(search.query_bytes),
     .initial = "256",
     .meaning = "Longest query, in UTF-8.",
     .range = {16, 4096},
     .unit = Unit::bytes},
    {.name = "search.query_words",
     .target = AT(search.query_words),
     .initial = "16",
     .meaning = "Words and phrases of a query.",
     .range = {1, 64}},
    {.name = "search.message_tokens",
     .target = AT(search.message_tokens),
     .initial = "2000",
     .meaning = "Different words, characters and pairs of characters by which one message is found; those that come "
                "first.",
     .range = {16, 10'000}},
    {.name = "search.conversations",
     .target = AT(search.conversations),
     .initial = "1000",
     .meaning = "Conversations that a search in all of them looks into: those in which something was said last.",
     .range = {1, 100'000}},
    {.name = "search.candidates",
     .target = AT(search.candidates),
     .initial = "5000",
     .meaning = "Messages that one request reads, about. A rarer find takes several pages.",
     .range = {100, 1'000'000}},
};
#undef AT

}  // namespace

std::span<const Key> message_keys() {
  return table;
}

}  // namespace netherlink::config
