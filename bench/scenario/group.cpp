#include <fmt/format.h>

#include <algorithm>
#include <boost/json/parse.hpp>

#include "bench/client/http_client.hpp"
#include "bench/scenario/load_run.hpp"
#include "bench/server/cpu.hpp"
#include "bench/support/failure.hpp"

namespace netherlink::bench {

namespace {

constexpr std::uint32_t open_window = 1U << 20;  // an open loop without a limit
constexpr std::size_t joins_in_flight = 16;
constexpr Nanos join_limit = 1800 * nanos_per_second, settle_limit = 120 * nanos_per_second,
                drain_limit = 60 * nanos_per_second;
constexpr std::string_view prefix = "/api/v1";

HttpRequest call(std::string method, std::string_view path, std::string body, const Account& who) {
  return {std::move(method), fmt::format("{}{}", prefix, path), std::move(body), who.access_token};
}

boost::json::value expect(const HttpResponse& answer, int status, std::string_view what) {
  if (answer.status != status) throw Failure(fmt::format("{}: {} {}", what, answer.status, answer.body));
  return boost::json::parse(answer.body);
}

std::string text(const boost::json::value& object, std::string_view name) {
  return std::string(object.at(name).as_string());
}

/// One conversation's messages in one phase. Numbers of senders are unique over the phases: what is sent twice under
/// one name is one message.
struct Stream {
  Stream(const std::string& conversation, std::size_t content, const LoadPlan& plan, std::uint32_t first,
         std::uint32_t to, const Load::Transmit& transmit)
      : writer(conversation, content), load(plan, transmit), first_sender(first), receivers(to) {}

  MessageWriter writer;
  Load load;
  LoadFigures figures;
  Correctness correctness;
  std::uint32_t first_sender = 0, receivers = 0;

  bool settled() const { return load.drained() && figures.all_delivered >= figures.all_acked * receivers; }
};

/// A group most of whose members are away, and a single chat of two others. Sessions: the members who are there, of
/// whom the first send; then who writes the chat, and who reads it.
class Beside final : public SessionObserver {
 public:
  Beside(Stage& stage, std::uint32_t members, std::uint32_t online, std::uint32_t senders)
      : stage_(stage),
        members_(members),
        online_(online),
        senders_(senders),
        content_(static_cast<std::size_t>(stage.options().content_bytes.value_or(100))),
        sessions_(stage.loop(), stage.endpoints(), *this),
        group_seq_(online),
        chat_seq_(2) {}

  void prepare() {
    auto accounts = register_accounts(stage_.loop(), stage_.endpoints(), members_ + 2, stage_.progress());
    const auto link = make_group(accounts.front());
    join(accounts, link);
    wait_for_notices(accounts.front());
    // Who is away needs no session: members that are there, and the two at the end.
    accounts.erase(accounts.begin() + online_, accounts.end() - 2);
    chat_ = single_conversation(accounts[online_].user_id, accounts[online_ + 1].user_id);
    sessions_.open(accounts, 1, stage_.progress());
  }

  void run(std::string_view label, double group_rate, double chat_rate, const LoadPlan& plan, Report& report) {
    auto chat_plan = plan;
    chat_plan.senders = 1;
    chat_plan.rate = chat_rate;
    chat_stream_ =
        std::make_unique<Stream>(chat_, content_, chat_plan, phase_ * senders_, 1, [this](auto, auto number) {
          sessions_.send(online_, chat_stream_->writer.frame(chat_stream_->first_sender, number));
        });
    group_stream_.reset();
    if (group_rate > 0) {
      auto group_plan = plan;
      group_plan.senders = senders_;
      group_plan.rate = group_rate;
      group_stream_ = std::make_unique<Stream>(
          group_, content_, group_plan, phase_ * senders_, online_ - 1, [this](auto sender, auto number) {
            sessions_.send(sender, group_stream_->writer.frame(group_stream_->first_sender + sender, number));
          });
    }
    ++phase_;
    drive(std::string(label), report);
    add_stream("chat", *chat_stream_, report);
    if (group_stream_) add_stream("group", *group_stream_, report);
    sessions_.check(report);
  }

  void close() { sessions_.close(); }

 private:
  // Making the group

  boost::json::value once(HttpRequest request, int status, std::string_view what) {
    return expect(http_once(stage_.loop(), stage_.endpoints().front(), std::move(request), 30 * nanos_per_second),
                  status, what);
  }

  std::string make_group(const Account& owner) {
    const auto made = once(call("POST", "/groups", R"({"name":"Everybody"})", owner), 201, "making a group");
    group_ = text(made, "conversation_id");
    const auto path = fmt::format("/groups/{}/link", text(made, "id"));
    return text(once(call("POST", path, "{}", owner), 201, "making a link"), "code");
  }

  void join(const std::vector<Account>& accounts, const std::string& code) {
    stage_.progress().phase("joining the group");
    HttpPool pool(stage_.loop(), stage_.endpoints(), joins_in_flight);
    for (std::size_t i = 1; i < members_; ++i) {
      pool.request(call("POST", "/groups/join", fmt::format(R"({{"code":"{}"}})", code), accounts[i]),
                   [](const HttpResponse& answer) { expect(answer, 200, "joining"); });
    }
    pool.run(join_limit, [&] { stage_.progress().show(fmt::format("{} left", pool.pending())); });
  }

  /// Each join is a message of the group: they must not be part of what is measured.
  void wait_for_notices(const Account& owner) {
    stage_.progress().phase("waiting for the joins to be told");
    const Nanos deadline = now_ns() + settle_limit;
    for (;;) {
      const auto seen = once(call("GET", "/conversations/" + group_, {}, owner), 200, "looking at the group");
      const auto last_seq = seen.at("last_seq").to_number<std::int64_t>();
      if (last_seq >= members_) return;
      if (now_ns() > deadline) throw Failure(fmt::format("only {} of {} joins were told", last_seq, members_));
      stage_.loop().run_until(now_ns() + nanos_per_second / 5, [] { return false; });
    }
  }

  // Measuring

  void drive(const std::string& label, Report& report) {
    Load& chat = chat_stream_->load;
    const Nanos begin = now_ns();
    for_each([begin](Stream& stream) { stream.load.start(begin); });
    stage_.progress().phase(label + ", warming up");
    while (now_ns() < chat.measure_begin()) turn();
    stage_.progress().phase(label);
    CpuMeter cpu(stage_.probe());
    while (now_ns() < chat.measure_end()) {
      turn();
      stage_.progress().show(fmt::format("{} in the chat", chat_stream_->figures.acked));
    }
    cpu.stop();
    stage_.progress().phase(label + ", draining");
    const Nanos deadline = now_ns() + drain_limit;
    const auto settled = [this] {
      return chat_stream_->settled() && (group_stream_ == nullptr || group_stream_->settled());
    };
    while (!settled() && now_ns() < deadline) turn();
    cpu.report(report);
  }

  template <class Use>
  void for_each(const Use& use) {
    use(*chat_stream_);
    if (group_stream_) use(*group_stream_);
  }

  void turn() {
    const Nanos now = now_ns();
    Nanos due = now + 5 * nanos_per_milli;
    for_each([&](Stream& stream) {
      stream.load.tick(now);
      due = std::min(due, stream.load.next_due());
    });
    stage_.loop().turn(std::max<Nanos>(due - now, 0));
  }

  void add_stream(const std::string& name, Stream& stream, Report& report) {
    auto& figures = stream.figures;
    const double seconds = to_seconds(stream.load.plan().length);
    report.add(name + "_acknowledged", static_cast<double>(figures.acked) / seconds, "1/s", "open loop");
    report.add(name + "_delivered", static_cast<double>(figures.delivered) / seconds, "1/s");
    report.add_latency(name + "_ack", figures.ack);
    report.add_latency(name + "_delivery", figures.delivery);
    stream.correctness.all_delivered(stream.load, stream.receivers);
    stream.correctness.report(report, name + "_");
  }

  // What arrives

  void on_frame(std::uint32_t session, FrameKind kind, std::string_view frame) override {
    if (kind == FrameKind::welcome && session < online_) group_seq_[session] = group_head(frame);
    if (kind != FrameKind::message_ack && kind != FrameKind::message_new) return;
    const Nanos now = now_ns();
    FrameScan scan(frame);
    const bool ack = kind == FrameKind::message_ack;
    // In the order in which docs/protocol.md names the fields of each.
    const auto early_id = ack ? scan.string("\"client_msg_id\":") : std::nullopt;
    const auto conversation = scan.string("\"conversation_id\":");
    const auto seq = scan.number("\"seq\":").value_or(0);
    const auto id = ack ? early_id : scan.string("\"client_msg_id\":");
    const bool in_chat = session >= online_;
    Stream* const stream = in_chat ? chat_stream_.get() : group_stream_.get();
    std::uint32_t sender = 0, number = 0;
    const bool ours = stream != nullptr && conversation == (in_chat ? chat_ : group_) && id &&
                      parse_client_msg_id(*id, sender, number) && sender >= stream->first_sender;
    Message* const message = ours ? stream->load.find(sender - stream->first_sender, number) : nullptr;
    if (message == nullptr) {
      return Correctness::count(chat_stream_->correctness.mismatch, frame, session, 0);
    }
    sender -= stream->first_sender;
    auto& last_seq = in_chat ? chat_seq_[session - online_] : group_seq_[session];
    stream->correctness.next_seq(last_seq, seq, *id);
    stream->correctness.same_seq(*message, seq, *id);
    if (ack) {
      on_ack(*stream, sender, number, *message, scan.is_true("\"duplicate\":"), now);
    } else {
      on_delivery(*stream, *message, now);
    }
  }

  std::int64_t group_head(std::string_view welcome) const {
    const auto frame = boost::json::parse(welcome);
    for (const auto& conversation : frame.at("data").at("conversations").as_array()) {
      if (conversation.at("conversation_id").as_string() == group_)
        return conversation.at("last_seq").to_number<std::int64_t>();
    }
    throw Failure("the group is not in the welcome: " + std::string(welcome.substr(0, 500)));
  }

  static void on_ack(Stream& stream, std::uint32_t sender, std::uint32_t number, Message& message, bool duplicate,
                     Nanos now) {
    if (duplicate || message.acked) Correctness::count(stream.correctness.duplicate, "ack", number, message.seq);
    message.acked = true;
    ++stream.figures.all_acked;
    if (stream.load.in_window(now)) ++stream.figures.acked;
    if (stream.load.in_window(message.scheduled)) stream.figures.ack.record(now - message.scheduled);
    stream.load.complete(sender, number, now);
  }

  static void on_delivery(Stream& stream, Message& message, Nanos now) {
    ++message.deliveries;
    ++stream.figures.all_delivered;
    if (stream.load.in_window(now)) ++stream.figures.delivered;
    if (stream.load.in_window(message.scheduled)) stream.figures.delivery.record(now - message.scheduled);
  }

  Stage& stage_;
  std::uint32_t members_, online_, senders_, phase_ = 0;
  std::size_t content_;
  std::string group_, chat_;  // conversations
  SessionGroup sessions_;
  std::unique_ptr<Stream> chat_stream_, group_stream_;
  std::vector<std::int64_t> group_seq_, chat_seq_;  // by session
};

}  // namespace

Outcome run_group(const Options& options) {
  const auto members = static_cast<std::uint32_t>(options.members.value_or(20'000));
  const auto online = static_cast<std::uint32_t>(options.online.value_or(2'000));
  const auto senders = static_cast<std::uint32_t>(options.senders.value_or(20));
  if (online > members || senders > online)
    throw Failure("more senders than members online, or more of those than members");
  need_descriptors(online + 200);
  Stage stage(options, "group", {fmt::format("groups.max_members={}", std::max(members, 2U))});
  const LoadPlan plan{0, open_window, 0, from_seconds(options.warmup.value_or(2)),
                      from_seconds(options.seconds.value_or(20))};
  const double chat_rate = options.chat_rate.value_or(200), group_rate = options.rate.value_or(20);
  Beside run(stage, members, online, senders);
  run.prepare();
  Report alone("group: the single chat alone"), beside("group: the single chat beside the group");
  run.run("alone", 0, chat_rate, plan, alone);
  beside.add("members", members, "");
  beside.add("online", online, "");
  beside.add("senders", senders, "");
  run.run("beside the group", group_rate, chat_rate, plan, beside);
  for (const auto* name : {"chat_ack_p99", "chat_delivery_p99"}) {
    beside.add(fmt::format("{}_moved", name), beside.value(name) - alone.value(name), "ms", "against the chat alone");
  }
  run.close();
  stage.finish();
  return {{std::move(alone), std::move(beside)}};
}

}  // namespace netherlink::bench
