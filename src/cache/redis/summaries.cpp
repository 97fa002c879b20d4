#include "cache/redis/summaries.hpp"

#include "cache/memory/summaries.hpp"
#include "cache/redis/keys.hpp"

namespace netherlink::cache::redis {
namespace {

constexpr char value_mark = 'v';  // before the bytes: an empty summary is not a tombstone

struct FindCall : Waiting {
  explicit FindCall(std::size_t count) : Waiting(count), found(count) {}
  std::vector<EntryBytes> found;
};

Command forget_command(std::string key) {
  Command command;
  command.args = {"SET", std::move(key), "", "PX", std::to_string(tombstone_ttl.count())};
  command.scoped = true;
  return command;
}

}  // namespace

std::vector<EntryBytes> RedisSummaries::find(std::span<const std::string> keys) {
  std::vector<EntryBytes> found(keys.size());
  std::size_t hits = 0;
  if (!keys.empty() && client_.usable()) {
    const auto call = std::make_shared<FindCall>(keys.size());
    std::vector<Command> commands(keys.size());
    for (std::size_t i = 0; i < keys.size(); ++i) {
      auto& command = commands[i];
      command.args = {"GET", keys::summary(keys[i])};
      command.scoped = command.hurried = true;
      command.done = [call, i](const Reply* reply) {
        if (reply != nullptr && reply->text().starts_with(value_mark)) {
          call->found[i] = std::make_shared<const std::string>(reply->text().substr(1));
        }
        call->arrive();
      };
    }
    client_.send(std::move(commands));
    if (call->wait()) found = std::move(call->found);
    for (std::size_t i = 0; i < keys.size(); ++i) {
      if (found[i] && invalidations_.pending(keys::summary(keys[i]))) found[i] = nullptr;
      if (found[i]) ++hits;
    }
  }
  if (hits > 0) hits_.add(static_cast<double>(hits));
  if (hits < keys.size()) misses_.add(static_cast<double>(keys.size() - hits));
  return found;
}

void RedisSummaries::put(std::string_view key, std::string bytes, std::chrono::milliseconds ttl) {
  if (!client_.usable() || ttl.count() <= 0) return;
  auto name = keys::summary(key);
  if (invalidations_.pending(name)) return;
  bytes.insert(bytes.begin(), value_mark);
  auto command = script_command(scripts::put, std::move(name), {std::move(bytes), std::to_string(ttl.count())});
  command.scoped = true;
  client_.send(std::move(command));
}

void RedisSummaries::forget(std::string_view key) {
  auto name = keys::summary(key);
  const auto call = std::make_shared<Waiting>(1);
  auto command = forget_command(name);
  command.done = [this, call, name](const Reply* reply) {
    if (reply == nullptr) invalidations_.add(name, forget_command(name));
    call->arrive();
  };
  client_.send(std::move(command));
  call->wait();
}

}  // namespace netherlink::cache::redis
