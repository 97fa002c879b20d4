#include <netinet/in.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include <string>
#include <vector>

#include "bench/client/endpoint.hpp"
#include "bench/limits/child_process.hpp"
#include "bench/limits/limits.hpp"
#include "bench/server/cpu.hpp"
#include "bench/support/clock.hpp"
#include "bench/support/failure.hpp"

namespace netherlink::bench {

namespace {

constexpr std::size_t frame_bytes = 200;

struct SocketPairs {
  std::vector<FileDescriptor> senders, readers;
};

SocketPairs connect_pairs(std::size_t count) {
  SocketPairs pairs;
  std::uint16_t port = 0;
  const FileDescriptor listener = listen_on_loopback(port);
  const Endpoint endpoint = Endpoint::loopback(port);
  for (std::size_t i = 0; i < count; ++i) {
    pairs.readers.push_back(connect_to(endpoint));
    int accepted = -1;
    while (accepted < 0) accepted = accept4(listener.get(), nullptr, nullptr, SOCK_CLOEXEC);  // blocking from here on
    set_no_delay(accepted);
    pairs.senders.emplace_back(accepted);
  }
  return pairs;
}

/// Reads and forgets, until killed.
void drain(const std::vector<FileDescriptor>& readers) {
  const FileDescriptor poll(checked(epoll_create1(0), "epoll_create1"));
  for (const auto& reader : readers) {
    epoll_event event{EPOLLIN, {nullptr}};
    event.data.fd = reader.get();
    checked(epoll_ctl(poll.get(), EPOLL_CTL_ADD, reader.get(), &event), "epoll_ctl");
  }
  std::vector<char> buffer(256 * 1024);
  std::vector<epoll_event> events(512);
  for (;;) {
    const int n = epoll_wait(poll.get(), events.data(), static_cast<int>(events.size()), -1);
    for (int i = 0; i < n; ++i) {
      if (recv(events[static_cast<std::size_t>(i)].data.fd, buffer.data(), buffer.size(), MSG_DONTWAIT) == 0) return;
    }
  }
}

}  // namespace

double measure_raw_sends(const Options& options, std::size_t sockets, std::size_t frames, double seconds) {
  const SocketPairs pairs = connect_pairs(sockets);
  const ChildProcess reader(options.client_cpu, [&] { drain(pairs.readers); });
  pin_to(options.server_cpu);
  const std::string payload(frame_bytes * frames, 'x');
  std::uint64_t sends = 0;
  const auto round = [&] {
    for (const auto& sender : pairs.senders) {
      checked(send(sender.get(), payload.data(), payload.size(), MSG_NOSIGNAL), "send");
      ++sends;
    }
  };
  const Nanos warm = now_ns() + nanos_per_second / 2;
  while (now_ns() < warm) round();
  sends = 0;
  const Nanos began = now_ns();
  const Nanos end = began + from_seconds(seconds);
  while (now_ns() < end) round();
  return static_cast<double>(sends * frames) / to_seconds(now_ns() - began);
}

}  // namespace netherlink::bench
