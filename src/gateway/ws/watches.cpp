#include "gateway/ws/watches.hpp"

#include <algorithm>

#include "gateway/encode.hpp"
#include "gateway/ws/hub.hpp"
#include "gateway/ws/server_frames.hpp"

namespace netherlink::gateway::ws {

Watch::Person* Watch::find(user::UserId id) {
  const auto found = std::ranges::lower_bound(people, id, {}, &Person::id);
  return found != people.end() && found->id == id ? &*found : nullptr;
}

bool Watches::watch(Session& session, std::vector<user::UserId> users, std::string request_id) {
  drop(session);
  session.watch = std::make_unique<Watch>();
  session.watch->number = ++last_number_;
  std::ranges::sort(users);
  users.erase(std::unique(users.begin(), users.end()), users.end());
  for (const auto user : users) {
    session.watch->people.push_back({user, Watch::Reach::asked});
    watchers_[user].push_back(&session);
  }
  if (ask(session, std::move(users), std::move(request_id))) return true;
  drop(session);
  return false;
}

void Watches::drop(Session& session) {
  if (!session.watch) return;
  for (const auto& person : session.watch->people) {
    const auto watchers = watchers_.find(person.id);
    std::erase(watchers->second, &session);
    if (watchers->second.empty()) watchers_.erase(watchers);
  }
  session.watch.reset();
}

/// A request also holds the interest of this replica: before anything is read, so that what changes in between is told.
bool Watches::ask(Session& session, std::vector<user::UserId> users, std::optional<std::string> request_id) {
  const auto me = session.principal().user_id;
  const auto number = session.watch->number;
  return hub_.run_on_store(
      session.handle(),
      [this, me, number, users = std::move(users), request_id = std::move(request_id)]() -> Hub::Continuation {
        Context& context = hub_.context();
        auto interest = request_id ? context.chat.watch_presence(users) : nullptr;
        const auto views = std::make_shared<const Views>(context.presence_service.view(me, users));
        return [this, number, request_id, views, interest](Session& watcher) {
          answer(watcher, number, request_id, *views, interest);
        };
      });
}

void Watches::answer(Session& session, std::uint64_t number, const std::optional<std::string>& request_id,
                     const Views& views, std::shared_ptr<const void> interest) {
  const bool current = session.watch && session.watch->number == number;
  if (request_id) {
    session.send([&](std::string& out) {
      if (views) {
        append_ok(out, *request_id);
      } else {
        append_error(out, *request_id, views.error(), {});
      }
    });
    if (current && !views) drop(session);
  }
  if (!current || !views) return;
  if (interest) session.watch->interest = std::move(interest);
  session.send([&](std::string& out) {
    for (const auto& view : *views) {
      append_json_frame(out, "presence", {}, [&](core::JsonWriter& data) { write_presence(data, view); });
    }
  });
  auto again = take(*session.watch, *views);
  if (!again.empty()) (void)ask(session, std::move(again), std::nullopt);
}

std::vector<user::UserId> Watches::take(Watch& watch, const std::vector<friends::PresenceView>& views) {
  std::vector<user::UserId> again;
  for (const auto& view : views) {
    auto* const person = watch.find(view.user);
    if (person->reach == Watch::Reach::missed) {
      person->reach = Watch::Reach::asked;
      again.push_back(person->id);
    } else if (!view.visible) {
      person->reach = Watch::Reach::hidden;
    } else {
      person->reach = view.friends ? Watch::Reach::friends : Watch::Reach::open;
    }
  }
  return again;
}

void Watches::deliver(const std::shared_ptr<const EncodedEvent>& encoded) {
  const auto watchers = watchers_.find(encoded->event->watched);
  if (watchers == watchers_.end()) return;
  ChunkRef chunk;
  for (Session* const session : watchers->second) {
    auto& reach = session->watch->find(watchers->first)->reach;
    if (reach == Watch::Reach::asked) reach = Watch::Reach::missed;
    if (reach != Watch::Reach::open) continue;
    if (chunk.get() == nullptr) chunk = ChunkRef(new Chunk(encoded, encoded->frame));
    session->push(chunk, 0, encoded->frame.size());
  }
}

void Watches::reconsider(std::span<const user::UserId> changed) {
  std::unordered_map<Session*, std::vector<user::UserId>> questions;
  for (const auto user : changed) {
    const auto watchers = watchers_.find(user);
    if (watchers == watchers_.end()) continue;
    for (Session* const session : watchers->second) {
      auto& reach = session->watch->find(user)->reach;
      if (reach == Watch::Reach::asked || reach == Watch::Reach::missed) {
        reach = Watch::Reach::missed;
      } else {
        reach = Watch::Reach::asked;
        questions[session].push_back(user);
      }
    }
  }
  // Who cannot be asked about stays unseen: the client watches again.
  for (auto& [session, users] : questions) (void)ask(*session, std::move(users), std::nullopt);
}

void Watches::reconsider_all() {
  std::vector<user::UserId> all;
  for (const auto& [user, watchers] : watchers_) all.push_back(user);
  reconsider(all);
}

}  // namespace netherlink::gateway::ws
