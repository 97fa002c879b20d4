#include "cache/redis/presence.hpp"

#include <algorithm>
#include <charconv>

#include "cache/redis/keys.hpp"
#include "cache/redis/liveness.hpp"

namespace netherlink::cache::redis {
namespace {

constexpr std::size_t most_taken_over = 1000;  // users in one sweep

struct Asked : Waiting {
  Asked() : Waiting(1) {}
  bool answered = false, known = false;
  std::vector<core::UserId> users;
};

std::vector<core::UserId> users_of(const Reply& reply) {
  std::vector<core::UserId> users;
  for (std::size_t i = 0; i < reply.size(); ++i) {
    const auto text = reply[i].text();
    core::UserId user = 0;
    if (std::from_chars(text.data(), text.data() + text.size(), user).ec == std::errc()) users.push_back(user);
  }
  return users;
}

}  // namespace

RedisPresence::RedisPresence(Client& client, const std::string& instance)
    : client_(client), instance_(instance), member_(new_incarnation(instance)) {}

void RedisPresence::on_up() {
  up_at_ = Clock::now().time_since_epoch().count();
}

std::string RedisPresence::member() const {
  std::lock_guard lock(mutex_);
  return member_;
}

RedisPresence::Answer RedisPresence::ask(const Script& script, std::vector<std::string> arguments) {
  if (!client_.usable()) return std::nullopt;
  const auto asked = std::make_shared<Asked>();
  auto command = script_command(script, std::string(keys::presence), std::move(arguments));
  command.hurried = true;
  command.done = [asked](const Reply* reply) {
    asked->answered = reply != nullptr;
    asked->known = reply != nullptr && reply->is_array();
    if (asked->known) asked->users = users_of(*reply);
    asked->arrive();
  };
  client_.send(std::move(command));
  if (!asked->wait() || !asked->answered) return std::nullopt;
  if (!asked->known) {
    lost_ = true;
    return std::nullopt;
  }
  return std::move(asked->users);
}

/// `by_itself`: the answer when Redis gives none.
std::vector<core::UserId> RedisPresence::change(const char* what, std::span<const UserId> users,
                                                std::span<const UserId> by_itself) {
  std::vector<UserId> found;
  for (std::size_t at = 0; at < users.size(); at += piece) {
    const auto some = users.subspan(at, std::min(piece, users.size() - at));
    Answer answer;
    if (!lost_) {
      std::vector<std::string> arguments{what, member()};
      for (const auto user : some) arguments.push_back(std::to_string(user));
      answer = ask(scripts::presence_change, std::move(arguments));
      if (!answer) lost_ = true;  // it may or may not have happened: everything is entered again
    }
    if (answer) {
      found.insert(found.end(), answer->begin(), answer->end());
      continue;
    }
    const auto concerned = [&](UserId user) { return std::ranges::find(by_itself, user) != by_itself.end(); };
    std::ranges::copy_if(some, std::back_inserter(found), concerned);
  }
  return found;
}

std::vector<core::UserId> RedisPresence::enter(std::span<const UserId> users) {
  std::vector<UserId> fresh;
  {
    std::lock_guard lock(mutex_);
    std::ranges::copy_if(users, std::back_inserter(fresh), [this](UserId user) { return users_.insert(user).second; });
  }
  return change("enter", users, fresh);
}

std::vector<core::UserId> RedisPresence::leave(std::span<const UserId> users) {
  std::vector<UserId> removed;
  {
    std::lock_guard lock(mutex_);
    std::ranges::copy_if(users, std::back_inserter(removed), [this](UserId user) { return users_.erase(user) != 0; });
  }
  return change("leave", users, removed);
}

std::vector<core::UserId> RedisPresence::online(std::span<const UserId> users) {
  std::vector<UserId> there;
  for (std::size_t at = 0; at < users.size(); at += piece) {
    const auto some = users.subspan(at, std::min(piece, users.size() - at));
    std::vector<std::string> arguments{"look", member()};
    for (const auto user : some) arguments.push_back(std::to_string(user));
    if (const auto answer = ask(scripts::presence_change, std::move(arguments))) {
      there.insert(there.end(), answer->begin(), answer->end());
    }
  }
  // Those here are there, whatever Redis knows.
  std::lock_guard lock(mutex_);
  for (const auto user : users) {
    if (users_.contains(user) && std::ranges::find(there, user) == there.end()) there.push_back(user);
  }
  return there;
}

Presence::Sweep RedisPresence::sweep() {
  Sweep found;
  if (lost_) {
    found.back = enter_again();
    return found;
  }
  // When Redis was away everybody's lease is over; each gets the time to renew it.
  const auto now = Clock::now().time_since_epoch().count();
  const bool settled = now - up_at_ > Clock::duration(lease).count();
  auto gone = ask(scripts::presence_sweep,
                  {member(), std::to_string(lease.count()), "0", std::to_string(settled ? most_taken_over : 0)});
  if (!gone) return found;
  // Whoever is here is not gone; Redis hears of that with the next sweep.
  std::lock_guard lock(mutex_);
  std::erase_if(*gone, [this](UserId user) { return users_.contains(user); });
  found.gone = std::move(*gone);
  return found;
}

/// Under a new incarnation; the former is taken over by a sweep when its lease is over.
std::vector<core::UserId> RedisPresence::enter_again() {
  std::vector<UserId> all;
  std::string fresh;
  {
    std::lock_guard lock(mutex_);
    fresh = member_ = new_incarnation(instance_);
    all.assign(users_.begin(), users_.end());
  }
  if (!ask(scripts::presence_sweep, {fresh, std::to_string(lease.count()), "1", "0"})) return {};
  lost_ = false;
  return change("enter", all, {});
}

void RedisPresence::retire(std::chrono::milliseconds grace) {
  if (!lost_) ask(scripts::presence_sweep, {member(), std::to_string(grace.count()), "0", "0"});
  std::lock_guard lock(mutex_);
  users_.clear();
}

}  // namespace netherlink::cache::redis
