#pragma once

#include <string>

#include "bench/support/file_descriptor.hpp"

namespace netherlink::bench {

/// The least server that a WebSocket client accepts: a fixed 101, then either one `welcome` and an answer to the close
/// frame (`flood` empty), or `flood` again and again as fast as the socket takes it. Never returns: for a ChildProcess.
[[noreturn]] void serve_raw(const FileDescriptor& listener, const std::string& flood);

}  // namespace netherlink::bench
