#pragma once

#include <sys/types.h>

#include <functional>

namespace netherlink::bench {

/// A forked copy of this program that runs one function on another core and is killed with this object.
class ChildProcess {
 public:
  ChildProcess(int cpu, const std::function<void()>& body);
  ~ChildProcess();
  ChildProcess(const ChildProcess&) = delete;
  ChildProcess& operator=(const ChildProcess&) = delete;

 private:
  pid_t pid_;
};

}  // namespace netherlink::bench
