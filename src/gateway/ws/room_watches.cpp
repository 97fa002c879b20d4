#include "gateway/ws/room_watches.hpp"

#include <algorithm>

#include "gateway/ws/hub.hpp"

namespace netherlink::gateway::ws {

void RoomWatches::watch(Session& session, room::Filter filter, std::shared_ptr<const void> interest) {
  if (!session.room_watch) {
    session.room_watch = std::make_unique<RoomWatch>();
    session.room_watch->place = watchers_.size();
    watchers_.push_back(&session);
  }
  session.room_watch->filter = std::move(filter);
  session.room_watch->interest = std::move(interest);
}

void RoomWatches::drop(Session& session) {
  if (!session.room_watch) return;
  const std::size_t place = session.room_watch->place;
  watchers_[place] = watchers_.back();
  watchers_[place]->room_watch->place = place;
  watchers_.pop_back();
  session.room_watch.reset();
}

void RoomWatches::take(const std::shared_ptr<const EncodedEvent>& encoded) {
  if (watchers_.empty()) return;
  changes_[encoded->facts->room].push_back(encoded);
  if (!armed()) hub_.thread().wheel().arm(*this, hub_.context().settings.room_watch_interval);
}

void RoomWatches::on_timer() {
  hub_.begin_handler();
  for (const auto& [room, events] : std::exchange(changes_, {})) tell(events);
}

/// The last of them stands for all, to whom any of them concerns.
void RoomWatches::tell(const Events& events) {
  const auto& latest = events.back();
  ChunkRef chunk;
  for (Session* const session : watchers_) {
    const auto user = session->principal().user_id;
    const auto& filter = session->room_watch->filter;
    if (!std::ranges::any_of(events, [&](const auto& event) { return event->facts->concern(filter, user); })) continue;
    if (chunk.get() == nullptr) chunk = ChunkRef(new Chunk(latest, latest->frame));
    session->push(chunk, 0, latest->frame.size());
  }
}

}  // namespace netherlink::gateway::ws
