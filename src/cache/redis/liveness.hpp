#pragma once

#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

namespace netherlink::cache::redis {

/// "<instance>~<16 hex digits>", never used before.
std::string new_incarnation(std::string_view instance);
/// The instance of one.
std::string_view instance_of(std::string_view member);

/// What is known of the replicas' lives. One that was never seen alive counts as alive until a list of the living,
/// asked for later, lacks it: a replica registers its life before its interest. On the thread of the cache alone.
class Liveness {
 public:
  bool dead(const std::string& member);

  /// A list is asked for: it decides about those seen until now.
  void asked();
  void answered(std::vector<std::string> living);

 private:
  static constexpr std::size_t max_dead = 10'000;

  std::unordered_set<std::string> alive_, dead_;
  std::unordered_set<std::string> suspects_,
      judged_;  // seen and not known; those among them that the next list decides
};

}  // namespace netherlink::cache::redis
