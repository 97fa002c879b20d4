#include "netherlink/friend/presence.hpp"

#include <pthread.h>

#include <unordered_set>

#include "friend/arrivals.hpp"
#include "friend/presence_teller.hpp"
#include "netherlink/cache/presence.hpp"
#include "netherlink/log/log.hpp"

namespace netherlink::friends {

struct PresenceService::Impl {
  Impl(Options o, cache::Presence& p, ContactRepository& c, PresenceEvents& e, Whereabouts* w)
      : options(o), presence(p), contacts(c), whereabouts(w), arrivals(o.grace), teller(p, c, e, w, o.confirm_after) {}

  void run();
  /// Works off one batch of what came and went.
  void step(const Arrivals::Batch& batch);
  void sweep();

  Options options;
  cache::Presence& presence;
  ContactRepository& contacts;
  Whereabouts* const whereabouts;
  Arrivals arrivals;
  PresenceTeller teller;  // of the thread alone
  Clock::time_point sweep_at{};
  std::thread thread;
};

void PresenceService::Impl::run() {
  sweep_at = Clock::now() + options.sweep_every;
  while (true) {
    const auto batch = arrivals.wait(std::min(sweep_at, teller.due()));
    if (!batch) return;
    step(*batch);
    if (Clock::now() >= sweep_at) sweep();
    teller.confirm(Clock::now());
  }
}

void PresenceService::Impl::step(const Arrivals::Batch& batch) {
  if (!batch.came.empty()) teller.tell(presence.enter(batch.came), true);
  if (!batch.went.empty()) teller.tell(presence.leave(batch.went), false);
  if (!batch.look_again.empty()) teller.show(batch.look_again);
  if (!batch.moved.empty()) teller.tell_where(batch.moved);
}

void PresenceService::Impl::sweep() {
  const auto found = presence.sweep();
  if (!found.gone.empty()) log::info("people were left behind by a replica", {{"users", found.gone.size()}});
  teller.tell(found.gone, false);
  teller.tell(found.back, true);
  sweep_at = Clock::now() + options.sweep_every;
}

PresenceService::PresenceService(Options options, cache::Presence& presence, ContactRepository& contacts,
                                 PresenceEvents& events, Whereabouts* whereabouts)
    : impl_(std::make_unique<Impl>(options, presence, contacts, events, whereabouts)) {}

PresenceService::~PresenceService() {
  stop();
}

void PresenceService::start() {
  impl_->thread = std::thread([impl = impl_.get()] { impl->run(); });
  pthread_setname_np(impl_->thread.native_handle(), "presence");
}

void PresenceService::stop() {
  if (!impl_->thread.joinable()) return;
  impl_->arrivals.stop();
  impl_->thread.join();
  impl_->presence.retire(impl_->options.grace);
  impl_->teller.note_seen(impl_->arrivals.present());
}

void PresenceService::connected(UserId user) {
  impl_->arrivals.connected(user);
}

void PresenceService::disconnected(UserId user) {
  impl_->arrivals.disconnected(user);
}

void PresenceService::visibility_changed(UserId user) {
  impl_->arrivals.look_again(user);
}

void PresenceService::moved(UserId user) {
  impl_->arrivals.moved(user);
}

core::result<std::vector<PresenceView>> PresenceService::view(UserId viewer, std::span<const UserId> targets) {
  const auto standings = impl_->contacts.standings(viewer, targets);
  if (!standings) return standings.error();
  std::vector<UserId> visible;
  for (const auto& standing : *standings) {
    if (standing.presence_visible()) visible.push_back(standing.target);
  }
  const auto there_now = online(visible);
  const std::unordered_set<UserId> there(there_now.begin(), there_now.end());
  auto rooms = impl_->whereabouts != nullptr ? impl_->whereabouts->rooms_of(there_now)
                                             : std::unordered_map<UserId, std::int64_t>();
  const auto seen = impl_->contacts.last_seen(visible);
  if (!seen) return seen.error();
  std::unordered_map<UserId, Timestamp> seen_at;
  for (const auto& one : *seen) seen_at[one.user] = one.at;
  std::vector<PresenceView> views;
  const Timestamp now = core::now_ms();
  for (const auto& standing : *standings) {
    PresenceView view{.user = standing.target, .visible = standing.presence_visible(), .friends = standing.friends};
    if (view.visible) {
      view.online = there.contains(standing.target);
      view.last_seen = view.online ? now : seen_at[standing.target];
      view.room_id = view.online ? rooms[standing.target] : 0;
    }
    views.push_back(view);
  }
  return views;
}

std::vector<UserId> PresenceService::online(std::span<const UserId> users) {
  const auto online = impl_->presence.online(users);
  std::unordered_set<UserId> there(online.begin(), online.end());
  // Whoever came here a moment ago is there for everybody who asks from now on.
  for (const UserId user : impl_->arrivals.here(users)) there.insert(user);
  return {there.begin(), there.end()};
}

}  // namespace netherlink::friends
