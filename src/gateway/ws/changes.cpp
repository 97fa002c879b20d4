// message.updated: in ascending order of the revision, to each reader as that one sees the message.
#include <algorithm>

#include "gateway/ws/fan_out.hpp"
#include "gateway/ws/hub.hpp"

namespace netherlink::gateway::ws {

void FanOut::hand_out_updates(Topic& topic, const RunPtr& run) {
  const std::int64_t after = topic.last_revision;
  topic.last_revision = std::max(after, run->revision());
  if (run->updates.empty() || run->updates.back().revision <= after) return;
  hub_.storm().flush(topic);  // nobody hears of a change before the message
  const ChunkRef chunk(new Chunk(run, run->update_frames));
  const auto first = std::ranges::upper_bound(run->updates, after, {}, &Run::Update::revision) - run->updates.begin();
  const auto begin = static_cast<std::size_t>(first);
  if (hub_.shards().take(topic)) {
    return hub_.shards().add(topic, {Spread::Part::Kind::updates, run, nullptr, chunk, begin, after});
  }
  for (const Subscriber& subscriber : topic.subscribers) give_updates(subscriber, run, chunk, begin, after);
}

void FanOut::give_updates(const Subscriber& subscriber, const RunPtr& run, const ChunkRef& chunk, std::size_t first,
                          std::int64_t after) {
  Session& session = *subscriber.session;
  if (session.attachment() != nullptr) return session.hold(run, first, Attachment::Part::updates);
  send_updates(session, *run, chunk, std::max(after, subscriber.start_revision));
}

void FanOut::send_updates(Session& session, const Run& run, const ChunkRef& chunk, std::int64_t after_revision) {
  const auto reader = session.principal().user_id;
  for (const auto& update : run.updates) {
    if (update.revision <= after_revision) continue;
    const auto bytes = update.of(reader);
    session.push(chunk, bytes.begin, bytes.end);
  }
}

/// Who is attaching reads the state anyway.
void FanOut::send_deletions(const RunPtr& run, Topic* topic) {
  if (run->deletions.empty()) return;
  const ChunkRef chunk(new Chunk(run, run->deletion_frames));
  std::size_t begin = 0;
  for (const auto& deletion : run->deletions) {
    for (Session* const session : hub_.sessions_of(deletion.user_id)) {
      if (session->attachment() != nullptr) continue;
      // Not before the message.
      if (topic != nullptr) hub_.shards().level(*session, *topic);
      session->push(chunk, begin, deletion.end);
    }
    begin = deletion.end;
  }
}

}  // namespace netherlink::gateway::ws
