#include "app/signals.hpp"

#include <pthread.h>
#include <signal.h>
#include <time.h>
#include <unistd.h>

#include <initializer_list>

namespace netherlink::app {
namespace {

sigset_t set_of(std::initializer_list<int> signals) {
  sigset_t set;
  sigemptyset(&set);
  for (const int signal : signals) sigaddset(&set, signal);
  return set;
}

void ignore(int signal) {
  struct sigaction action {};
  action.sa_handler = SIG_IGN;
  sigaction(signal, &action, nullptr);
}

}  // namespace

Signals::Signals() {
  ignore(SIGPIPE);
  ignore(SIGXFSZ);
  const auto waited = set_of({SIGTERM, SIGINT, SIGHUP});
  pthread_sigmask(SIG_BLOCK, &waited, nullptr);
}

std::optional<int> Signals::wait(std::chrono::milliseconds timeout) const {
  const auto waited = set_of({SIGTERM, SIGINT, SIGHUP});
  const timespec limit{timeout.count() / 1000, (timeout.count() % 1000) * 1'000'000};
  const int signal = sigtimedwait(&waited, nullptr, &limit);
  return signal > 0 ? std::optional(signal) : std::nullopt;
}

void Signals::abort_on_next() const {
  struct sigaction action {};
  action.sa_handler = [](int) { _exit(1); };
  sigaction(SIGTERM, &action, nullptr);
  sigaction(SIGINT, &action, nullptr);
  const auto ending = set_of({SIGTERM, SIGINT});
  pthread_sigmask(SIG_UNBLOCK, &ending, nullptr);
}

}  // namespace netherlink::app
