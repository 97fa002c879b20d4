#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <charconv>
#include <new>
#include <optional>

#include "image/confine.hpp"
#include "image/decode.hpp"
#include "netherlink/image/inspector.hpp"

namespace netherlink::image {
namespace {

constexpr int niceness = 10;

std::optional<std::int64_t> number(const std::string& text) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || value < 0) return std::nullopt;
  return value;
}

Bytes map_input() {
  struct stat status {};
  if (fstat(STDIN_FILENO, &status) != 0 || status.st_size <= 0) return {};
  const auto size = static_cast<std::size_t>(status.st_size);
  void* const start = mmap(nullptr, size, PROT_READ, MAP_PRIVATE, STDIN_FILENO, 0);
  return start == MAP_FAILED ? Bytes() : Bytes(static_cast<const std::uint8_t*>(start), size);
}

bool write_answer(std::string_view text) {
  while (!text.empty()) {
    const auto count = write(STDOUT_FILENO, text.data(), text.size());
    if (count <= 0) return false;
    text.remove_prefix(static_cast<std::size_t>(count));
  }
  return true;
}

int answer(Bytes bytes, std::string_view content_type, const DecodeLimits& limits) {
  const auto image = decode(bytes, content_type, limits);
  if (!image) return 1;
  std::string out = std::to_string(image->width);
  out.append(" ").append(std::to_string(image->height)).append("\n").append(image->preview);
  return write_answer(out) ? 0 : 1;
}

}  // namespace

int run_worker(std::span<const std::string> arguments) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  setpriority(PRIO_PROCESS, 0, niceness);
  if (arguments.size() != 5) return 2;
  const auto pixels = number(arguments[1]), edge = number(arguments[2]), memory = number(arguments[3]),
             seconds = number(arguments[4]);
  if (!pixels || !edge || !memory || !seconds) return 2;
  const auto input = map_input();
  if (input.empty() || !confine(static_cast<std::size_t>(*memory), std::chrono::seconds(*seconds))) return 2;
  try {
    _exit(answer(input, arguments[0], {*pixels, *edge}));
  } catch (const std::bad_alloc&) {
    _exit(1);
  }
}

}  // namespace netherlink::image
