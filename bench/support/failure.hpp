#pragma once

#include <cerrno>
#include <cstring>
#include <stdexcept>
#include <string>

namespace netherlink::bench {

/// The run cannot go on: shown to the user as one line, exit 1.
class Failure : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// What was tried, and errno in words.
[[noreturn]] inline void fail_errno(const std::string& what) {
  throw Failure(what + ": " + std::strerror(errno));
}

/// The result of a system call, or the Failure it means.
template <class T>
T checked(T value, const char* what) {
  if (value < 0) fail_errno(what);
  return value;
}

}  // namespace netherlink::bench
