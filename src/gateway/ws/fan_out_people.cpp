// What is no message: receipts, events, answers to single requests.
#include <algorithm>

#include "gateway/ws/fan_out.hpp"
#include "gateway/ws/hub.hpp"
#include "gateway/ws/server_frames.hpp"

namespace netherlink::gateway::ws {

void FanOut::send_receipts(const RunPtr& run, Topic* topic) {
  if (run->receipts.empty()) return;
  const ChunkRef chunk(new Chunk(run, run->receipt_frames));
  if (run->own_receipts) {
    // In the world, and where there are many, each person's marks are their own business.
    std::size_t begin = 0;
    for (const auto& receipt : run->receipts) {
      for (Session* const session : hub_.sessions_of(receipt.user_id)) {
        if (session->connection() != receipt.connection) session->push(chunk, begin, receipt.end);
      }
      begin = receipt.end;
    }
    return;
  }
  if (topic == nullptr) return;
  if (hub_.shards().take(*topic)) {
    return hub_.shards().add(*topic, {Spread::Part::Kind::receipts, run, nullptr, chunk, 0, 0});
  }
  for (const Subscriber& subscriber : topic->subscribers) {
    if (subscriber.session->attachment() != nullptr) {
      subscriber.session->hold(run, run->count(), Attachment::Part::receipts);
    } else {
      send_receipts_to(*subscriber.session, *run, chunk);
    }
  }
}

void FanOut::send_receipts_to(Session& session, const Run& run, const ChunkRef& chunk) const {
  std::size_t begin = 0;
  for (const auto& receipt : run.receipts) {
    if (receipt.connection != session.connection()) session.push(chunk, begin, receipt.end);
    begin = receipt.end;
  }
}

/// Who is attaching reads the state anyway.
void FanOut::tell(const std::shared_ptr<const EncodedEvent>& encoded) {
  ChunkRef chunk;
  for (const auto user : encoded->event->users) {
    for (Session* const session : hub_.sessions_of(user)) {
      if (session->attachment() != nullptr || session->connection() == encoded->except) continue;
      if (chunk.get() == nullptr) chunk = ChunkRef(new Chunk(encoded, encoded->frame));
      session->push(chunk, 0, encoded->frame.size());
    }
  }
  if (const auto& conversation = encoded->event->conversation; !conversation.empty()) {
    tell_conversation(conversation, encoded, chunk);
  }
  if (encoded->event->watched != 0) hub_.watches().deliver(encoded);
  if (encoded->facts) hub_.room_watches().take(encoded);
}

void FanOut::tell_conversation(std::string_view id, const std::shared_ptr<const EncodedEvent>& encoded,
                               ChunkRef chunk) {
  Topic* const topic = hub_.topics().find(id);
  if (topic == nullptr) return;
  if (chunk.get() == nullptr) chunk = ChunkRef(new Chunk(encoded, encoded->frame));
  if (hub_.shards().take(*topic)) {
    return hub_.shards().add(*topic, {Spread::Part::Kind::event, nullptr, encoded, chunk, 0, 0});
  }
  for (const Subscriber& subscriber : topic->subscribers) give_event(subscriber, *encoded, chunk);
}

void FanOut::give_event(const Subscriber& subscriber, const EncodedEvent& encoded, const ChunkRef& chunk) {
  Session& session = *subscriber.session;
  if (session.attachment() != nullptr || session.connection() == encoded.except) return;
  const auto& excepted = encoded.event->except_users;
  if (std::ranges::find(excepted, session.principal().user_id) != excepted.end()) return;
  session.push(chunk, 0, encoded.frame.size());
}

void FanOut::answer(const im::DirectReply& reply) {
  Session* const session = hub_.find(ConnectionId::handle(reply.origin.connection));
  if (session == nullptr) return;
  const auto request = session->take_request(reply.origin.request);
  if (!request) return;
  session->send([&](std::string& out) {
    if (reply.error) {
      append_error(out, request->id, *reply.error, request->client_msg_id);
    } else if (reply.duplicate) {
      append_ack(out, request->id, *reply.duplicate, true);
    } else {
      append_ok(out, request->id);
    }
  });
}

}  // namespace netherlink::gateway::ws
