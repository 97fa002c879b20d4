#include <unistd.h>

#include <exception>
#include <iostream>

#include "app/cli.hpp"

int main(int argc, char** argv) {
  try {
    netherlink::app::CommandLine line{.arguments = {}, .environment = {}, .out = std::cout, .err = std::cerr};
    for (int i = 1; i < argc; ++i) line.arguments.emplace_back(argv[i]);
    for (char** entry = environ; *entry != nullptr; ++entry) line.environment.emplace_back(*entry);
    return netherlink::app::run(line);
  } catch (const std::exception& problem) {
    std::cerr << "netherlink: " << problem.what() << "\n";
    return 1;
  }
}
