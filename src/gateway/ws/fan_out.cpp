#include "gateway/ws/fan_out.hpp"

#include <algorithm>

#include "gateway/ws/hub.hpp"
#include "gateway/ws/server_frames.hpp"

namespace netherlink::gateway::ws {
namespace {

constexpr std::size_t max_held = 1024;  // runs of one conversation; what is beyond is read from the store instead

}  // namespace

void FanOut::take(const Push& push) {
  for (const auto& run : push.runs) on_run(run);
  for (const auto* reply : push.replies[hub_.thread().index()]) answer(*reply);
  for (const auto& event : push.envelope->memberships) hub_.joins().take(event);
  for (const auto& event : push.events) tell(event);
  if (!push.envelope->changed_users.empty()) hub_.watches().reconsider(push.envelope->changed_users);
  if (!push.envelope->revoked_sessions.empty()) revoke(push.envelope->revoked_sessions);
  count_deliveries();
}

void FanOut::count_deliveries() {
  if (delivered_ != 0) hub_.context().metrics.deliveries.add(static_cast<double>(std::exchange(delivered_, 0)));
}

void FanOut::on_run(const RunPtr& run) {
  Topic* topic = hub_.topics().find(run->id.text);
  if (run->id.kind == im::ConversationKind::single) topic = join_single(*run, topic);
  if (topic == nullptr) {
    // Nobody here follows the conversation, but somebody may have sent to it.
    acknowledge_rest(*run, 0, run->count(), mark_own(*run, 0), false);
    send_receipts(run, nullptr);
    send_deletions(run, nullptr);
    return;
  }
  if (run->count() != 0) topic->newest = std::max(topic->newest, run->last());
  topic->newest_revision = std::max(topic->newest_revision, run->revision());
  // Nobody hears of a change before the message.
  if (!run->updates.empty()) topic->newest = std::max({topic->newest, run->seq_before, run->missed_to});
  if (topic->holding()) {
    hold(*topic, run);
  } else {
    take_in_order(*topic, run);
  }
  if (run->missed_to != 0) catch_up(*topic, run->missed_from, run->missed_to);
}

/// The first message of a single conversation may come before a session of it knows that it exists. What a session did
/// not find when it attached began afterwards: its first message has seq 1, even if a later one comes before it.
Topic* FanOut::join_single(const Run& run, Topic* topic) {
  if (topic != nullptr && topic->joined == hub_.arrivals()) return topic;
  for (const auto user : {run.id.first, run.id.second}) {
    for (Session* const session : hub_.sessions_of(user)) {
      if (topic == nullptr) topic = &hub_.topics().find_or_add(run.id, 0);
      if (!Topics::is_subscribed(*session, *topic)) {
        hub_.topics().subscribe(*session, *topic, std::max<im::Seq>(topic->last_seq, 0));
      }
    }
  }
  if (topic != nullptr) topic->joined = hub_.arrivals();
  return topic;
}

void FanOut::take_in_order(Topic& topic, const RunPtr& run) {
  if (topic.last_seq == Topic::from_first_run) {
    topic.last_seq = run->count() != 0 ? run->first - 1 : run->seq_before;
    if (topic.last_revision < 0) topic.last_revision = run->revision_before;
  }
  if (run->count() != 0) {
    if (run->first > topic.last_seq + 1) {
      hold(topic, run);
      start_repair(topic);
      return;
    }
    hand_out(topic, run);
    topic.last_seq = std::max(topic.last_seq, run->last());
  }
  const bool ahead = !run->updates.empty() && std::max(run->seq_before, run->missed_to) > topic.last_seq;
  if (ahead || run->revision_before > topic.last_revision) {
    hold(topic, run);
    start_repair(topic);
    return;
  }
  hand_out_updates(topic, run);
  send_receipts(run, &topic);
  send_deletions(run, &topic);
}

void FanOut::hold(Topic& topic, const RunPtr& run) {
  if (topic.held.size() < max_held) topic.held.push_back(run);
}

/// After a gap was filled.
void FanOut::go_on(Topic& topic) {
  const std::vector<RunPtr> held = std::exchange(topic.held, {});
  for (const auto& run : held) {
    if (topic.holding()) {
      hold(topic, run);
    } else {
      take_in_order(topic, run);
    }
  }
  if (!topic.holding() && topic.last_seq >= 0 && topic.behind()) start_repair(topic);
}

void FanOut::set_baseline(Topic& topic, const im::Head& head) {
  if (topic.last_seq >= 0) return;
  topic.last_seq = head.last_seq;
  if (topic.last_revision < 0) topic.last_revision = head.revision;
  if (!topic.repairing) go_on(topic);
}

void FanOut::forget_head(Topic& topic) {
  if (topic.last_seq != Topic::from_head) return;
  topic.last_seq = Topic::from_first_run;
  go_on(topic);
}

void FanOut::hand_out(Topic& topic, const RunPtr& run) {
  const std::size_t count = run->count(), seen = run->index_after(topic.last_seq);
  // What comes again was counted before: an ack that is still owed must not count once more.
  if (seen != 0) acknowledge_rest(*run, 0, seen, mark_own(*run, 0), true);
  if (seen == count) return;
  if (hub_.storm().take(topic, *run, seen)) {
    return acknowledge_rest(*run, seen, count, mark_own(*run, seen), false);
  }
  hub_.storm().flush(topic);
  const ChunkRef chunk(new Chunk(run, run->frames));
  const std::uint32_t mark = mark_own(*run, seen);
  if (hub_.shards().take(topic)) {
    hub_.shards().add(topic, {Spread::Part::Kind::messages, run, nullptr, chunk, seen, 0});
    if (mark != 0) give_to_senders(topic, *run, mark);
  } else {
    const auto push = topic.subscribers.size() < WideWrites::subscribers ? &Session::push : &Session::push_wide;
    for (const Subscriber& subscriber : topic.subscribers) give_messages(subscriber, run, chunk, seen, mark, push);
  }
  acknowledge_rest(*run, seen, count, mark, false);
}

void FanOut::give_messages(const Subscriber& subscriber, const RunPtr& run, const ChunkRef& chunk, std::size_t seen,
                           std::uint32_t mark, PushTo push) {
  Session& session = *subscriber.session;
  if (session.attachment() != nullptr) return session.hold(run, seen, Attachment::Part::messages);
  // Who is still joining (Joins) gets all of it, with the acks of what it sent itself, when the past is there.
  const std::size_t begin = std::max(seen, run->index_after(subscriber.start_seq));
  if (mark != 0 && session.own_mark == mark) {
    delivered_ += send_around_own(session, *run, chunk, begin);
  } else if (begin != run->count()) {
    (session.*push)(chunk, run->begin_of(begin), run->frames.size());
    delivered_ += run->count() - begin;
  }
}

/// The newest part of what is on its way, to those who wait for acks in it; everything before that first.
void FanOut::give_to_senders(Topic& topic, const Run& run, std::uint32_t mark) {
  for (const auto& own : run.own) {
    if (ConnectionId::thread(own.origin.connection) != hub_.thread().index()) continue;
    Session* const session = hub_.find(ConnectionId::handle(own.origin.connection));
    if (session == nullptr || session->own_mark != mark) continue;
    Subscriber* const subscriber = Topics::subscriber_of(*session, topic);
    if (subscriber == nullptr || topic.spread == nullptr) continue;
    hub_.shards().level(topic, *subscriber, 1);
    if (subscriber->told == topic.told) continue;
    const auto& part = topic.spread->parts.back();
    give_messages(*subscriber, part.run, part.chunk, part.begin, mark, &Session::push);
    ++subscriber->told;
  }
}

void FanOut::give(const Subscriber& subscriber, const Spread::Part& part) {
  using Kind = Spread::Part::Kind;
  Session& session = *subscriber.session;
  const bool attaching = session.attachment() != nullptr;
  switch (part.kind) {
    case Kind::messages:
      return give_messages(subscriber, part.run, part.chunk, part.begin, 0, &Session::push);
    case Kind::updates:
      return give_updates(subscriber, part.run, part.chunk, part.begin, part.after_revision);
    case Kind::receipts:
      if (attaching) return session.hold(part.run, part.run->count(), Attachment::Part::receipts);
      return send_receipts_to(session, *part.run, part.chunk);
    case Kind::event:
      return give_event(subscriber, *part.event, part.chunk);
  }
}

/// Marks the sessions that sent messages of the run from `begin` on; 0: none is here.
std::uint32_t FanOut::mark_own(const Run& run, std::size_t begin) {
  bool any = false;
  for (const auto& own : run.own) {
    if (own.index < begin || ConnectionId::thread(own.origin.connection) != hub_.thread().index()) continue;
    Session* const session = hub_.find(ConnectionId::handle(own.origin.connection));
    if (session == nullptr) continue;
    if (!any && ++last_mark_ == 0) ++last_mark_;
    any = true;
    session->own_mark = last_mark_;
  }
  return any ? last_mark_ : 0;
}

/// The run from `begin` on to a session that sent some of it: in the place of each of those stands its ack.
std::size_t FanOut::send_around_own(Session& session, const Run& run, const ChunkRef& chunk, std::size_t begin) {
  session.own_mark = 0;
  std::size_t at = begin, sent = 0;
  const auto push_to = [&](std::size_t end) {
    if (at >= end) return;
    session.push(chunk, run.begin_of(at), run.begin_of(end));
    sent += end - at;
  };
  for (const auto& own : run.own) {
    if (own.origin.connection != session.connection() || own.index < begin) continue;
    push_to(own.index);
    at = std::max<std::size_t>(at, own.index);
    // Without an open request it has had another answer (it gave up): then this is a message like any other.
    if (acknowledge(session, own, false)) at = own.index + 1;
  }
  push_to(run.count());
  return sent;
}

bool FanOut::acknowledge(Session& session, const Run::Own& own, bool duplicate) {
  const auto request = session.take_request(own.origin.request);
  if (!request) return false;
  session.send([&](std::string& out) { append_ack(out, request->id, *own.message, duplicate); });
  hub_.context().metrics.send_to_ack.observe(std::chrono::duration<double>(hub_.now() - request->since).count());
  return true;
}

/// Acks for messages begin..end to the sessions that still carry the mark: they do not follow the conversation.
void FanOut::acknowledge_rest(const Run& run, std::size_t begin, std::size_t end, std::uint32_t mark, bool duplicate) {
  if (mark == 0) return;
  for (const auto& own : run.own) {
    if (own.index < begin || own.index >= end) continue;
    if (ConnectionId::thread(own.origin.connection) != hub_.thread().index()) continue;
    Session* const session = hub_.find(ConnectionId::handle(own.origin.connection));
    if (session != nullptr && session->own_mark == mark) acknowledge(*session, own, duplicate);
  }
}

void FanOut::release(Session& session, const Attachment& attachment) {
  for (const auto& waiting : attachment.waiting) {
    const Run& run = *waiting.run;
    if (waiting.part == Attachment::Part::receipts) {
      send_receipts_to(session, run, ChunkRef(new Chunk(waiting.run, run.receipt_frames)));
      continue;
    }
    const auto& mine = session.subscriptions();
    const auto subscription =
        std::find_if(mine.begin(), mine.end(), [&](const Subscription& s) { return s.topic->id == run.id; });
    if (subscription == mine.end()) continue;
    if (waiting.part == Attachment::Part::updates) {
      send_updates(session, run, ChunkRef(new Chunk(waiting.run, run.update_frames)),
                   Topics::subscriber(*subscription).start_revision);
      continue;
    }
    if (waiting.part == Attachment::Part::signal) {
      send_signal(session, waiting.run, Topics::subscriber(*subscription).start_seq);
      continue;
    }
    const std::size_t begin = std::max(waiting.begin, run.index_after(Topics::subscriber(*subscription).start_seq));
    if (begin == run.count()) continue;
    session.push(ChunkRef(new Chunk(waiting.run, run.frames)), run.begin_of(begin), run.frames.size());
    delivered_ += run.count() - begin;
  }
}

}  // namespace netherlink::gateway::ws
