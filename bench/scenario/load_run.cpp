#include "bench/scenario/load_run.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace netherlink::bench {

namespace {

constexpr Nanos drain_limit = 30 * nanos_per_second;

void turn(Stage& stage, Load& load) {
  const Nanos now = now_ns();
  load.tick(now);
  stage.loop().turn(std::clamp<Nanos>(load.next_due() - now, 0, 5 * nanos_per_milli));
}

std::string state_of(const Load& load, const LoadFigures& figures) {
  const double seconds = std::max(to_seconds(now_ns() - load.measure_begin()), 0.001);
  return fmt::format("{} sent, {} in flight, {:.0f} acknowledged/s, {:.0f} delivered/s", load.sent(), load.in_flight(),
                     static_cast<double>(figures.acked) / seconds, static_cast<double>(figures.delivered) / seconds);
}

/// Messages that were due and never left count with the time they waited so far: leaving them out would flatter.
void count_unsent(const Load& load, LoadFigures& figures, Nanos now) {
  for (std::uint64_t i = 0; i < load.unsent(); ++i) figures.ack.record(now - load.measure_end());
}

}  // namespace

void drive(Stage& stage, Load& load, LoadFigures& figures, std::uint32_t receivers, const std::string& label,
           Report& report) {
  load.start(now_ns());
  stage.progress().phase(label + ", warming up");
  while (now_ns() < load.measure_begin()) turn(stage, load);

  stage.progress().phase(label);
  CpuMeter cpu(stage.probe());
  while (now_ns() < load.measure_end()) {
    turn(stage, load);
    stage.progress().show(state_of(load, figures));
  }
  cpu.stop();
  const std::uint64_t unsent_at_end = load.unsent();

  stage.progress().phase(label + ", draining");
  const Nanos deadline = now_ns() + drain_limit;
  const auto settled = [&] { return load.drained() && figures.all_delivered >= figures.all_acked * receivers; };
  while (!settled() && now_ns() < deadline) {
    turn(stage, load);
    stage.progress().show(state_of(load, figures));
  }
  count_unsent(load, figures, now_ns());

  const double seconds = to_seconds(load.plan().length);
  if (load.plan().rate > 0) report.add("offered", load.plan().rate, "1/s", "open loop");
  report.add("acknowledged", static_cast<double>(figures.acked) / seconds, "1/s");
  report.add("delivered", static_cast<double>(figures.delivered) / seconds, "1/s");
  report.add_latency("ack", figures.ack);
  if (load.plan().rate > 0) report.add_latency("ack_from_send", figures.ack_service);
  report.add_latency("delivery", figures.delivery);
  cpu.report(report);
  if (const auto used = cpu.server_seconds(); used && figures.acked > 0 && figures.delivered > 0) {
    report.add("server_per_message", *used * 1e6 / static_cast<double>(figures.acked), "us",
               "CPU, for one acknowledged");
    report.add("server_per_delivery", *used * 1e6 / static_cast<double>(figures.delivered), "us",
               "CPU, for one delivered");
  }
  if (unsent_at_end != 0) {
    report.add("held_back", static_cast<double>(unsent_at_end), "", "due at the end, not sent: windows were full");
  }
}

MessageWriter::MessageWriter(std::string_view conversation, std::size_t content_bytes) {
  head_ = fmt::format(R"({{"type":"message.send","data":{{"conversation_id":"{}","client_msg_id":")", conversation);
  static constexpr std::string_view words = "The quick brown fox jumps over the lazy dog. ";
  std::string content;
  while (content.size() < content_bytes) content += words;
  content.resize(content_bytes);
  tail_ = fmt::format(R"(","kind":"text","content":"{}"}}}})", content);
}

std::string_view MessageWriter::frame(std::uint32_t sender, std::uint32_t number) {
  frame_ = head_;
  append_client_msg_id(frame_, sender, number);
  frame_ += tail_;
  return frame_;
}

}  // namespace netherlink::bench
