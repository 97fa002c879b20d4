#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "netherlink/attachment/ports.hpp"

namespace netherlink::image {

struct Limits {
  std::int64_t max_pixels = 0;    // of an image; a larger one cannot be shown
  std::int64_t preview_edge = 0;  // pixels of the longer side of a preview
  std::size_t memory_bytes = 0;   // address space of the process that looks at it
  std::chrono::seconds timeout{};
};

/// Looks at each image in a process of its own (`netherlink image-worker`), which can read that image and write its
/// answer, and nothing else. Thread-safe.
std::unique_ptr<attachment::ImageInspector> make_process_inspector(Limits limits);

/// What that process does: the image is standard input, the answer goes to standard output. The exit code.
int run_worker(std::span<const std::string> arguments);
/// The name of the command.
constexpr const char* worker_command = "image-worker";

}  // namespace netherlink::image
