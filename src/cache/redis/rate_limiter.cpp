#include "cache/redis/rate_limiter.hpp"

#include <boost/asio/post.hpp>
#include <charconv>

#include "cache/redis/keys.hpp"

namespace netherlink::cache::redis {

std::optional<std::chrono::milliseconds> SharedRateLimiter::take(std::string_view key, BucketSize size, double tokens) {
  const auto wait = local_.take(key, size, tokens);
  if (!wait && client_.usable()) note(key, size, tokens);
  return wait;
}

void SharedRateLimiter::note(std::string_view key, BucketSize size, double tokens) {
  std::lock_guard lock(mutex_);
  auto found = debits_.find(std::string(key));
  if (found == debits_.end()) {
    if (debits_.size() >= max_debits) return;
    found = debits_.emplace(key, Debit{}).first;
  }
  found->second.size = size;
  found->second.unsent += tokens;
  if (std::exchange(scheduled_, true)) return;
  asio::post(client_.io(), [this] {
    timer_.expires_after(batch_time);
    timer_.async_wait([this](boost::system::error_code ec) {
      if (!ec) flush();
    });
  });
}

void SharedRateLimiter::flush() {
  std::vector<Command> commands;
  {
    std::lock_guard lock(mutex_);
    scheduled_ = false;
    for (auto& [key, debit] : debits_) {
      const double sent = std::exchange(debit.unsent, 0);
      if (sent <= 0) continue;
      debit.unanswered += sent;
      auto command = script_command(
          scripts::debit, keys::bucket(key),
          {std::to_string(debit.size.burst), std::to_string(debit.size.per_second), std::to_string(sent)});
      command.done = [this, name = key, sent](const Reply* reply) { settle(name, sent, reply); };
      commands.push_back(std::move(command));
    }
  }
  client_.send(std::move(commands));
}

void SharedRateLimiter::settle(const std::string& key, double sent, const Reply* reply) {
  std::lock_guard lock(mutex_);
  const auto found = debits_.find(key);
  if (found == debits_.end()) return;
  auto& debit = found->second;
  debit.unanswered -= sent;
  double left = 0;
  const auto text = reply != nullptr ? reply->text() : std::string_view();
  if (std::from_chars(text.data(), text.data() + text.size(), left).ec == std::errc()) {
    local_.correct(key, debit.size, left - debit.unsent - debit.unanswered);
  }
  constexpr double nothing = 1e-9;  // sums of fractions
  if (debit.unsent <= 0 && debit.unanswered < nothing) debits_.erase(found);
}

}  // namespace netherlink::cache::redis
