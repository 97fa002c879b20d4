#pragma once

#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <exception>
#include <stdexcept>

namespace netherlink::store::testing {

/// Exit code of a child that could not set up what it was to test.
constexpr int skipped = 77;

/// Runs `body` in a forked child, where it may lower limits, drop rights or be killed; returns its process id. The
/// child ends with what `body` returns.
template <class Body>
pid_t start_child(const Body& body) {
  std::fflush(nullptr);
  const pid_t child = fork();
  if (child < 0) throw std::runtime_error("fork failed");
  if (child > 0) return child;
  int code = 1;
  try {
    code = body();
  } catch (const std::exception& error) {
    std::fprintf(stderr, "child: %s\n", error.what());
  }
  std::fflush(nullptr);
  _exit(code);
}

/// The child's exit code; 128 + signal if it was killed.
inline int wait_for(pid_t child) {
  int status = 0;
  if (waitpid(child, &status, 0) != child) throw std::runtime_error("waitpid failed");
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

/// Inside a child, where Catch's assertions do not reach the parent.
inline void expect(bool condition, const char* what) {
  if (!condition) throw std::runtime_error(what);
}

}  // namespace netherlink::store::testing
