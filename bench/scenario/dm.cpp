#include <fmt/format.h>

#include "bench/scenario/load_run.hpp"
#include "bench/server/cpu.hpp"

namespace netherlink::bench {

namespace {

/// Pairs of users in one conversation each. Sessions 2p and 2p+1 are the pair p.
class DirectMessages final : public SessionObserver {
 public:
  DirectMessages(Stage& stage, std::uint32_t pairs, LoadPlan plan)
      : stage_(stage),
        both_(plan.senders > pairs),
        group_(stage.loop(), stage.endpoints(), *this),
        load_(plan, [this](std::uint32_t sender, std::uint32_t number) { transmit(sender, number); }),
        last_seq_(2 * pairs),
        next_number_(2 * pairs) {}

  void run(const std::string& label, Report& report) {
    const auto accounts = register_accounts(stage_.loop(), stage_.endpoints(), last_seq_.size(), stage_.progress());
    const auto content = static_cast<std::size_t>(stage_.options().content_bytes.value_or(100));
    for (std::size_t i = 0; i < accounts.size(); i += 2) {
      conversations_.push_back(single_conversation(accounts[i].user_id, accounts[i + 1].user_id));
      writers_.emplace_back(conversations_.back(), content);
    }
    group_.open(accounts, 1, stage_.progress());
    drive(stage_, load_, figures_, 1, label, report);
    correctness_.all_delivered(load_, 1);
    group_.close();
  }

  void check(Report& report) const {
    correctness_.report(report);
    group_.check(report);
  }

 private:
  std::uint32_t session_of(std::uint32_t sender) const { return both_ ? sender : 2 * sender; }
  std::uint32_t sender_of(std::uint32_t session) const { return both_ ? session : session / 2; }

  void transmit(std::uint32_t sender, std::uint32_t number) {
    const auto session = session_of(sender);
    group_.send(session, writers_[session / 2].frame(sender, number));
  }

  void on_frame(std::uint32_t session, FrameKind kind, std::string_view text) override {
    if (kind != FrameKind::message_ack && kind != FrameKind::message_new) return;
    const Nanos now = now_ns();
    FrameScan scan(text);
    std::uint32_t sender = 0, number = 0;
    const bool ack = kind == FrameKind::message_ack;
    // In the order in which docs/protocol.md names the fields of each.
    const auto early_id = ack ? scan.string("\"client_msg_id\":") : std::nullopt;
    const auto conversation = scan.string("\"conversation_id\":");
    const auto seq = scan.number("\"seq\":").value_or(0);
    const auto id = ack ? early_id : scan.string("\"client_msg_id\":");
    Message* message = id && parse_client_msg_id(*id, sender, number) ? load_.find(sender, number) : nullptr;
    const auto author = ack ? session : session ^ 1U;
    if (message == nullptr || session_of(sender) != author || conversation != conversations_[session / 2]) {
      return Correctness::count(correctness_.mismatch, text, session, author);
    }
    const auto where = id.value_or("");
    correctness_.next_seq(last_seq_[session], seq, where);
    correctness_.same_seq(*message, seq, where);
    if (ack) {
      on_ack(sender, number, *message, scan.is_true("\"duplicate\":"), now);
    } else {
      on_delivery(session, number, *message, now);
    }
  }

  void on_ack(std::uint32_t sender, std::uint32_t number, Message& message, bool duplicate, Nanos now) {
    if (duplicate || message.acked) Correctness::count(correctness_.duplicate, "ack", number, message.seq);
    message.acked = true;
    ++figures_.all_acked;
    if (load_.in_window(now)) ++figures_.acked;
    if (load_.in_window(message.scheduled)) {
      figures_.ack.record(now - message.scheduled);
      figures_.ack_service.record(now - message.sent);
    }
    load_.complete(sender, number, now);
  }

  void on_delivery(std::uint32_t session, std::uint32_t number, Message& message, Nanos now) {
    ++message.deliveries;
    ++figures_.all_delivered;
    if (number + 1 < next_number_[session]) {
      Correctness::count(correctness_.out_of_order, "sender's number", number, next_number_[session]);
    }
    next_number_[session] = number + 1;
    if (load_.in_window(now)) ++figures_.delivered;
    if (load_.in_window(message.scheduled)) figures_.delivery.record(now - message.scheduled);
  }

  Stage& stage_;
  bool both_;
  SessionGroup group_;
  Load load_;
  LoadFigures figures_;
  Correctness correctness_;
  std::vector<std::string> conversations_;
  std::vector<MessageWriter> writers_;
  std::vector<std::int64_t> last_seq_;      // by session
  std::vector<std::uint32_t> next_number_;  // by receiving session
};

}  // namespace

Outcome run_dm(const Options& options) {
  need_descriptors(4096);
  Stage stage(options, "dm");
  const auto pairs = static_cast<std::uint32_t>(options.pairs.value_or(200));
  LoadPlan plan{options.both_directions ? 2 * pairs : pairs, static_cast<std::uint32_t>(options.window.value_or(16)),
                options.rate.value_or(0), from_seconds(options.warmup.value_or(2)),
                from_seconds(options.seconds.value_or(10))};
  Report report("dm");
  report.add("pairs", pairs, "");
  report.add("window", plan.window, "");
  DirectMessages peak(stage, pairs, plan);
  peak.run("peak", report);
  peak.check(report);
  std::vector<Report> reports{std::move(report)};
  if (options.fraction) {
    plan.rate = *options.fraction * reports[0].value("acknowledged");
    plan.window = 1;
    Report paced(fmt::format("dm at {:.0f} % of that, window 1", 100 * *options.fraction));
    DirectMessages run(stage, pairs, plan);
    run.run("paced", paced);
    run.check(paced);
    reports.push_back(std::move(paced));
  }
  stage.finish();
  return {std::move(reports)};
}

}  // namespace netherlink::bench
