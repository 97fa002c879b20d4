#include <fmt/format.h>

#include <algorithm>

#include "bench/client/session_group.hpp"
#include "bench/scenario/scenario.hpp"
#include "bench/server/cpu.hpp"
#include "bench/support/failure.hpp"

namespace netherlink::bench {

namespace {

constexpr double kibibyte = 1024, mebibyte = 1024 * 1024;

/// Sockets that do nothing but keep alive: pongs, and a `ping` frame from each every heartbeat interval, evenly spread.
class IdleSessions final : public SessionObserver {
 public:
  explicit IdleSessions(Stage& stage) : stage_(stage), group_(stage.loop(), stage.endpoints(), *this) {}

  void open(const std::vector<Account>& accounts, std::size_t per_account) {
    group_.open(accounts, per_account, stage_.progress());
    const double interval = stage_.options().heartbeat.value_or(asked_interval_);
    ping_gap_ = interval > 0 ? std::max<Nanos>(1, from_seconds(interval) / static_cast<Nanos>(group_.size())) : 0;
    next_ping_ = now_ns();
  }

  /// Returns early when sessions end: there is nothing to measure then.
  void hold(double seconds, const std::string& phase) {
    stage_.progress().phase(phase);
    const Nanos end = now_ns() + from_seconds(seconds);
    stage_.loop().run_until(end, [&] {
      send_pings(now_ns());
      stage_.progress().show(fmt::format("{:.0f} s left, {} pings sent, {} answered",
                                         std::max(0.0, to_seconds(end - now_ns())), pings_sent_, pongs_));
      return false;
    });
  }

  void finish(Report& report) {
    stage_.loop().run_until(now_ns() + 5 * nanos_per_second, [&] { return pongs_ == pings_sent_; });
    report.add("pings_sent", static_cast<double>(pings_sent_), "", "JSON frames, by clients");
    report.add("pings_received", static_cast<double>(group_.pings_answered()), "", "control frames, by the server");
    report.check("pings_unanswered", pings_sent_ - pongs_);
    group_.check(report);
    stage_.progress().phase("closing");
    group_.close();
  }

  std::size_t size() const { return group_.size(); }

 private:
  void on_frame(std::uint32_t, FrameKind kind, std::string_view text) override {
    if (kind == FrameKind::pong) ++pongs_;
    if (kind == FrameKind::welcome) {
      asked_interval_ = static_cast<double>(FrameScan(text).number("\"interval\":").value_or(30));
    }
  }

  void send_pings(Nanos now) {
    if (ping_gap_ == 0) return;
    for (; next_ping_ <= now; next_ping_ += ping_gap_) {
      group_.send(turn_, R"({"type":"ping","data":{}})");
      turn_ = (turn_ + 1) % static_cast<std::uint32_t>(group_.size());
      ++pings_sent_;
    }
  }

  Stage& stage_;
  SessionGroup group_;
  double asked_interval_ = 30;
  Nanos ping_gap_ = 0, next_ping_ = 0;
  std::uint32_t turn_ = 0;
  std::uint64_t pings_sent_ = 0, pongs_ = 0;
};

ServerProbe::Usage usage_of(const Stage& stage) {
  const auto usage = stage.probe().usage();
  if (!usage) throw Failure("the server's memory cannot be read: give --server-pid, or let /metrics be reachable");
  return *usage;
}

void measure(Stage& stage, Report& report) {
  const auto connections = static_cast<std::size_t>(stage.options().connections.value_or(10000));
  const auto shared = static_cast<std::size_t>(stage.options().sessions_per_user.value_or(1));
  IdleSessions sessions(stage);
  const auto empty = usage_of(stage);
  const auto accounts =
      register_accounts(stage.loop(), stage.endpoints(), (connections + shared - 1) / shared, stage.progress());
  const auto registered = usage_of(stage);
  const Nanos began = now_ns();
  sessions.open(accounts, shared);
  const double connect_seconds = to_seconds(now_ns() - began);
  sessions.hold(stage.options().warmup.value_or(5), "settling");
  const auto connected = usage_of(stage);
  CpuMeter cpu(stage.probe());
  sessions.hold(stage.options().seconds.value_or(60), "idle");
  cpu.stop();
  const auto after = usage_of(stage);

  const auto n = static_cast<double>(sessions.size());
  report.add("connections", n, "", fmt::format("of {} users", accounts.size()));
  report.add("connect_time", connect_seconds, "s");
  report.add("resident_empty", empty.resident_bytes / mebibyte, "MiB", "before the users registered");
  report.add("resident_registered", registered.resident_bytes / mebibyte, "MiB", "users registered, nobody connected");
  report.add("resident_connected", connected.resident_bytes / mebibyte, "MiB");
  report.add("resident_after", after.resident_bytes / mebibyte, "MiB", "at the end of the idle time");
  const double highest = std::max(connected.resident_bytes, after.resident_bytes);
  report.add("per_connection", (highest - empty.resident_bytes) / n / kibibyte, "KiB",
             "resident, against the empty server: what registering left behind is counted in");
  report.add("per_connection_alone", (highest - registered.resident_bytes) / n / kibibyte, "KiB",
             "resident, against the server with its users registered");
  cpu.report(report);
  sessions.finish(report);
}

}  // namespace

Outcome run_idle(const Options& options) {
  need_descriptors(static_cast<unsigned long>(options.connections.value_or(10000)) + 200);
  Stage stage(options, "idle");
  Report report("idle");
  measure(stage, report);
  stage.finish();
  return {{std::move(report)}};
}

}  // namespace netherlink::bench
