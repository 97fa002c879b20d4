// How RedisInterest gets into the registry and stays there. On the thread of the cache.
#include <algorithm>

#include "cache/redis/interest.hpp"
#include "cache/redis/keys.hpp"
#include "netherlink/log/log.hpp"

namespace netherlink::cache::redis {
namespace {

constexpr std::size_t refresh_turns = 600;  // ticks, of a second, in which every topic is refreshed once
constexpr std::size_t refresh_least = 16;   // buckets a tick
constexpr std::chrono::seconds lease_margin{1};

}  // namespace

void RedisInterest::on_up() {
  join(!joined_before_);
}

void RedisInterest::on_down() {
  std::lock_guard lock(mutex_);
  ++attempt_;
  state_ = State::away;
  answers_ = false;
  update_reliable();
}

void RedisInterest::tick() {
  if (leaving_) return;
  switch (state_) {
    case State::away:
      return;
    case State::joining:
      if (!heartbeat_open_) join(!joined_before_);
      return;
    case State::registering:
      heartbeat();
      if (piece_failed_ && open_ == 0) register_everything();
      return;
    case State::ready:
      heartbeat();
      retry_leftovers();
      refresh_slice();
      retry_late();
  }
}

/// `anew`: with an incarnation that Redis does not know yet.
void RedisInterest::join(bool anew) {
  {
    std::lock_guard lock(mutex_);
    ++attempt_;
    state_ = State::joining;
    answers_ = false;
    update_reliable();
  }
  send_heartbeat(anew);
}

void RedisInterest::heartbeat() {
  if (!heartbeat_open_) send_heartbeat(false);
}

void RedisInterest::send_heartbeat(bool anew) {
  heartbeat_open_ = true;
  others_.asked();
  const bool replaced = state_ == State::ready;
  std::lock_guard lock(mutex_);
  auto command =
      script_command(scripts::heartbeat, std::string(keys::alive),
                     {member_, std::to_string(lease.count()), anew ? "1" : "0", replaced ? former_ : std::string()});
  command.done = [this, anew, replaced, attempt = attempt_, sent = Clock::now()](const Reply* reply) {
    if (attempt != attempt_) return;
    heartbeat_open_ = false;
    if (reply == nullptr || reply->size() != 2) return;
    if (replaced) former_.clear();
    on_heartbeat(anew, *reply, sent);
  };
  client_.send(std::move(command));
}

void RedisInterest::on_heartbeat(bool anew, const Reply& reply, Clock::time_point sent) {
  const bool held = reply[0].integer() == 1;
  if (!held && !anew) return rejoin();
  std::vector<std::string> living;
  for (std::size_t i = 0; i < reply[1].size(); ++i) living.emplace_back(reply[1][i].text());
  others_.answered(std::move(living));
  lease_until_ = (sent + lease - lease_margin).time_since_epoch().count();
  if (state_ == State::joining) register_everything();
}

/// The lease ran out, or Redis lost what it had: others may be on their way back too, so that nobody knows for a while.
void RedisInterest::rejoin() {
  if (leaving_) return;
  log::warn("cache data lost", {{"instance", instance_}});
  doubt_until_ = (Clock::now() + doubt).time_since_epoch().count();
  {
    std::lock_guard lock(mutex_);
    former_ = std::exchange(member_, new_incarnation(instance_));
    leftovers_.clear();
  }
  join(true);
}

void RedisInterest::register_everything() {
  {
    std::lock_guard lock(mutex_);
    ++registration_;
    state_ = State::registering;
    late_.clear();
    registering_.clear();
    registering_.reserve(topics_.size());
    for (const auto& [topic, registration] : topics_) registering_.push_back(topic);
    update_reliable();
  }
  answers_ = true;
  piece_failed_ = false;
  open_ = 0;
  register_piece();
}

void RedisInterest::register_piece() {
  std::unique_lock lock(mutex_);
  std::vector<Command> commands;
  open_ = 0;
  while (!registering_.empty() && open_ < piece) {
    const auto topic = std::move(registering_.back());
    registering_.pop_back();
    if (!topics_.contains(topic)) continue;
    const auto confirmed = [this, topic, registration = registration_](const Reply* reply) {
      if (registration != registration_) return;
      if (reply == nullptr) piece_failed_ = true;
      confirm(topic, registration, reply);
      if (--open_ == 0 && !piece_failed_) register_piece();  // a failed one is tried again with the next tick
    };
    want(topic, false, confirmed, commands);
    ++open_;
  }
  if (open_ == 0) {
    lock.unlock();
    return on_registered();
  }
  client_.send(std::move(commands));
}

void RedisInterest::on_registered() {
  bool returned = false;
  {
    std::lock_guard lock(mutex_);
    state_ = State::ready;
    returned = std::exchange(joined_before_, true) || !topics_.empty();
    update_reliable();
  }
  retry_leftovers();
  if (returned) on_return_();
}

void RedisInterest::retry_late() {
  std::unique_lock lock(mutex_);
  if (late_.size() > piece) {
    lock.unlock();
    return register_everything();  // piece by piece, without waiting for ticks
  }
  std::vector<Command> commands;
  for (const auto& topic : late_) {
    const auto confirmed = [this, topic, registration = registration_](const Reply* reply) {
      confirm(topic, registration, reply);
    };
    want(topic, false, confirmed, commands);
  }
  client_.send(std::move(commands));
}

void RedisInterest::retry_leftovers() {
  std::lock_guard lock(mutex_);
  std::vector<Command> commands;
  while (!leftovers_.empty() && commands.size() < piece) {
    const auto topic = std::move(leftovers_.extract(leftovers_.begin()).value());
    if (!topics_.contains(topic)) commands.push_back(unwant(topic));
  }
  client_.send(std::move(commands));
}

/// Keeps the topics from expiring, and finds out when Redis lost some of them: evicted, or one server flushed.
void RedisInterest::refresh_slice() {
  std::lock_guard lock(mutex_);
  std::vector<Command> commands;
  const auto buckets = topics_.bucket_count();
  const auto turn = std::min(buckets, std::max(refresh_least, buckets / refresh_turns + 1));
  for (std::size_t i = 0; i < turn; ++i) {
    const auto bucket = refreshed_++ % buckets;
    for (auto entry = topics_.begin(bucket); entry != topics_.end(bucket); ++entry) {
      const auto& [topic, registration] = *entry;
      if (registration != registration_) continue;
      const auto refreshed = [this, kept = registration_](const Reply* reply) {
        const bool lost = reply != nullptr && reply->integer() == 1;
        if (lost && kept == registration_ && state_ == State::ready) rejoin();
      };
      want(topic, false, refreshed, commands);
    }
  }
  client_.send(std::move(commands));
}

}  // namespace netherlink::cache::redis
