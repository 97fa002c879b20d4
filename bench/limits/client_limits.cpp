#include <fmt/format.h>

#include <memory>
#include <vector>

#include "bench/client/frame_scan.hpp"
#include "bench/client/ws_connection.hpp"
#include "bench/limits/child_process.hpp"
#include "bench/limits/limits.hpp"
#include "bench/limits/raw_server.hpp"
#include "bench/scenario/load.hpp"
#include "bench/server/cpu.hpp"
#include "bench/support/failure.hpp"

namespace netherlink::bench {

namespace {

/// Reads as `fanout` reads: kind, conversation, seq, client_msg_id, a look-up, a latency.
class FloodReader final : public WsListener {
 public:
  FloodReader() : load_({1, 16, 0, 0, nanos_per_second}, [](std::uint32_t, std::uint32_t) {}) { load_.start(now_ns()); }

  std::uint64_t frames = 0;
  std::uint64_t wrong = 0;

 private:
  void on_text(WsConnection&, std::string_view text) override {
    const Nanos now = now_ns();
    FrameScan scan(text);
    std::uint32_t sender = 0, number = 0;
    const bool message = kind_of(text) == FrameKind::message_new && scan.string("\"conversation_id\":") == "world";
    const auto seq = scan.number("\"seq\":");
    const auto id = scan.string("\"client_msg_id\":").value_or("");
    const Message* known = parse_client_msg_id(id, sender, number) ? load_.find(sender, number % 16) : nullptr;
    ++frames;
    if (!message || !seq || known == nullptr) {
      ++wrong;
    } else {
      latency_.record(now - known->sent);
    }
  }
  void on_end(WsConnection&, const WsEnd& end) override { throw Failure("the raw server went away: " + end.reason); }

  Load load_;
  Histogram latency_;
};

/// Connects and says goodbye, again and again.
class HandshakeLoop final : public WsListener {
 public:
  HandshakeLoop(EventLoop& loop, Endpoint endpoint, std::uint32_t in_flight) : endpoint_(std::move(endpoint)) {
    for (std::uint32_t i = 0; i < in_flight; ++i) {
      sockets_.push_back(std::make_unique<WsConnection>(loop, *this, i));
      sockets_.back()->connect(endpoint_, token_);
    }
  }

  std::uint64_t handshakes = 0;

 private:
  void on_text(WsConnection& socket, std::string_view) override { socket.close(); }
  void on_end(WsConnection& socket, const WsEnd& end) override {
    if (end.code != 1000) throw Failure("the raw server went away: " + end.reason);
    ++handshakes;
    socket.connect(endpoint_, token_);
  }

  Endpoint endpoint_;
  std::string token_ = std::string(300, 't');  // the length of a real one
  std::vector<std::unique_ptr<WsConnection>> sockets_;
};

/// About 64 KiB of frames as the server writes them.
std::string flood() {
  std::string out;
  for (int seq = 1; out.size() < 64 * 1024; ++seq) {
    append_server_frame(
        out, Opcode::text,
        fmt::format(
            R"({{"type":"message.new","data":{{"message":{{"message_id":"{}","conversation_id":"world","seq":{},)"
            R"("revision":0,"sender_id":"7212345678901234","client_msg_id":"0-{}","kind":"text","content":"{}",)"
            R"("reactions":[],"status":"normal","sent_at":"2026-01-31T12:00:00.000Z"}}}}}})",
            7212345678900000 + seq, seq, seq, std::string(100, 'x')));
  }
  return out;
}

/// Counts per second of `counter` while the loop turns.
double rate_of(EventLoop& loop, const std::uint64_t& counter, double seconds) {
  const auto turn = [&](double length) { loop.run_until(now_ns() + from_seconds(length), [] { return false; }); };
  turn(0.5);
  const std::uint64_t before = counter;
  const Nanos began = now_ns();
  turn(seconds);
  return static_cast<double>(counter - before) / to_seconds(now_ns() - began);
}

}  // namespace

double measure_client(const Options& options, std::size_t sockets, double seconds) {
  std::uint16_t port = 0;
  const FileDescriptor listener = listen_on_loopback(port);
  const std::string frames = flood();
  const ChildProcess server(options.server_cpu, [&] { serve_raw(listener, frames); });
  pin_to(options.client_cpu);
  EventLoop loop;
  FloodReader reader;
  std::vector<std::unique_ptr<WsConnection>> connections;
  for (std::uint32_t i = 0; i < sockets; ++i) {
    connections.push_back(std::make_unique<WsConnection>(loop, reader, i));
    connections.back()->connect(Endpoint::loopback(port), "");
  }
  const double rate = rate_of(loop, reader.frames, seconds);
  if (reader.wrong != 0) throw Failure(fmt::format("the client misread {} frames", reader.wrong));
  return rate;
}

double measure_raw_handshakes(const Options& options, double seconds) {
  std::uint16_t port = 0;
  const FileDescriptor listener = listen_on_loopback(port);
  const ChildProcess server(options.server_cpu, [&] { serve_raw(listener, {}); });
  pin_to(options.client_cpu);
  EventLoop loop;
  const HandshakeLoop handshakes(loop, Endpoint::loopback(port), 64);
  return rate_of(loop, handshakes.handshakes, seconds);
}

}  // namespace netherlink::bench
