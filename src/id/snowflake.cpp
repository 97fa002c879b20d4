#include "netherlink/id/snowflake.hpp"

#include <algorithm>

namespace netherlink::id {
namespace {

constexpr std::int64_t max_sequence = (1 << sequence_bits) - 1;

constexpr std::int64_t compose(std::int64_t time, std::int64_t machine, std::int64_t sequence) {
  return time << (machine_bits + sequence_bits) | machine << sequence_bits | sequence;
}

}  // namespace

std::int64_t next_id(std::int64_t last, std::int64_t machine, core::Timestamp now) {
  const std::int64_t time = std::max<std::int64_t>(now - epoch_ms, 0);
  const std::int64_t last_time = last >> (machine_bits + sequence_bits);
  if (time > last_time) return compose(time, machine, 0);
  const std::int64_t sequence = machine_of(last) == machine ? (last & max_sequence) + 1 : 0;
  const std::int64_t candidate = compose(last_time, machine, sequence);
  return sequence <= max_sequence && candidate > last ? candidate : compose(last_time + 1, machine, 0);
}

void Generator::hold(std::int64_t machine, std::int64_t last_id, Clock::time_point until) {
  const std::lock_guard lock(mutex_);
  machine_ = machine;
  last_ = std::max(last_, last_id);
  until_ = until;
}

core::result<std::int64_t> Generator::next() {
  const std::lock_guard lock(mutex_);
  if (Clock::now() >= until_) return core::Error(errors::server_unavailable, std::chrono::milliseconds(1000));
  last_ = next_id(last_, machine_, core::now_ms());
  return last_;
}

std::int64_t Generator::last() const {
  const std::lock_guard lock(mutex_);
  return last_;
}

}  // namespace netherlink::id
