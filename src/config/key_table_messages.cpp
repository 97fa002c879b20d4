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
};
#undef AT

}  // namespace

std::span<const Key> message_keys() {
  return table;
}

}  // namespace netherlink::config
