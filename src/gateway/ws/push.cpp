#include "gateway/ws/push.hpp"

#include <algorithm>
#include <map>
#include <set>

#include "gateway/encode.hpp"
#include "gateway/ws/connection_id.hpp"
#include "gateway/ws/frame_codec.hpp"
#include "gateway/ws/server_frames.hpp"

namespace netherlink::gateway::ws {
namespace {

constexpr std::size_t typical_frame = 384;  // bytes, header included: a hint

void append_new(Run& run, const im::Message& message) {
  const std::size_t start = begin_frame(run.frames);
  run.frames += R"({"type":"message.new","data":{"message":)";
  core::JsonWriter out(run.frames);
  write_message(out, message);
  run.frames += "}}";
  end_frame(run.frames, start);
  run.ends.push_back(static_cast<std::uint32_t>(run.frames.size()));
}

void append_receipt(Run& run, const im::ConversationEvents::Receipt& receipt, std::string_view instance) {
  const std::size_t start = begin_frame(run.receipt_frames);
  core::JsonWriter out(run.receipt_frames);
  out.begin_object().field("type", "receipt").key("data").begin_object();
  out.field("conversation_id", run.id.text).key("user_id").id(receipt.user_id);
  out.field("delivered_seq", receipt.marks.delivered_seq).field("read_seq", receipt.marks.read_seq);
  out.end_object().end_object();
  end_frame(run.receipt_frames, start);
  const std::uint64_t connection = receipt.instance == instance ? receipt.origin.connection : 0;
  run.receipts.push_back({receipt.user_id, connection, static_cast<std::uint32_t>(run.receipt_frames.size())});
}

Run::Update::Bytes append_updated(std::string& out, const im::Message& message) {
  const auto begin = static_cast<std::uint32_t>(out.size());
  const std::size_t start = begin_frame(out);
  out += R"({"type":"message.updated","data":{"message":)";
  core::JsonWriter writer(out);
  write_message(writer, message);
  out += "}}";
  end_frame(out, start);
  return {begin, static_cast<std::uint32_t>(out.size())};
}

/// For each reader who has done something with the message; who did the same gets the same bytes.
void append_personal(Run& run, Run::Update& update, const im::UpdatedMessage& updated) {
  std::map<im::UserId, std::set<std::string_view>> by_reader;
  for (const auto& mark : updated.marks) by_reader[mark.user_id].insert(mark.emoji);
  std::map<std::set<std::string_view>, Run::Update::Bytes> known;
  for (const auto& [reader, marks] : by_reader) {
    const auto [bytes, is_new] = known.try_emplace(marks);
    if (is_new) {
      bytes->second = append_updated(run.update_frames, im::seen_by(reader, updated.message, updated.marks));
    }
    update.personal.emplace_back(reader, bytes->second);
  }
}

void append_updates(Run& run, std::span<const im::UpdatedMessage> updates) {
  for (const auto& updated : updates) {
    run.updates.push_back({updated.message.revision, append_updated(run.update_frames, updated.message), {}});
  }
  for (std::size_t i = 0; i < updates.size(); ++i) append_personal(run, run.updates[i], updates[i]);
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
  run->own_receipts = events.own_receipts || events.id.kind == im::ConversationKind::world;
  for (const auto& receipt : events.receipts) append_receipt(*run, receipt, instance);
  append_updates(*run, events.updates);
  run->seq_before = events.seq_before;
  run->revision_before = events.revision_before;
  for (const auto& deletion : events.deletions) {
    run->deletions.push_back({deletion.user_id, append_updated(run->deletion_frames, deletion.message).end});
  }
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
  if (!event.list.empty()) encoded->facts = parse_room_facts(event.facts);
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

std::shared_ptr<Run> encode_repair(const im::ConversationId& id, std::span<const im::Message> messages,
                                   std::span<const im::UpdatedMessage> updates) {
  auto run = std::make_shared<Run>();
  run->id = id;
  if (!messages.empty()) run->first = messages.front().seq;
  for (const auto& message : messages) append_new(*run, message);
  append_updates(*run, updates);
  return run;
}

std::size_t Run::index_after(im::Seq seq) const {
  if (seq < first) return 0;
  return std::min(count(), static_cast<std::size_t>(seq - first) + 1);
}

Run::Update::Bytes Run::Update::of(im::UserId reader) const {
  const auto own = std::ranges::lower_bound(personal, reader, {}, &std::pair<im::UserId, Bytes>::first);
  return own != personal.end() && own->first == reader ? own->second : common;
}

}  // namespace netherlink::gateway::ws
