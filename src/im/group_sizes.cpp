#include "im/group_sizes.hpp"

namespace netherlink::im {
namespace {

constexpr std::size_t known_groups = 20'000;
// Long enough to cost nothing, short enough that a group that grew past the threshold is soon treated so.
constexpr std::chrono::seconds known_for{10};

}  // namespace

GroupSizes::GroupSizes(ConversationRepository& conversations, std::size_t large)
    : conversations_(conversations), large_(static_cast<std::int64_t>(large)), known_(known_groups) {}

bool GroupSizes::is_large(const ConversationId& id) {
  if (id.kind != ConversationKind::group) return false;
  const auto now = Clock::now();
  bool before = false;
  {
    const std::lock_guard lock(mutex_);
    if (const auto* known = known_.find(id.text)) {
      if (now < known->until) return known->large;
      before = known->large;
    }
  }
  const auto size = conversations_.group_size(id.text);
  const bool large = size ? *size > large_ : before;
  const std::lock_guard lock(mutex_);
  known_.put(id.text, {large, now + known_for});
  return large;
}

}  // namespace netherlink::im
