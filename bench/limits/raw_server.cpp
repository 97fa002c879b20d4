#include "bench/limits/raw_server.hpp"

#include <sys/epoll.h>
#include <sys/socket.h>

#include <memory>
#include <string_view>
#include <vector>

#include "bench/client/endpoint.hpp"
#include "bench/client/ws_frame.hpp"
#include "bench/support/failure.hpp"

namespace netherlink::bench {

namespace {

// The accept value belongs to the fixed key that ws_connection.cpp sends.
constexpr std::string_view switching =
    "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n";

struct Peer {
  FileDescriptor fd;
  bool upgraded = false;
  std::size_t offset = 0;  // in the flood
};

class RawServer {
 public:
  RawServer(const FileDescriptor& listener, const std::string& flood)
      : listener_(listener), flood_(flood), poll_(checked(epoll_create1(0), "epoll_create1")), buffer_(64 * 1024) {
    watch(EPOLL_CTL_ADD, listener.get(), EPOLLIN, nullptr);
  }

  [[noreturn]] void run() {
    std::vector<epoll_event> events(256);
    for (;;) {
      const int n = epoll_wait(poll_.get(), events.data(), static_cast<int>(events.size()), -1);
      for (int i = 0; i < n; ++i) {
        const auto& event = events[static_cast<std::size_t>(i)];
        if (event.data.ptr == nullptr) {
          accept_all();
        } else {
          handle(static_cast<Peer*>(event.data.ptr), event.events);
        }
      }
    }
  }

 private:
  void watch(int operation, int fd, std::uint32_t events, Peer* peer) {
    epoll_event event{events, {peer}};
    checked(epoll_ctl(poll_.get(), operation, fd, &event), "epoll_ctl");
  }

  void accept_all() {
    for (;;) {
      const int fd = accept4(listener_.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
      if (fd < 0) return;
      set_no_delay(fd);
      auto peer = std::make_unique<Peer>();
      peer->fd = FileDescriptor(fd);
      watch(EPOLL_CTL_ADD, fd, EPOLLIN, peer.release());
    }
  }

  void handle(Peer* peer, std::uint32_t events) {
    if ((events & EPOLLOUT) != 0) return pour(*peer);
    const ssize_t n = recv(peer->fd.get(), buffer_.data(), buffer_.size(), 0);
    if (n < 0 && errno == EAGAIN) return;
    if (n <= 0) {
      delete peer;
      return;
    }
    if (peer->upgraded) return say_goodbye(*peer);
    peer->upgraded = true;  // a request of this size comes in one piece on loopback
    std::string answer(switching);
    if (flood_.empty()) append_server_frame(answer, Opcode::text, R"({"type":"welcome","data":{}})");
    put(*peer, answer);
    if (!flood_.empty()) watch(EPOLL_CTL_MOD, peer->fd.get(), EPOLLOUT, peer);
  }

  void say_goodbye(Peer& peer) {
    std::string answer;
    append_server_frame(answer, Opcode::close, "\x03\xe8");
    put(peer, answer);
  }

  void pour(Peer& peer) {
    const ssize_t n = send(peer.fd.get(), flood_.data() + peer.offset, flood_.size() - peer.offset, MSG_NOSIGNAL);
    if (n > 0) peer.offset = (peer.offset + static_cast<std::size_t>(n)) % flood_.size();
    if (n < 0 && errno != EAGAIN) delete &peer;
  }

  void put(Peer& peer, std::string_view bytes) { (void)!send(peer.fd.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL); }

  const FileDescriptor& listener_;
  const std::string& flood_;
  FileDescriptor poll_;
  std::vector<char> buffer_;
};

}  // namespace

void serve_raw(const FileDescriptor& listener, const std::string& flood) {
  RawServer(listener, flood).run();
}

}  // namespace netherlink::bench
