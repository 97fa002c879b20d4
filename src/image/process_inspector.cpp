#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <utility>
#include <vector>

#include "netherlink/image/inspector.hpp"
#include "netherlink/log/log.hpp"

namespace netherlink::image {
namespace {

using Clock = std::chrono::steady_clock;
using attachment::BlobStore;

constexpr std::size_t most_answered = 1024 * 1024;

/// The reading end of a pipe whose writing end the process has.
class Pipe {
 public:
  Pipe() {
    if (::pipe2(ends_.data(), O_CLOEXEC) != 0) ends_ = {-1, -1};
  }
  ~Pipe() {
    for (const int end : ends_) {
      if (end >= 0) ::close(end);
    }
  }
  Pipe(const Pipe&) = delete;
  Pipe& operator=(const Pipe&) = delete;

  int reading() const { return ends_[0]; }
  int writing() const { return ends_[1]; }
  void close_writing() { ::close(std::exchange(ends_[1], -1)); }

 private:
  std::array<int, 2> ends_{-1, -1};
};

/// A process that reads the image and writes to the pipe; -1: it could not be started.
pid_t spawn(int image, int answer, std::vector<std::string> arguments) {
  std::vector<char*> argv;
  argv.reserve(arguments.size() + 1);
  for (auto& argument : arguments) argv.push_back(argument.data());
  argv.push_back(nullptr);
  char* environment[] = {nullptr};

  posix_spawn_file_actions_t files;
  posix_spawn_file_actions_init(&files);
  posix_spawn_file_actions_adddup2(&files, image, STDIN_FILENO);
  posix_spawn_file_actions_adddup2(&files, answer, STDOUT_FILENO);
  posix_spawn_file_actions_addopen(&files, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
  posix_spawn_file_actions_addclosefrom_np(&files, STDERR_FILENO + 1);
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  sigset_t none, all;
  sigemptyset(&none);
  sigfillset(&all);
  posix_spawnattr_setsigmask(&attributes, &none);
  posix_spawnattr_setsigdefault(&attributes, &all);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
  pid_t process = -1;
  const int error = posix_spawn(&process, "/proc/self/exe", &files, &attributes, argv.data(), environment);
  posix_spawnattr_destroy(&attributes);
  posix_spawn_file_actions_destroy(&files);
  if (error == 0) return process;
  log::error("no process to look at images", {{"error", std::strerror(error)}});
  return -1;
}

/// Everything until the other end is closed; what does not come in time, or is too much, is cut off.
std::string read_all(int pipe, Clock::time_point deadline) {
  std::string out;
  std::array<char, 16 * 1024> buffer{};
  while (out.size() < most_answered) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - Clock::now()).count();
    if (left <= 0) break;
    pollfd wait{.fd = pipe, .events = POLLIN, .revents = 0};
    const int ready = ::poll(&wait, 1, static_cast<int>(left));
    if (ready < 0 && errno == EINTR) continue;
    if (ready <= 0) break;
    const auto count = ::read(pipe, buffer.data(), buffer.size());
    if (count <= 0) break;
    out.append(buffer.data(), static_cast<std::size_t>(count));
  }
  return out;
}

/// Ends it if it does not end by itself in time. True: it found an image.
bool end(pid_t process, Clock::time_point deadline) {
  int status = 0;
  pid_t ended = 0;
  while ((ended = ::waitpid(process, &status, WNOHANG)) == 0 && Clock::now() < deadline) ::poll(nullptr, 0, 1);
  if (ended == 0) {
    ::kill(process, SIGKILL);
    while (::waitpid(process, &status, 0) < 0 && errno == EINTR) continue;
  }
  if (WIFSIGNALED(status)) log::warn("looking at an image was cut short", {{"signal", WTERMSIG(status)}});
  return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

/// "width height\n", and the preview.
std::optional<attachment::ImageInspector::Image> parse(std::string_view answer) {
  const auto* const stop = answer.data() + answer.size();
  attachment::ImageInspector::Image image;
  const auto width = std::from_chars(answer.data(), stop, image.width);
  if (width.ec != std::errc() || width.ptr == stop || *width.ptr != ' ') return std::nullopt;
  const auto height = std::from_chars(width.ptr + 1, stop, image.height);
  if (height.ec != std::errc() || height.ptr == stop || *height.ptr != '\n') return std::nullopt;
  if (image.width <= 0 || image.height <= 0) return std::nullopt;
  image.preview.assign(height.ptr + 1, stop);
  return image;
}

class ProcessInspector final : public attachment::ImageInspector {
 public:
  explicit ProcessInspector(Limits limits) : limits_(limits) {}

  std::optional<Image> inspect(const BlobStore::Reader& content, std::string_view content_type) override {
    if (content.descriptor() < 0) return std::nullopt;
    Pipe pipe;
    if (pipe.reading() < 0) return std::nullopt;
    const auto deadline = Clock::now() + limits_.timeout;
    const auto process = spawn(content.descriptor(), pipe.writing(),
                               {"netherlink", worker_command, std::string(content_type),
                                std::to_string(limits_.max_pixels), std::to_string(limits_.preview_edge),
                                std::to_string(limits_.memory_bytes), std::to_string(limits_.timeout.count())});
    pipe.close_writing();
    if (process < 0) return std::nullopt;
    const auto answer = read_all(pipe.reading(), deadline);
    const bool too_much = answer.size() >= most_answered;
    if (!end(process, too_much ? Clock::now() : deadline)) return std::nullopt;
    return parse(answer);
  }

 private:
  Limits limits_;
};

}  // namespace

std::unique_ptr<attachment::ImageInspector> make_process_inspector(Limits limits) {
  return std::make_unique<ProcessInspector>(limits);
}

}  // namespace netherlink::image
