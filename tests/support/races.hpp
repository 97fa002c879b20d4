#pragma once

#include <atomic>
#include <concepts>
#include <string>
#include <thread>
#include <vector>

#include "netherlink/core/result.hpp"

namespace netherlink::test {

/// The code of a refusal; empty: it was none.
template <class T>
std::string code_of(const core::result<T>& result) {
  return result ? std::string() : std::string(result.error().code().name);
}

/// Runs `job(0)` … `job(count - 1)`, each on a thread of its own; none begins before all are there.
template <std::integral Count, class Job>
void in_parallel(Count count, const Job& job) {
  std::atomic<Count> ready{0};
  std::vector<std::thread> threads;
  for (Count i = 0; i < count; ++i) {
    threads.emplace_back([&, i] {
      for (++ready; ready < count;) std::this_thread::yield();
      job(i);
    });
  }
  for (auto& thread : threads) thread.join();
}

}  // namespace netherlink::test
