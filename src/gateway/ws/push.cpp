#include "gateway/ws/push.hpp"

#include "gateway/encode.hpp"
#include "gateway/ws/connection_id.hpp"
#include "gateway/ws/frame_codec.hpp"
#include "gateway/ws/server_frames.hpp"

namespace netherlink::gateway::ws {
namespace {

constexpr std::size_t typical_frame = 384;  // bytes, header included: a hint

void append_new(Run& run, const im::Message& message) {
  const std::size_t start = begin_text_frame(run.frames);
  run.frames += R"({"type":"message.new","data":{"message":)";
  core::JsonWriter out(run.frames);
  write_message(out, message);
  run.frames += "}}";
  end_text_frame(run.frames, start);
  run.ends.push_back(static_cast<std::uint32_t>(run.frames.size()));
}

void append_receipt(Run& run, const im::ConversationEvents::Receipt& receipt, std::string_view instance) {
  const std::size_t start = begin_text_frame(run.receipt_frames);
  core::JsonWriter out(run.receipt_frames);
  out.begin_object().field("type", "receipt").key("data").begin_object();
  out.field("conversation_id", run.id.text).key("user_id").id(receipt.user_id);
  out.field("delivered_seq", receipt.marks.delivered_seq).field("read_seq", receipt.marks.read_seq);
  out.end_object().end_object();
  end_text_frame(run.receipt_frames, start);
  const std::uint64_t connection = receipt.instance == instance ? receipt.origin.connection : 0;
  run.receipts.push_back({receipt.user_id, connection, static_cast<std::uint32_t>(run.receipt_frames.size())});
}

RunPtr encode_run(const im::ConversationEvents& events, std::shared_ptr<const void> source, std::string_view instance) {
  auto run = std::make_shared<Run>();
  run->id = events.id;
  run->source = std::move(source);
  if (!events.messages.empty()) {
    run->first = events.messages.front().message.seq;
    run->frames.reserve(events.messages.size() * typical_frame);
    run->ends.reserve(events.messages.size());
  }
  for (const auto& committed : events.messages) {
    if (ConnectionId::is_session(committed.origin.connection) && committed.instance == instance) {
      run->own.push_back({static_cast<std::uint32_t>(run->ends.size()), committed.origin, &committed.message});
    }
    append_new(*run, committed.message);
  }
  for (const auto& receipt : events.receipts) append_receipt(*run, receipt, instance);
  run->missed_from = events.missed_from;
  run->missed_to = events.missed_to;
  return run;
}

std::shared_ptr<const EncodedEvent> encode_event(const im::PeopleEvent& event,
                                                 std::shared_ptr<const im::PushEnvelope> envelope,
                                                 std::string_view instance) {
  auto encoded = std::make_shared<EncodedEvent>();
  append_json_frame(encoded->frame, event.type, {}, [&](core::JsonWriter& data) { data.raw(event.data); });
  if (event.except_instance == instance) encoded->except = event.except.connection;
  encoded->event = &event;
  encoded->envelope = std::move(envelope);
  return encoded;
}

}  // namespace

Push encode_push(std::shared_ptr<const im::PushEnvelope> envelope, std::string_view instance, std::size_t threads) {
  Push push;
  push.replies.resize(threads);
  push.runs.reserve(envelope->conversations.size());
  for (const auto& events : envelope->conversations) push.runs.push_back(encode_run(events, envelope, instance));
  for (const auto& reply : envelope->replies) {
    const std::uint64_t connection = reply.origin.connection;
    if (!ConnectionId::is_session(connection) || reply.instance != instance) continue;
    if (const std::size_t thread = ConnectionId::thread(connection); thread < threads) {
      push.replies[thread].push_back(&reply);
    }
  }
  for (const auto& event : envelope->events) push.events.push_back(encode_event(event, envelope, instance));
  push.envelope = std::move(envelope);
  return push;
}

std::shared_ptr<Run> encode_repair(const im::ConversationId& id, std::span<const im::Message> messages) {
  auto run = std::make_shared<Run>();
  run->id = id;
  run->first = messages.front().seq;
  for (const auto& message : messages) append_new(*run, message);
  return run;
}

}  // namespace netherlink::gateway::ws
