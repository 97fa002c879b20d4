#include "support/fault_proxy.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <deque>
#include <string>
#include <utility>

#include "support/child_process.hpp"

namespace netherlink::test {
namespace {

constexpr std::size_t piece_bytes = 16 * 1024, most_pieces = 64;
constexpr int poll_ms = 5;

struct Piece {
  Clock::time_point due;
  std::string bytes;
};

void reset(int socket) {
  const linger at_once{1, 0};
  ::setsockopt(socket, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  ::close(socket);
}

}  // namespace

struct FaultProxy::Pipe {
  std::array<int, 2> sockets;
  std::array<std::deque<Piece>, 2> waiting;  // for the socket of that number
};

FaultProxy::FaultProxy(std::uint16_t target) : target_(target), listener_(bound_socket(SOCK_STREAM, port_)) {
  ::listen(listener_, 128);
  ::fcntl(listener_, F_SETFL, O_NONBLOCK);
  thread_ = std::thread([this] { run(); });
}

FaultProxy::~FaultProxy() {
  stopping_ = true;
  thread_.join();
  ::close(listener_);
}

void FaultProxy::heal() {
  if (fault_.exchange(Fault::none) == Fault::black_hole) reset_ = true;
}

void FaultProxy::accept() {
  while (true) {
    const int client = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (client < 0) return;
    const int server = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(target_);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (fault_ == Fault::cut || ::connect(server, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) {
      ::close(server);
      reset(client);
      continue;
    }
    ::fcntl(server, F_SETFL, O_NONBLOCK);
    pipes_.push_back({{client, server}, {}});
  }
}

bool FaultProxy::carry(Pipe& pipe) {
  std::array<char, piece_bytes> buffer;
  const auto due = Clock::now() + (fault_ == Fault::slow ? delay : milliseconds(0));
  for (std::size_t side : {0U, 1U}) {
    auto& to_other = pipe.waiting[1 - side];
    while (to_other.size() < most_pieces) {
      const auto count = ::recv(pipe.sockets[side], buffer.data(), buffer.size(), 0);
      if (count == 0) return false;
      if (count < 0 && errno != EAGAIN) return false;
      if (count < 0) break;
      to_other.push_back({due, std::string(buffer.data(), static_cast<std::size_t>(count))});
    }
  }
  for (std::size_t side : {0U, 1U}) {
    auto& pieces = pipe.waiting[side];
    while (!pieces.empty() && pieces.front().due <= Clock::now()) {
      auto& bytes = pieces.front().bytes;
      const auto count = ::send(pipe.sockets[side], bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (count < 0 && errno != EAGAIN) return false;
      if (count < 0) break;
      bytes.erase(0, static_cast<std::size_t>(count));
      if (bytes.empty()) pieces.pop_front();
    }
  }
  return true;
}

void FaultProxy::run() {
  const auto end = [](Pipe& pipe) {
    for (const int socket : pipe.sockets) reset(socket);
    return true;
  };
  while (!stopping_) {
    std::vector<pollfd> waiting{{listener_, POLLIN, 0}};
    const bool flows = fault_ == Fault::none || fault_ == Fault::slow;
    for (const auto& pipe : pipes_) {
      for (const int socket : pipe.sockets) waiting.push_back({flows ? socket : -1, POLLIN, 0});
    }
    ::poll(waiting.data(), waiting.size(), poll_ms);
    accept();
    if (fault_ == Fault::cut || reset_.exchange(false)) {
      pipes_.remove_if(end);
    } else if (fault_ != Fault::black_hole) {
      pipes_.remove_if([&](Pipe& pipe) { return !carry(pipe) && end(pipe); });
    }
  }
  pipes_.remove_if(end);
}

}  // namespace netherlink::test
