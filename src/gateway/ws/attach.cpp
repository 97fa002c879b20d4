#include "gateway/ws/attach.hpp"

#include <algorithm>
#include <unordered_set>

#include "gateway/encode.hpp"
#include "gateway/ws/hub.hpp"
#include "gateway/ws/server_frames.hpp"

namespace netherlink::gateway::ws {
namespace {

constexpr std::size_t welcome_conversations = 100;

}  // namespace

void Attacher::start(Session& session) {
  const user::UserId user = session.principal().user_id;
  const bool accepted = hub_.run_on_store(session.handle(), [this, user]() -> Hub::Continuation {
    using Read = core::result<im::ChatService::Subscriptions>;
    auto read = std::make_shared<Read>(hub_.context().chat.subscriptions(user));
    return [this, read](Session& attaching) {
      if (!*read) return give_up(attaching, read->error());
      attaching.interest = std::move((*read)->interest);
      subscribe(attaching, (*read)->conversations);
      read_level(attaching, std::move((*read)->conversations));
    };
  });
  if (!accepted) give_up(session, errors::server_overloaded);
}

void Attacher::subscribe(Session& session, const std::vector<im::ConversationId>& ids) {
  for (const auto& id : ids) {
    Topic& topic = hub_.topics().find_or_add(id, Topic::from_head);
    if (!Topics::is_subscribed(session, topic)) hub_.topics().subscribe(session, topic, 0);
  }
}

void Attacher::read_level(Session& session, std::vector<im::ConversationId> ids) {
  const bool accepted = hub_.run_on_store(
      session.handle(), [this, principal = session.principal(), ids = std::move(ids)]() -> Hub::Continuation {
        auto read = std::make_shared<core::result<Level>>(level(principal, ids));
        return [this, read](Session& attaching) {
          if (!*read) return give_up(attaching, read->error());
          finish(attaching, std::move(**read));
        };
      });
  if (!accepted) give_up(session, errors::server_overloaded);
}

core::result<Attacher::Level> Attacher::level(const user::Principal& principal,
                                              const std::vector<im::ConversationId>& ids) {
  im::ChatService& chat = hub_.context().chat;
  const auto user = hub_.context().accounts.profile(principal.user_id);
  if (!user) return user.error();
  const auto page = chat.conversations(principal.user_id, {}, welcome_conversations);
  if (!page) return page.error();

  Level level;
  level.welcome = welcome_frame(principal, *user, *page);
  std::unordered_set<std::string_view> in_page;
  for (const auto& view : page->items) {
    in_page.insert(view.id.text);
    level.heads.emplace_back(view.id, view.head);
  }
  std::vector<std::string> others;
  for (const auto& id : ids) {
    if (!in_page.contains(id.text)) others.push_back(id.text);
  }
  if (others.empty()) return level;
  const auto heads = chat.heads(others);
  if (!heads) return heads.error();
  for (std::size_t i = 0; i < others.size(); ++i) {
    level.heads.emplace_back(*im::ConversationId::parse(others[i]), (*heads)[i]);
  }
  return level;
}

std::string Attacher::welcome_frame(const user::Principal& principal, const user::User& user,
                                    const im::ConversationPage& page) {
  std::string frame;
  append_json_frame(frame, "welcome", {}, [&](core::JsonWriter& data) {
    data.begin_object().key("session_id").id(principal.session_id).key("user");
    write_user(data, user, true);
    data.field("instance", hub_.context().settings.instance).key("server_time").timestamp(core::now_ms());
    data.key("heartbeat");
    write_heartbeat(data, hub_.context().settings.heartbeat);
    data.key("conversations").begin_array();
    for (const auto& conversation : page.items) write_conversation(data, conversation);
    data.end_array().field("more", !page.next_cursor.empty()).end_object();
  });
  return frame;
}

/// Another session that attached at the same time may have read a newer head, and the topic goes on behind that one:
/// what lies in between would reach this session neither with its welcome nor behind it.
bool Attacher::is_level(const Session& session, const Level& level) const {
  return std::ranges::all_of(level.heads, [&](const auto& read) {
    const auto& [id, head] = read;
    const Topic* const topic = hub_.topics().find(id.text);
    if (topic == nullptr) return true;
    im::Seq reached = head.last_seq;
    std::int64_t revision = head.revision;
    for (const auto& waiting : session.attachment()->waiting) {
      const Run& run = *waiting.run;
      if (!(run.id == id)) continue;
      if (waiting.part == Attachment::Part::updates) {
        const bool follows =
            waiting.begin == 0 ? run.revision_before <= revision : run.updates[waiting.begin - 1].revision <= revision;
        if (follows) revision = std::max(revision, run.revision());
      } else if (waiting.part == Attachment::Part::signal) {
        if (run.first <= reached + 1) reached = std::max(reached, run.signal_to);
      } else if (waiting.part == Attachment::Part::messages) {
        const bool follows = run.first + static_cast<im::Seq>(waiting.begin) <= reached + 1;
        if (follows && run.count() != 0) reached = std::max(reached, run.last());
      }
    }
    return reached >= topic->told_seq() && revision >= topic->last_revision;
  });
}

void Attacher::finish(Session& session, Level level) {
  if (session.attachment()->stale) {
    session.attachment()->stale = false;
    session.attachment()->waiting.clear();
    session.attachment()->bytes = 0;
    hub_.topics().unsubscribe_all(session);
    return start(session);
  }
  // What goes out in shards may not have come to this session yet.
  hub_.shards().level(session);
  if (!is_level(session, level)) {
    std::vector<im::ConversationId> ids;
    for (const auto& [id, head] : level.heads) ids.push_back(id);
    subscribe(session, ids);
    return read_level(session, std::move(ids));
  }
  std::vector<std::pair<Topic*, im::Head>> levels;
  levels.reserve(level.heads.size());
  for (const auto& [id, head] : level.heads) {
    Topic& topic = hub_.topics().find_or_add(id, Topic::from_head);
    // Of a conversation that began in between, the welcome may tell before a push does.
    if (!Topics::is_subscribed(session, topic)) hub_.topics().subscribe(session, topic, 0);
    levels.emplace_back(&topic, head);
  }
  std::unordered_map<const Topic*, im::Head> starts(levels.begin(), levels.end());
  for (const Subscription& subscription : session.subscriptions()) {
    if (const auto start = starts.find(subscription.topic); start != starts.end()) {
      auto& subscriber = Topics::subscriber(subscription);
      subscriber.start_seq = start->second.last_seq;
      subscriber.start_revision = start->second.revision;
    }
  }
  const auto attachment = session.open(std::move(level.welcome));
  hub_.fan_out().release(session, *attachment);
  for (const auto& [topic, head] : levels) hub_.fan_out().set_baseline(*topic, head);
}

void Attacher::give_up(Session& session, const core::Error& error) {
  const bool later = error.is(errors::server_overloaded) || error.is(errors::server_unavailable);
  session.close(later ? close_code::try_again_later : close_code::internal_error, error.code().name);
}

}  // namespace netherlink::gateway::ws
