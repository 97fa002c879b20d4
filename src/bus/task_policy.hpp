#pragma once

namespace netherlink::bus {

/// Times that a task is tried before it becomes a dead letter.
inline constexpr int task_tries = 4;

/// A task failed for good.
void count_dead_task();

}  // namespace netherlink::bus
