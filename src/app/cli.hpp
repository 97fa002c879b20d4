#pragma once

#include <iosfwd>
#include <string>
#include <vector>

namespace netherlink::app {

struct CommandLine {
  std::vector<std::string> arguments;    // without the program's name
  std::vector<std::string> environment;  // NAME=value
  std::ostream& out;
  std::ostream& err;
};

/// The program. Answers its exit code: 0 done, 1 failed while running, 2 wrong arguments or configuration.
int run(const CommandLine& line);

}  // namespace netherlink::app
