#include <fmt/format.h>

#include "bench/client/accounts.hpp"
#include "bench/client/frame_scan.hpp"
#include "bench/client/ws_connection.hpp"
#include "bench/scenario/scenario.hpp"
#include "bench/server/cpu.hpp"

namespace netherlink::bench {

namespace {

/// Sockets that connect, authenticate with a token, wait for `welcome`, say goodbye, and begin again.
class ConnectLoop final : public WsListener {
 public:
  ConnectLoop(Stage& stage, std::size_t in_flight) : stage_(stage), began_(in_flight) {
    accounts_ = register_accounts(stage.loop(), stage.endpoints(), in_flight, stage.progress());
    for (std::uint32_t i = 0; i < in_flight; ++i) {
      sockets_.push_back(std::make_unique<WsConnection>(stage.loop(), *this, i));
    }
  }

  void run(Report& report) {
    for (auto& socket : sockets_) connect(*socket);
    pass(stage_.options().warmup.value_or(1), "warming up");
    counting_ = true;
    CpuMeter cpu(stage_.probe());
    const Nanos began = now_ns();
    pass(stage_.options().seconds.value_or(10), "connecting");
    cpu.stop();
    const double seconds = to_seconds(now_ns() - began);
    counting_ = false;
    stopping_ = true;
    stage_.loop().run_until(now_ns() + 10 * nanos_per_second, [&] { return stopped_ == sockets_.size(); });
    report.add("in_flight", static_cast<double>(sockets_.size()), "");
    report.add("welcomed", static_cast<double>(latency_.count()) / seconds, "1/s");
    report.add_latency("connect_to_welcome", latency_);
    cpu.report(report);
    report.check("failed", failed_, first_failure_);
    report.check("not_ended", sockets_.size() - stopped_, "no answer to the close frame");
  }

 private:
  void pass(double seconds, const std::string& phase) {
    stage_.progress().phase(phase);
    stage_.loop().run_until(now_ns() + from_seconds(seconds), [&] {
      stage_.progress().show(fmt::format("{} welcomed", latency_.count()));
      return false;
    });
  }

  void connect(WsConnection& socket) {
    began_[socket.index()] = now_ns();
    const auto& endpoints = stage_.endpoints();
    socket.connect(endpoints[turn_++ % endpoints.size()], accounts_[socket.index()].access_token);
  }

  void on_text(WsConnection& socket, std::string_view text) override {
    if (kind_of(text) != FrameKind::welcome) return;
    if (counting_) latency_.record(now_ns() - began_[socket.index()]);
    socket.close();
  }

  void on_end(WsConnection& socket, const WsEnd& end) override {
    if (end.code != 1000 && failed_++ == 0) first_failure_ = fmt::format("{} {}", end.code, end.reason);
    constexpr std::uint64_t hopeless = 1000;
    if (stopping_ || failed_ > hopeless) {
      ++stopped_;
    } else {
      connect(socket);
    }
  }

  Stage& stage_;
  std::vector<Account> accounts_;
  std::vector<std::unique_ptr<WsConnection>> sockets_;
  std::vector<Nanos> began_;
  Histogram latency_;
  std::size_t turn_ = 0, stopped_ = 0;
  std::uint64_t failed_ = 0;
  std::string first_failure_;
  bool counting_ = false, stopping_ = false;
};

}  // namespace

Outcome run_connect(const Options& options) {
  const auto in_flight = static_cast<std::size_t>(options.concurrency.value_or(64));
  need_descriptors(2 * in_flight + 200);
  Stage stage(options, "connect");
  Report report("connect");
  ConnectLoop(stage, in_flight).run(report);
  stage.finish();
  return {{std::move(report)}};
}

}  // namespace netherlink::bench
