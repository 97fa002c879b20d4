#include "bench/limits/child_process.hpp"

#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <exception>

#include "bench/server/cpu.hpp"
#include "bench/support/failure.hpp"

namespace netherlink::bench {

ChildProcess::ChildProcess(int cpu, const std::function<void()>& body) : pid_(checked(fork(), "fork")) {
  if (pid_ != 0) return;
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  pin_to(cpu);
  try {
    body();
  } catch (const std::exception& failure) {
    std::fprintf(stderr, "\nnetherlink-bench: %s\n", failure.what());
  }
  _exit(0);
}

ChildProcess::~ChildProcess() {
  kill(pid_, SIGKILL);
  waitpid(pid_, nullptr, 0);
}

}  // namespace netherlink::bench
