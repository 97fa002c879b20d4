#include "cache/redis/hot_messages.hpp"

#include <cassert>
#include <charconv>

#include "cache/redis/keys.hpp"

namespace netherlink::cache::redis {
namespace {

constexpr std::string_view time_to_live = "1800000";  // ms
// A list is trimmed and its life prolonged with every so many entries, or after this time.
constexpr std::size_t tend_after = 64;
constexpr std::chrono::minutes tend_every{5};

std::string encoded(core::Seq seq, const std::string& bytes) {
  auto text = std::to_string(seq);
  text.reserve(text.size() + 1 + bytes.size());
  text += ':';
  text += bytes;
  return text;
}

std::optional<HotEntry> decoded(std::string_view text) {
  HotEntry entry;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), entry.seq);
  const auto digits = static_cast<std::size_t>(end - text.data());
  if (error != std::errc() || digits == text.size() || text[digits] != ':') return std::nullopt;
  entry.bytes = std::make_shared<const std::string>(text.substr(digits + 1));
  return entry;
}

struct RangeCall : Waiting {
  RangeCall() : Waiting(1) {}

  void take(const Reply& reply, core::Seq from, core::Seq to) {
    std::vector<HotEntry> run;
    run.reserve(reply.size());
    for (std::size_t i = 0; i < reply.size(); ++i) {
      auto entry = decoded(reply[i].text());
      if (!entry || entry->seq != from + static_cast<core::Seq>(i)) return;
      run.push_back(std::move(*entry));
    }
    if (static_cast<core::Seq>(run.size()) == to - from + 1) entries = std::move(run);
  }

  std::optional<std::vector<HotEntry>> entries;
};

Command forget_command(std::string key) {
  Command command;
  command.args = {"DEL", std::move(key)};
  command.scoped = true;
  return command;
}

}  // namespace

void RedisHotMessages::append(std::string_view conversation, std::span<const HotEntry> run) {
  if (run.empty() || !client_.usable()) return;
  if (run.size() > per_conversation_) run = run.last(per_conversation_);
  const auto key = keys::hot(conversation);
  const bool due = tend(key, run.size());
  std::vector<Command> commands(due ? 3 : 1);
  auto& push = commands[0].args;
  push.reserve(2 + run.size());
  // A list that is gone is not begun without a time to live.
  push = {due ? "RPUSH" : "RPUSHX", key};
  for (const auto& entry : run) push.push_back(encoded(entry.seq, *entry.bytes));
  commands[0].done = [this, key](const Reply* reply) {
    if (reply == nullptr || reply->integer() == 0) neglect(key);
  };
  if (due) {
    commands[1].args = {"LTRIM", key, "-" + std::to_string(per_conversation_), "-1"};
    commands[2].args = {"PEXPIRE", key, std::string(time_to_live)};
  }
  for (auto& command : commands) command.scoped = true;
  client_.send(std::move(commands));
}

/// True: it is time to trim the list and to prolong its life.
bool RedisHotMessages::tend(const std::string& key, std::size_t entries) {
  const auto now = Clock::now();
  std::lock_guard lock(mutex_);
  if (tended_.size() >= max_tended) tended_.clear();
  const auto [found, fresh] = tended_.try_emplace(key);
  auto& tended = found->second;
  tended.appended += entries;
  if (!fresh && tended.appended < tend_after && now - tended.since < tend_every) return false;
  tended = {0, now};
  return true;
}

void RedisHotMessages::on_up() {
  std::lock_guard lock(mutex_);
  tended_.clear();
}

void RedisHotMessages::neglect(const std::string& key) {
  std::lock_guard lock(mutex_);
  tended_.erase(key);
}

std::optional<std::vector<HotEntry>> RedisHotMessages::range(std::string_view conversation, core::Seq from,
                                                             core::Seq to) {
  assert(from <= to);
  auto key = keys::hot(conversation);
  if (!client_.usable() || invalidations_.pending(key)) return std::nullopt;
  const auto call = std::make_shared<RangeCall>();
  auto command = script_command(scripts::range, std::move(key),
                                {std::to_string(from), std::to_string(to), std::to_string(per_conversation_)});
  command.scoped = command.hurried = true;
  command.done = [call, from, to](const Reply* reply) {
    if (reply != nullptr) call->take(*reply, from, to);
    call->arrive();
  };
  client_.send(std::move(command));
  if (!call->wait()) return std::nullopt;
  return std::move(call->entries);
}

void RedisHotMessages::replace(std::string_view conversation, core::Seq seq, EntryBytes bytes) {
  auto key = keys::hot(conversation);
  auto command = script_command(scripts::replace, key, {std::to_string(seq), encoded(seq, *bytes)});
  command.scoped = true;
  command.done = [this, key](const Reply* reply) {
    if (reply == nullptr) invalidations_.add(key, forget_command(key));
  };
  client_.send(std::move(command));
}

void RedisHotMessages::forget(std::string_view conversation) {
  auto key = keys::hot(conversation);
  auto command = forget_command(key);
  command.done = [this, key](const Reply* reply) {
    if (reply == nullptr) invalidations_.add(key, forget_command(key));
  };
  client_.send(std::move(command));
}

}  // namespace netherlink::cache::redis
