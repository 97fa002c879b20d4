#include "cache/redis/liveness.hpp"

#include <cstdint>
#include <cstdio>
#include <random>

namespace netherlink::cache::redis {

std::string new_incarnation(std::string_view instance) {
  std::random_device random;
  const auto number = (std::uint64_t{random()} << 32U) | random();
  char digits[17];
  std::snprintf(digits, sizeof digits, "%016llx", static_cast<unsigned long long>(number));
  return std::string(instance) + "~" + digits;
}

std::string_view instance_of(std::string_view member) {
  return member.substr(0, member.rfind('~'));
}

bool Liveness::dead(const std::string& member) {
  if (alive_.contains(member)) return false;
  if (dead_.contains(member)) return true;
  suspects_.insert(member);
  return false;
}

void Liveness::asked() {
  judged_.merge(suspects_);
  suspects_.clear();
}

void Liveness::answered(std::vector<std::string> living) {
  std::unordered_set<std::string> alive(std::make_move_iterator(living.begin()), std::make_move_iterator(living.end()));
  if (dead_.size() > max_dead) dead_.clear();
  for (const auto& member : judged_) {
    if (!alive.contains(member)) dead_.insert(member);
  }
  judged_.clear();
  // Alive once and no longer: dead for good.
  for (const auto& member : alive_) {
    if (!alive.contains(member)) dead_.insert(member);
  }
  alive_ = std::move(alive);
}

}  // namespace netherlink::cache::redis
