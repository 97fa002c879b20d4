#include "gateway/ws/joins.hpp"

#include <algorithm>
#include <limits>
#include <optional>

#include "gateway/encode.hpp"
#include "gateway/ws/hub.hpp"
#include "gateway/ws/server_frames.hpp"

namespace netherlink::gateway::ws {
namespace {

constexpr im::Seq page = 500;  // messages read at once
constexpr im::Seq nothing_live = std::numeric_limits<im::Seq>::max();

Subscriber* subscriber_of(Session& session, const im::ConversationId& id) {
  for (const auto& subscription : session.subscriptions()) {
    if (subscription.topic->id == id) return &Topics::subscriber(subscription);
  }
  return nullptr;
}

}  // namespace

/// Made on the store pool.
struct Joins::Read {
  std::shared_ptr<const void> interest;
  std::optional<im::ConversationView> view;
  std::optional<core::Error> error;
  std::vector<im::Message> messages;
  std::shared_ptr<Run> run;  // of `messages`
  im::Head head;
};

void Joins::take(const im::MembershipEvent& event) {
  const auto for_each_session = [this](const std::vector<im::UserId>& users, const auto& use) {
    for (const auto user : users) {
      for (Session* const session : hub_.sessions_of(user)) {
        if (Attachment* const attachment = session->attachment()) {
          attachment->stale = true;
        } else {
          use(*session);
        }
      }
    }
  };
  for_each_session(event.left, [&](Session& session) { leave(session, event.id); });
  for_each_session(event.joined, [&](Session& session) { join(session, event.id, event.joined_seq); });
}

void Joins::leave(Session& session, const im::ConversationId& id) {
  Topic* const topic = hub_.topics().find(id.text);
  if (topic == nullptr || !Topics::is_subscribed(session, *topic)) return;
  hub_.shards().level(session, *topic);
  hub_.topics().unsubscribe(session, *topic);
  std::erase_if(session.joined, [&](const auto& joined) { return joined.first == id.text; });
  session.send([&](std::string& out) {
    append_json_frame(out, "conversation.removed", {}, [&](core::JsonWriter& data) {
      data.begin_object().field("conversation_id", id.text).end_object();
    });
  });
}

void Joins::join(Session& session, const im::ConversationId& id, std::optional<im::Seq> after) {
  Topic& topic = hub_.topics().find_or_add(id, after.value_or(Topic::from_first_run));
  if (Topics::is_subscribed(session, topic)) return;
  hub_.topics().subscribe(session, topic, nothing_live);
  subscriber_of(session, id)->start_revision = std::numeric_limits<std::int64_t>::max();
  ask({session.handle(), id, after, false});
}

void Joins::ask(Joining joining) {
  Session* const session = hub_.find(joining.session);
  if (session == nullptr) return;
  const auto shared = std::make_shared<Joining>(std::move(joining));
  const bool accepted =
      hub_.run_on_store(shared->session, [this, shared, user = session->principal().user_id]() -> Hub::Continuation {
        auto found = std::make_shared<Read>(read(*shared, user));
        return [this, shared, found](Session& joined) { go_on(joined, std::move(*shared), *found); };
      });
  if (!accepted) retry_later(std::move(*shared));
}

/// On the store pool. First other replicas are told to send, then what they sent before is read.
Joins::Read Joins::read(const Joining& joining, im::UserId user) {
  Read read;
  im::ChatService& chat = hub_.context().chat;
  if (!joining.told) {
    read.interest = chat.follow(joining.id);
    auto view = chat.conversation(user, joining.id);
    if (!view) {
      read.error = view.error();
      return read;
    }
    read.head = view->head;
    read.view = std::move(*view);
  } else {
    const auto heads = chat.heads(std::vector<std::string>{joining.id.text});
    if (!heads) {
      read.error = heads.error();
      return read;
    }
    read.head = heads->front();
  }
  if (!joining.after || *joining.after >= read.head.last_seq) return read;
  const auto from = *joining.after + 1;
  auto messages = chat.repair(joining.id, from, std::min(read.head.last_seq, from + page - 1));
  if (messages && !messages->empty()) {
    read.messages = std::move(*messages);
    read.run = encode_repair(joining.id, read.messages, {});
  } else {
    read.error = messages ? core::Error(errors::server_unavailable) : messages.error();
  }
  return read;
}

void Joins::go_on(Session& session, Joining joining, Read& read) {
  Subscriber* const subscriber = subscriber_of(session, joining.id);
  if (subscriber == nullptr) return;  // left meanwhile
  if (read.error) {
    // No member any more: another event is on its way that says so.
    if (!read.error->is(errors::resource_not_found)) retry_later(std::move(joining));
    return;
  }
  if (read.view) {
    joining.told = true;
    if (read.interest) session.joined.emplace_back(joining.id.text, std::move(read.interest));
    session.send([&](std::string& out) {
      append_json_frame(out, "conversation.updated", {}, [&](core::JsonWriter& data) {
        data.begin_object().key("conversation");
        write_conversation(data, *read.view);
        data.end_object();
      });
    });
  }
  im::Seq reached = joining.after.value_or(read.head.last_seq);
  if (read.run) {
    // What it said itself meanwhile waits for its acks.
    hub_.fan_out().send_repaired(session, read.run, read.messages);
    reached = read.run->last();
  }
  const Topic& topic = *hub_.topics().find(joining.id.text);
  if (reached < std::max(read.head.last_seq, topic.last_seq)) {
    joining.after = reached;
    return ask(std::move(joining));
  }
  subscriber->start_seq = reached;
  subscriber->start_revision = std::max(read.head.revision, topic.last_revision);
  hub_.fan_out().set_baseline(*hub_.topics().find(joining.id.text), {reached, read.head.revision, 0});
}

void Joins::retry_later(Joining joining) {
  to_retry_.push_back(std::move(joining));
  if (!armed()) hub_.thread().wheel().arm(*this, hub_.context().settings.repair_retry);
}

void Joins::on_timer() {
  hub_.begin_handler();
  for (auto& joining : std::exchange(to_retry_, {})) ask(std::move(joining));
}

}  // namespace netherlink::gateway::ws
