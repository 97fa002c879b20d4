#pragma once

namespace netherlink::bench {

/// Pins the calling thread, and what it starts, to one core. Nothing happens for a core that is negative or not there.
void pin_to(int cpu);
/// Whether this process may run on that core.
bool cpu_available(int cpu);

/// Raises the soft limit of descriptors to the hard one; Failure when that is below `needed`.
void need_descriptors(unsigned long needed);

}  // namespace netherlink::bench
