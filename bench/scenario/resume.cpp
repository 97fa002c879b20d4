#include <fmt/format.h>

#include <queue>
#include <random>

#include "bench/client/accounts.hpp"
#include "bench/client/frame_scan.hpp"
#include "bench/client/ws_connection.hpp"
#include "bench/scenario/load_run.hpp"
#include "bench/scenario/resume_session.hpp"
#include "bench/server/cpu.hpp"
#include "bench/support/failure.hpp"

namespace netherlink::bench {

namespace {

/// Pairs that talk in both directions while their connections are cut, again and again, at random moments. Each client
/// reconnects, asks for what it missed, and sends again what it got no ack for.
class Resume final : public WsListener {
 public:
  Resume(Stage& stage, std::size_t pairs, const LoadPlan& plan, double drop_every, bool faults)
      : stage_(stage),
        faults_(faults),
        load_(plan, [this](std::uint32_t s, std::uint32_t n) { transmit(s, n); }),
        unacked_(2 * pairs),
        ready_(2 * pairs),
        dropped_at_(2 * pairs),
        between_drops_(2 * static_cast<double>(pairs) / drop_every) {}

  void run(Report& report) {
    accounts_ = register_accounts(stage_.loop(), stage_.endpoints(), unacked_.size(), stage_.progress());
    for (std::uint32_t i = 0; i < accounts_.size(); ++i) {
      const auto conversation = single_conversation(accounts_[i].user_id, accounts_[i ^ 1U].user_id);
      sessions_.emplace_back(conversation);
      if (i % 2 == 0) writers_.emplace_back(conversation, 100);
      sockets_.push_back(std::make_unique<WsConnection>(stage_.loop(), *this, i));
    }
    for (auto& socket : sockets_) connect(*socket);
    if (!turn_until(60, [&] { return level_count() == sockets_.size(); })) throw Failure("not all sessions got level");
    level_time_ = Histogram();
    stage_.progress().phase("dropping");
    load_.start(now_ns());
    dropping_ = true;
    turn_until(to_seconds(load_.plan().warmup + load_.plan().length), [] { return false; });
    dropping_ = false;
    stage_.progress().phase("levelling");
    turn_until(faults_ ? 120 : 60, [&] { return load_.drained() && all_held(); });
    finish(report);
  }

 private:
  template <class F>
  bool turn_until(double seconds, F&& done) {
    const Nanos end = now_ns() + from_seconds(seconds);
    for (Nanos now = now_ns(); now < end; now = now_ns()) {
      if (done()) return true;
      load_.tick(now);
      drop_due(now);
      reconnect_due(now);
      stage_.loop().turn(nanos_per_milli);
      stage_.progress().show(fmt::format("{} sent, {} drops, {} levelled", load_.sent(), drops_, level_time_.count()));
    }
    return done();
  }

  void connect(WsConnection& socket) {
    const auto& endpoints = stage_.endpoints();
    socket.connect(endpoints[turn_++ % endpoints.size()], accounts_[socket.index()].access_token);
    dropped_at_[socket.index()] = now_ns();
  }

  void drop_due(Nanos now) {
    if (!dropping_) return;
    if (next_drop_ == 0) next_drop_ = now;
    std::exponential_distribution<double> gap(between_drops_);
    for (; next_drop_ <= now; next_drop_ += from_seconds(gap(random_))) {
      const auto victim = static_cast<std::uint32_t>(random_() % sockets_.size());
      if (!sockets_[victim]->open()) continue;
      sockets_[victim]->drop();
      away(victim, std::uniform_real_distribution<double>(0, 1)(random_));
      ++drops_;
    }
  }

  void away(std::uint32_t session, double seconds) {
    ready_[session] = false;
    sessions_[session].lost_connection();
    reconnects_.push({now_ns() + from_seconds(seconds), session});
  }

  void reconnect_due(Nanos now) {
    while (!reconnects_.empty() && reconnects_.top().first <= now) {
      connect(*sockets_[reconnects_.top().second]);
      reconnects_.pop();
    }
  }

  void transmit(std::uint32_t session, std::uint32_t number) {
    unacked_[session].insert(number);
    if (ready_[session]) sockets_[session]->send_text(writers_[session / 2].frame(session, number));
  }

  void on_text(WsConnection& socket, std::string_view text) override {
    const auto session = socket.index();
    switch (kind_of(text)) {
      case FrameKind::welcome:
        sessions_[session].on_welcome(text);
        socket.send_text(sessions_[session].sync_request());
        ready_[session] = true;
        for (const auto number : unacked_[session]) socket.send_text(writers_[session / 2].frame(session, number));
        return;
      case FrameKind::sync_result:
        return on_sync(socket, text);
      case FrameKind::message_new:
      case FrameKind::message_ack:
        return on_message(session, kind_of(text) == FrameKind::message_ack, text);
      case FrameKind::error:
        if (errors_++ == 0) first_error_ = text;
        // Refused for now: again, in order, over a new connection.
        if (faults_ && socket.open()) {
          socket.drop();
          away(session, 0.2);
        }
        return;
      default:
        return;
    }
  }

  void on_sync(WsConnection& socket, std::string_view text) {
    auto& session = sessions_[socket.index()];
    const auto page = session.on_sync(text, correctness_,
                                      [&](std::int64_t seq, std::string_view id) { seen(socket.index(), seq, id); });
    ++sync_pages_;
    if (!page.complete) return socket.send_text(session.sync_request());
    level_time_.record(now_ns() - dropped_at_[socket.index()]);
  }

  /// The message that a frame is about, after checking that it always has the same seq.
  Message* seen(std::uint32_t session, std::int64_t seq, std::string_view id) {
    std::uint32_t sender = 0, number = 0;
    Message* message = parse_client_msg_id(id, sender, number) ? load_.find(sender, number) : nullptr;
    if (message == nullptr || sender / 2 != session / 2) {
      Correctness::count(correctness_.mismatch, id, session, sender);
      return nullptr;
    }
    correctness_.same_seq(*message, seq, id);
    return message;
  }

  void on_message(std::uint32_t session, bool ack, std::string_view text) {
    FrameScan scan(text);
    const auto id = scan.string("\"client_msg_id\":").value_or("");
    const auto seq = scan.number("\"seq\":").value_or(0);
    Message* message = seen(session, seq, id);
    if (message == nullptr) return;
    const bool duplicate = ack && scan.is_true("\"duplicate\":");
    // A duplicate's ack does not stand for the message on this stream: docs/protocol.md, guarantee 2.
    if (!duplicate) sessions_[session].on_live(seq, correctness_, id);
    if (!ack) return;
    if (duplicate) ++duplicate_acks_;
    std::uint32_t sender = 0, number = 0;
    parse_client_msg_id(id, sender, number);
    const Nanos now = now_ns();
    if (!message->acked) ack_.record(now - message->scheduled);
    message->acked = true;
    unacked_[session].erase(number);
    load_.complete(sender, number, now);
  }

  void on_end(WsConnection& socket, const WsEnd& end) override {
    if (unexpected_ends_++ == 0) first_end_ = fmt::format("session {}: {} {}", socket.index(), end.code, end.reason);
    if (!faults_ && unexpected_ends_ > 10 * sockets_.size())
      throw Failure("the server keeps ending sessions: " + first_end_);
    away(socket.index(), 0.2);
  }

  std::size_t level_count() const {
    return static_cast<std::size_t>(
        std::count_if(sessions_.begin(), sessions_.end(), [](const auto& s) { return s.level(); }));
  }

  std::int64_t sent_in(std::size_t pair) const {
    return static_cast<std::int64_t>(load_.messages()[2 * pair].size() + load_.messages()[2 * pair + 1].size());
  }

  bool all_held() const {
    for (std::size_t i = 0; i < sessions_.size(); ++i) {
      if (sessions_[i].held() != sent_in(i / 2)) return false;
    }
    return level_count() == sessions_.size();
  }

  void finish(Report& report) {
    for (std::size_t i = 0; i < sessions_.size(); ++i) {
      const auto held = sessions_[i].held();
      if (held != sent_in(i / 2))
        Correctness::count(correctness_.lost, sessions_[i].conversation(), held, sent_in(i / 2));
    }
    for (const auto& waiting : unacked_) {
      if (!waiting.empty())
        Correctness::count(correctness_.unanswered, "messages", 0, static_cast<std::int64_t>(waiting.size()));
    }
    report.add("sessions", static_cast<double>(sessions_.size()), "");
    report.add("messages", static_cast<double>(load_.sent()), "", "each held once by both, seq 1..n");
    report.add("drops", static_cast<double>(drops_), "");
    report.add("sync_pages", static_cast<double>(sync_pages_), "");
    report.add("resent", static_cast<double>(duplicate_acks_), "",
               "sent again although stored: acknowledged as duplicate");
    report.add_latency("level", level_time_);
    report.add_latency("ack", ack_);
    correctness_.report(report);
    if (faults_) {
      report.add("ends", static_cast<double>(unexpected_ends_), "", "connections that the faults cost");
      report.add("refused", static_cast<double>(errors_), "");
    } else {
      report.check("unexpected_ends", unexpected_ends_, first_end_);
      report.check("error_frames", errors_, first_error_);
    }
    report.check("not_level", sessions_.size() - level_count());
  }

  using Reconnect = std::pair<Nanos, std::uint32_t>;

  Stage& stage_;
  const bool faults_;
  Load load_;
  Correctness correctness_;
  Histogram level_time_, ack_;
  std::vector<Account> accounts_;
  std::vector<ResumeSession> sessions_;
  std::vector<MessageWriter> writers_;  // by pair
  std::vector<std::unique_ptr<WsConnection>> sockets_;
  std::vector<std::set<std::uint32_t>> unacked_;
  std::vector<bool> ready_;  // connected and welcomed
  std::vector<Nanos> dropped_at_;
  std::priority_queue<Reconnect, std::vector<Reconnect>, std::greater<>> reconnects_;
  std::mt19937_64 random_{std::random_device{}()};
  double between_drops_;
  Nanos next_drop_ = 0;
  bool dropping_ = false;
  std::size_t turn_ = 0;
  std::uint64_t drops_ = 0, sync_pages_ = 0, duplicate_acks_ = 0, unexpected_ends_ = 0, errors_ = 0;
  std::string first_end_, first_error_;
};

}  // namespace

Outcome run_resume(const Options& options) {
  need_descriptors(4096);
  Stage stage(options, "resume");
  const auto pairs = static_cast<std::uint32_t>(options.pairs.value_or(100));
  const LoadPlan plan{2 * pairs, static_cast<std::uint32_t>(options.window.value_or(4)), options.rate.value_or(0),
                      from_seconds(options.warmup.value_or(0)), from_seconds(options.seconds.value_or(20))};
  Report report("resume");
  Resume(stage, pairs, plan, options.drop_every.value_or(3), options.faults).run(report);
  stage.finish();
  return {{std::move(report)}};
}

}  // namespace netherlink::bench
