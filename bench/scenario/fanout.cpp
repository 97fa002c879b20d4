#include <fmt/format.h>

#include <boost/json/parse.hpp>

#include "bench/scenario/load_run.hpp"
#include "bench/server/cpu.hpp"
#include "bench/support/failure.hpp"

namespace netherlink::bench {

namespace {

/// Members of `world`, each with one socket; the first of them send. A message is complete, and leaves its sender's
/// window, when it was acknowledged and every other member has it: so the peak is one that the receivers keep up with.
class FanOut final : public SessionObserver {
 public:
  FanOut(Stage& stage, std::uint32_t members, LoadPlan plan)
      : stage_(stage),
        writer_("world", static_cast<std::size_t>(stage.options().content_bytes.value_or(100))),
        group_(stage.loop(), stage.endpoints(), *this),
        load_(plan, [this](std::uint32_t s, std::uint32_t n) { group_.send(s, writer_.frame(s, n)); }),
        members_(members),
        last_seq_(members) {}

  void run(const std::string& label, Report& report) {
    const auto accounts = register_accounts(stage_.loop(), stage_.endpoints(), members_, stage_.progress());
    if (const auto percent = stage_.options().protobuf.value_or(0); percent != 0) {
      group_.speak_protobuf_from(members_ - members_ * static_cast<std::size_t>(percent) / 100);
    }
    group_.open(accounts, 1, stage_.progress());
    const std::uint64_t reads_before = group_.reads(), bytes_before = group_.bytes_read();
    drive(stage_, load_, figures_, members_ - 1, label, report);
    const double frames = static_cast<double>(figures_.all_delivered + figures_.all_acked);
    report.add("frames_per_read", frames / static_cast<double>(group_.reads() - reads_before), "",
               "how many arrived together");
    report.add("bytes_per_frame", static_cast<double>(group_.bytes_read() - bytes_before) / frames, "B",
               "with the frame's header");
    correctness_.all_delivered(load_, members_ - 1);
    group_.close();
  }

  void check(Report& report) const {
    correctness_.report(report);
    report.check("signals", signals_, "messages.available although lobby.storm_threshold should be high");
    group_.check(report);
  }

 private:
  void on_frame(std::uint32_t session, FrameKind kind, std::string_view text) override {
    if (kind == FrameKind::message_new) return on_message(session, text);
    if (kind == FrameKind::message_ack) return on_ack(session, text);
    if (kind == FrameKind::welcome) last_seq_[session] = world_head(text);
    if (kind == FrameKind::available) ++signals_;
  }

  static std::int64_t world_head(std::string_view welcome) {
    const auto frame = boost::json::parse(welcome);
    for (const auto& conversation : frame.at("data").at("conversations").as_array()) {
      if (conversation.at("conversation_id").as_string() == "world")
        return conversation.at("last_seq").to_number<std::int64_t>();
    }
    throw Failure("world is not in the welcome: " + std::string(welcome.substr(0, 500)));
  }

  void on_message(std::uint32_t session, std::string_view text) {
    const Nanos now = now_ns();
    FrameScan scan(text);
    std::uint32_t sender = 0, number = 0;
    const auto conversation = scan.string("\"conversation_id\":");
    const auto seq = scan.number("\"seq\":").value_or(0);
    const auto id = scan.string("\"client_msg_id\":").value_or("");
    Message* message = parse_client_msg_id(id, sender, number) ? load_.find(sender, number) : nullptr;
    if (message == nullptr || conversation != "world")
      return Correctness::count(correctness_.mismatch, text, session, 0);
    correctness_.next_seq(last_seq_[session], seq, id);
    correctness_.same_seq(*message, seq, id);
    ++message->deliveries;
    ++figures_.all_delivered;
    if (load_.in_window(now)) ++figures_.delivered;
    if (load_.in_window(message->scheduled)) figures_.delivery.record(now - message->scheduled);
    complete_if_done(sender, number, *message, now);
  }

  void on_ack(std::uint32_t session, std::string_view text) {
    const Nanos now = now_ns();
    FrameScan scan(text);
    std::uint32_t sender = 0, number = 0;
    const auto id = scan.string("\"client_msg_id\":").value_or("");
    const auto seq = scan.number("\"seq\":").value_or(0);
    Message* message = parse_client_msg_id(id, sender, number) ? load_.find(sender, number) : nullptr;
    if (message == nullptr || sender != session)
      return Correctness::count(correctness_.mismatch, text, session, sender);
    correctness_.next_seq(last_seq_[session], seq, id);
    correctness_.same_seq(*message, seq, id);
    if (message->acked || scan.is_true("\"duplicate\":"))
      Correctness::count(correctness_.duplicate, "ack", number, seq);
    message->acked = true;
    ++figures_.all_acked;
    if (load_.in_window(now)) ++figures_.acked;
    if (load_.in_window(message->scheduled)) {
      figures_.ack.record(now - message->scheduled);
      figures_.ack_service.record(now - message->sent);
    }
    complete_if_done(sender, number, *message, now);
  }

  void complete_if_done(std::uint32_t sender, std::uint32_t number, const Message& message, Nanos now) {
    if (message.acked && message.deliveries + 1 >= members_) load_.complete(sender, number, now);
  }

  Stage& stage_;
  MessageWriter writer_;
  SessionGroup group_;
  Load load_;
  LoadFigures figures_;
  Correctness correctness_;
  std::uint32_t members_;
  std::vector<std::int64_t> last_seq_;  // of world, by session
  std::uint64_t signals_ = 0;
};

}  // namespace

Outcome run_fanout(const Options& options) {
  const auto members = static_cast<std::uint32_t>(options.members.value_or(1000));
  const auto senders = static_cast<std::uint32_t>(options.senders.value_or(20));
  if (senders > members) throw Failure("more senders than members");
  const auto protobuf = static_cast<std::uint32_t>(options.protobuf.value_or(0));
  if (protobuf > 100 || senders + members * protobuf / 100 > members) {
    throw Failure("--protobuf: whoever sends speaks JSON");
  }
  need_descriptors(members + 200);
  Stage stage(options, "fanout", {"lobby.storm_threshold=1000000"});
  LoadPlan plan{senders, static_cast<std::uint32_t>(options.window.value_or(8)), options.rate.value_or(0),
                from_seconds(options.warmup.value_or(2)), from_seconds(options.seconds.value_or(10))};
  Report report("fanout");
  report.add("members", members, "");
  report.add("senders", senders, "");
  report.add("window", plan.window, "");
  FanOut peak(stage, members, plan);
  peak.run("peak", report);
  peak.check(report);
  std::vector<Report> reports{std::move(report)};
  if (options.fraction) {
    plan.rate = *options.fraction * reports[0].value("delivered") / (members - 1);
    plan.window = 1U << 20;  // an open loop without a limit
    Report paced(fmt::format("fanout at {:.0f} % of that", 100 * *options.fraction));
    FanOut run(stage, members, plan);
    run.run("paced", paced);
    run.check(paced);
    reports.push_back(std::move(paced));
  }
  stage.finish();
  return {std::move(reports)};
}

}  // namespace netherlink::bench
