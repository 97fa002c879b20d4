#include "gateway/ws/storm.hpp"

#include <cmath>

#include "gateway/ws/frame_codec.hpp"
#include "gateway/ws/hub.hpp"
#include "gateway/ws/server_frames.hpp"
#include "netherlink/log/log.hpp"
#include "netherlink/metrics/metrics.hpp"

namespace netherlink::gateway::ws {
namespace {

constexpr milliseconds signal_interval{200};

void append_signal(std::string& out, const im::ConversationId& id, im::Seq from, im::Seq to) {
  append_json_frame(out, "messages.available", {}, [&](core::JsonWriter& data) {
    data.begin_object().field("conversation_id", id.text).field("from_seq", from).field("to_seq", to);
    data.field("count", to - from + 1).end_object();
  });
}

RunPtr make_signal(const Topic& topic) {
  auto run = std::make_shared<Run>();
  run->id = topic.id;
  run->first = topic.pending_from;
  run->signal_to = topic.pending_to;
  append_signal(run->frames, topic.id, topic.pending_from, topic.pending_to);
  return run;
}

}  // namespace

void send_signal(Session& session, const RunPtr& run, im::Seq start_seq) {
  if (start_seq >= run->signal_to) return;
  if (start_seq < run->first) {
    session.push(ChunkRef(new Chunk(run, run->frames)), 0, run->frames.size());
  } else {
    session.send([&](std::string& out) { append_signal(out, run->id, start_seq + 1, run->signal_to); });
  }
}

void Storm::count(std::size_t messages) {
  const std::chrono::duration<double> since = hub_.now() - counted_at_;
  counted_at_ = hub_.now();
  level_ = level_ * std::exp(-since.count()) + static_cast<double>(messages);
}

bool Storm::take(Topic& topic, const Run& run, std::size_t begin) {
  if (topic.id.kind != im::ConversationKind::world) return false;
  count(run.count() - begin);
  if (!on_ && level_ <= static_cast<double>(hub_.context().settings.storm_threshold)) return false;
  if (!on_) log::info("storm in the lobby", {{"messages_a_second", static_cast<std::int64_t>(level_)}});
  on_ = true;
  if (topic.pending_to == 0) topic.pending_from = run.first + static_cast<im::Seq>(begin);
  topic.pending_to = run.last();
  if (!armed()) hub_.thread().wheel().arm(*this, signal_interval);
  return true;
}

void Storm::flush(Topic& topic) {
  if (topic.pending_to == 0) return;
  const RunPtr run = make_signal(topic);
  topic.pending_from = topic.pending_to = 0;
  for (const Subscriber& subscriber : topic.subscribers) {
    if (subscriber.session->attachment() != nullptr) {
      subscriber.session->hold(run, 0, Attachment::Part::signal);
    } else {
      send_signal(*subscriber.session, run, subscriber.start_seq);
    }
  }
  static auto& signals =
      metrics::counter("netherlink_lobby_signals_total", "messages.available, each to many sessions");
  signals.add();
}

void Storm::on_timer() {
  hub_.begin_handler();
  if (Topic* const topic = hub_.topics().find(im::ConversationId::world().text)) flush(*topic);
  count(0);
  if (level_ >= static_cast<double>(hub_.context().settings.storm_threshold) / 2) {
    hub_.thread().wheel().arm(*this, signal_interval);
  } else {
    on_ = false;
    log::info("the storm is over");
  }
}

}  // namespace netherlink::gateway::ws
