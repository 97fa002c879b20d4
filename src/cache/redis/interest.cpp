#include "cache/redis/interest.hpp"

#include <algorithm>

#include "cache/redis/keys.hpp"

namespace netherlink::cache::redis {
namespace {

constexpr std::string_view topic_ttl = "1800000";  // ms; refreshed three times as often

struct FindCall : Waiting {
  explicit FindCall(std::size_t count) : Waiting(count), found(count) {}
  std::vector<Interest::Replicas> found;
};

}  // namespace

RedisInterest::RedisInterest(Client& client, std::string instance, std::function<void()> on_return)
    : client_(client),
      instance_(std::move(instance)),
      on_return_(std::move(on_return)),
      member_(new_incarnation(instance_)) {}

void RedisInterest::want(const std::string& topic, bool hurried, Handler done, std::vector<Command>& out) const {
  const auto key = keys::interest(topic);
  auto& add = out.emplace_back();
  add.args = {"SADD", key, member_};
  add.hurried = hurried;
  add.done = std::move(done);
  auto& expire = out.emplace_back();
  expire.args = {"PEXPIRE", key, std::string(topic_ttl)};
  expire.hurried = hurried;
}

void RedisInterest::add(std::span<const std::string> topics) {
  const auto call = std::make_shared<Waiting>(topics.size() + 1);
  std::uint64_t registration = 0;
  {
    std::lock_guard lock(mutex_);
    for (const auto& topic : topics) topics_.try_emplace(topic, 0);
    if (state_ == State::away || state_ == State::joining) return;  // it is registered with everything else
    registration = registration_;
    std::vector<Command> commands;
    commands.reserve(2 * topics.size());
    for (const auto& topic : topics) {
      if (topics_[topic] == registration) {
        call->arrive();
        continue;
      }
      const auto confirmed = [this, call, topic, registration](const Reply* reply) {
        confirm(topic, registration, reply);
        call->arrive();
      };
      want(topic, true, confirmed, commands);
    }
    client_.send(std::move(commands));
  }
  call->arrive();
  call->wait();
  std::lock_guard lock(mutex_);
  for (const auto& topic : topics) {
    const auto found = topics_.find(topic);
    if (found != topics_.end() && found->second != registration_) late_.insert(topic);
  }
  update_reliable();
}

void RedisInterest::confirm(const std::string& topic, std::uint64_t registration, const Reply* reply) {
  if (reply == nullptr) return;
  std::lock_guard lock(mutex_);
  if (registration != registration_) return;
  const auto found = topics_.find(topic);
  if (found == topics_.end()) {
    leftovers_.insert(topic);  // it was removed meanwhile, perhaps before this
    return;
  }
  found->second = registration;
  if (late_.erase(topic) > 0) update_reliable();
}

Command RedisInterest::unwant(const std::string& topic) {
  Command command;
  command.args = {"SREM", keys::interest(topic), member_};
  // Sent on later it might come after the SADD of a new add().
  command.redirected = false;
  command.done = [this, topic](const Reply* reply) {
    if (reply != nullptr) return;
    std::lock_guard lock(mutex_);
    if (!topics_.contains(topic)) leftovers_.insert(topic);
  };
  return command;
}

void RedisInterest::remove(std::span<const std::string> topics) {
  std::vector<Command> commands;
  std::lock_guard lock(mutex_);
  const bool there = state_ == State::registering || state_ == State::ready;
  for (const auto& topic : topics) {
    if (topics_.erase(topic) == 0) continue;
    late_.erase(topic);
    if (there) {
      commands.push_back(unwant(topic));
    } else if (leftovers_.size() < max_leftovers) {
      leftovers_.insert(topic);
    } else {
      member_ = new_incarnation(instance_);  // the former dies with all that it wanted
      leftovers_.clear();
    }
  }
  update_reliable();
  // Under the lock: the SADD of a later add() comes later.
  client_.send(std::move(commands));
}

std::vector<Interest::Replicas> RedisInterest::find(std::span<const std::string> topics) {
  const auto now = Clock::now().time_since_epoch().count();
  if (topics.empty() || !answers_ || now < doubt_until_) return std::vector<Replicas>(topics.size());
  const auto call = std::make_shared<FindCall>(topics.size());
  std::vector<Command> commands(topics.size());
  for (std::size_t i = 0; i < topics.size(); ++i) {
    auto& command = commands[i];
    command.args = {"SMEMBERS", keys::interest(topics[i])};
    command.hurried = true;
    command.done = [this, call, i, topic = topics[i]](const Reply* reply) {
      if (reply != nullptr) take_members(call->found[i], topic, *reply);
      call->arrive();
    };
  }
  client_.send(std::move(commands));
  if (!call->wait() || !answers_) return std::vector<Replicas>(topics.size());
  return std::move(call->found);
}

void RedisInterest::take_members(Replicas& found, const std::string& topic, const Reply& reply) {
  auto& instances = found.emplace();
  instances.reserve(reply.size());
  for (std::size_t i = 0; i < reply.size(); ++i) {
    const auto member = std::string(reply[i].text());
    if (others_.dead(member)) {
      forget_incarnation(topic, member);
      continue;
    }
    const auto instance = instance_of(member);
    if (std::find(instances.begin(), instances.end(), instance) == instances.end()) instances.emplace_back(instance);
  }
}

void RedisInterest::forget_incarnation(const std::string& topic, const std::string& member) {
  Command command;
  command.args = {"SREM", keys::interest(topic), member};
  client_.send(std::move(command));
}

bool RedisInterest::reliable() const {
  // After a pause the lease may have run out without this replica knowing.
  return reliable_ && Clock::now().time_since_epoch().count() < lease_until_;
}

void RedisInterest::update_reliable() {
  reliable_ = state_ == State::ready && late_.empty();
}

void RedisInterest::leave() {
  leaving_ = true;
  const auto call = std::make_shared<Waiting>(1);
  {
    std::lock_guard lock(mutex_);
    if (state_ == State::away) return;
    Command command;
    command.args = {"ZREM", std::string(keys::alive), member_};
    command.hurried = true;
    command.done = [call](const Reply*) { call->arrive(); };
    client_.send(std::move(command));
  }
  call->wait();
}

}  // namespace netherlink::cache::redis
