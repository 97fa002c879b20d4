#include "gateway/ws/hub.hpp"

#include <utility>

namespace netherlink::gateway::ws {

Hub::Hub(Context& context, IoThread& thread)
    : context_(context),
      thread_(thread),
      inbox_([this] {
        post([this] {
          for (const auto& push : inbox_.take()) fan_out_.take(*push);
        });
      }),
      fan_out_(*this),
      joins_(*this),
      reconciler_(*this),
      attacher_(*this),
      watches_(*this),
      room_watches_(*this),
      wide_writes_(*this, thread),
      batcher_(context.chat.make_batcher()) {}

Hub::~Hub() = default;

void Hub::post(std::function<void()> job) {
  thread_.post([this, job = std::move(job)] {
    begin_handler();
    job();
  });
}

// Sessions

Handle Hub::take_slot() {
  if (free_slots_.empty()) {
    slots_.emplace_back();
    return {static_cast<std::uint32_t>(slots_.size() - 1), 0};
  }
  const std::uint32_t slot = free_slots_.back();
  free_slots_.pop_back();
  return {slot, slots_[slot].generation};
}

void Hub::adopt(std::unique_ptr<Transport> transport, const user::Principal& principal, Encoding encoding,
                std::string received) {
  begin_handler();
  const Handle handle = take_slot();
  slots_[handle.slot].session = std::make_unique<Session>(*this, handle, std::move(transport), principal, encoding);
  Session& session = *slots_[handle.slot].session;
  live_.fetch_add(1, std::memory_order_relaxed);
  context_.metrics.connections.add(1);
  ++arrivals_;
  users_[principal.user_id].push_back(&session);
  by_session_id_.emplace(principal.session_id, &session);
  const bool room = context_.presence.enter(principal.user_id, context_.settings.max_sessions_per_user);
  session.counted = room;
  if (room) context_.presence_service.connected(principal.user_id);
  context_.metrics.online_users.set(static_cast<double>(context_.presence.users()));

  session.begin(std::move(received));
  if (draining_) return session.close(close_code::going_away);
  if (!room) return session.close(close_code::policy, "too many sessions");
  // A revocation between the handshake and this moment found no session to close.
  if (context_.cache.revoked_sessions().contains(principal.session_id))
    return session.close(close_code::session_revoked);
  context_.accounts.seen(principal.session_id);
  attacher_.start(session);
}

Session* Hub::find(Handle handle) const {
  if (handle.slot >= slots_.size()) return nullptr;
  const Slot& slot = slots_[handle.slot];
  return slot.generation == handle.generation ? slot.session.get() : nullptr;
}

std::span<Session* const> Hub::sessions_of(user::UserId user) const {
  const auto found = users_.find(user);
  if (found == users_.end()) return {};
  return found->second;
}

std::vector<Session*> Hub::sockets_of(user::SessionId id) const {
  std::vector<Session*> sockets;
  const auto [begin, end] = by_session_id_.equal_range(id);
  for (auto at = begin; at != end; ++at) sockets.push_back(at->second);
  return sockets;
}

std::vector<user::UserId> Hub::users() const {
  std::vector<user::UserId> ids;
  ids.reserve(users_.size());
  for (const auto& [id, sessions] : users_) ids.push_back(id);
  return ids;
}

void Hub::leave(Session& session) {
  const user::Principal& principal = session.principal();
  const auto user = users_.find(principal.user_id);
  if (user == users_.end() || std::erase(user->second, &session) == 0) return;  // has left before
  if (user->second.empty()) users_.erase(user);
  const auto [begin, end] = by_session_id_.equal_range(principal.session_id);
  for (auto at = begin; at != end; ++at) {
    if (at->second != &session) continue;
    by_session_id_.erase(at);
    break;
  }
  // Topics that wait for the head which this session was reading go on without it.
  std::vector<im::ConversationId> headless;
  for (const auto& subscription : session.subscriptions()) {
    if (subscription.topic->last_seq == Topic::from_head) headless.push_back(subscription.topic->id);
  }
  topics_.unsubscribe_all(session);
  session.interest.reset();
  watches_.drop(session);
  room_watches_.drop(session);
  for (const auto& id : headless) {
    if (Topic* const topic = topics_.find(id.text)) fan_out_.forget_head(*topic);
  }
  requests_ended(session.requests().open());
  session.forget_requests();
  if (std::exchange(session.counted, false)) {
    context_.presence.leave(principal.user_id);
    context_.presence_service.disconnected(principal.user_id);
  }
  context_.metrics.online_users.set(static_cast<double>(context_.presence.users()));
  context_.metrics.connections.add(-1);
  live_.fetch_sub(1, std::memory_order_relaxed);
}

void Hub::destroy(Session& session) {
  Slot& slot = slots_[session.handle().slot];
  if (slot.session.get() != &session) return;
  leave(session);
  session.end();
  gone_.push_back(std::move(slot.session));
  slot.generation = (slot.generation + 1) & ConnectionId::part_mask;
  free_slots_.push_back(session.handle().slot);
  schedule_turn();
}

// The turn

void Hub::mark_dirty(Session& session) {
  if (std::exchange(session.dirty, true)) return;
  dirty_.push_back(&session);
  schedule_turn();
}

void Hub::wake(Session& session) {
  if (std::exchange(session.waking, true)) return;
  waking_.push_back(&session);
  schedule_turn();
}

void Hub::doom(Session& session) {
  doomed_.push_back(session.handle());
  schedule_turn();
}

void Hub::schedule_turn() {
  if (std::exchange(turn_scheduled_, true)) return;
  post([this] { run_turn(); });
}

void Hub::run_turn() {
  turn_scheduled_ = false;
  // What the steps put into these lists again belongs to the next turn.
  for (const Handle handle : std::exchange(doomed_, {})) {
    if (Session* const session = find(handle)) session->cut();
  }
  for (Session* const session : std::exchange(waking_, {})) {
    session->waking = false;
    session->read_on();
  }
  if (!batcher_->empty()) batcher_->flush();
  for (Session* const session : std::exchange(dirty_, {})) {
    session->dirty = false;
    session->flush();
  }
  wide_writes_.write();
  for (auto& session : gone_) {
    if (!session->dirty && !session->waking && !session->in_wide_writes) session.reset();
  }
  std::erase(gone_, nullptr);  // what is left is in a list again, which brings a turn
}

// Other threads

bool Hub::run_on_store(std::function<std::function<void()>()> job) {
  return context_.jobs.try_post([this, job = std::move(job)] { post(job()); });
}

bool Hub::run_on_store(Handle handle, std::function<Continuation()> job) {
  return run_on_store([this, handle, job = std::move(job)]() -> std::function<void()> {
    return [this, handle, go_on = job()] {
      Session* const session = find(handle);
      const bool listens = session != nullptr &&
                           (session->state() == Session::State::attaching || session->state() == Session::State::open);
      if (listens) go_on(*session);
    };
  });
}

void Hub::for_each_session(const std::function<void(Session&)>& visit) {
  for (std::size_t i = 0; i < slots_.size(); ++i) {
    if (slots_[i].session) visit(*slots_[i].session);
  }
}

void Hub::begin_drain() {
  draining_ = true;
  counting_live_ = true;
  for_each_session([](Session& session) { session.drain(); });
}

void Hub::close_all() {
  draining_ = true;
  reconciler_.stop();
  for_each_session([this](Session& session) {
    session.close(close_code::going_away);
    session.flush();
    destroy(session);
  });
  dirty_.clear();
  waking_.clear();
  wide_writes_.clear();
  gone_.clear();
}

std::size_t Hub::in_flight() const {
  return counting_live_ ? live_.load(std::memory_order_relaxed) : open_requests_.load(std::memory_order_relaxed);
}

}  // namespace netherlink::gateway::ws
