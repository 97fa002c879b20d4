#include "netherlink/vpn/service.hpp"

#include <pthread.h>

#include "netherlink/log/log.hpp"
#include "vpn/impl.hpp"

namespace netherlink::vpn {
namespace {

using core::result;

constexpr std::chrono::milliseconds gather{20}, try_again{500};

template <class Id>
std::vector<Id> all_of(std::unordered_set<Id>& set) {
  std::vector<Id> ids(set.begin(), set.end());
  set.clear();
  return ids;
}

}  // namespace

VpnService::Impl::Impl(Dependencies d)
    : options(std::move(d.options)),
      repository(d.repository),
      events(d.events),
      limiter(d.limiter),
      pool({"vpn-keys", options.key_threads, options.key_queue, 0}) {
  for (auto& server : d.cells) {
    cells.push_back(std::make_unique<CellUnit>(options, std::move(server), repository, events));
  }
}

VpnService::VpnService(Dependencies dependencies) : impl_(std::make_unique<Impl>(std::move(dependencies))) {}

VpnService::~VpnService() {
  stop();
}

bool VpnService::enabled() const {
  return !impl_->cells.empty();
}

void VpnService::start() {
  if (!enabled()) return;
  (void)impl_->make_known();  // if not, the thread does
  for (const auto& unit : impl_->cells) unit->keeper.start();
  impl_->thread = std::thread([this] { impl_->run(); });
  pthread_setname_np(impl_->thread.native_handle(), "vpn-news");
}

void VpnService::stop() {
  {
    const std::lock_guard lock(impl_->mutex);
    if (std::exchange(impl_->stopping, true)) return;
  }
  impl_->wake.notify_all();
  for (const auto& unit : impl_->cells) {
    unit->keeper.quit();
    unit->control->interrupt();
  }
  if (impl_->thread.joinable()) impl_->thread.join();
  for (const auto& unit : impl_->cells) unit->keeper.stop();
  impl_->pool.stop();
}

/// The rows of the cells are there.
bool VpnService::Impl::make_known() {
  std::vector<std::string> names;
  for (const auto& unit : cells) names.push_back(unit->cell.name);
  return repository.ensure_cells(names).has_value();
}

void VpnService::Impl::run() {
  std::unique_lock lock(mutex);
  for (bool known = false; !known && !stopping;) {
    lock.unlock();
    known = make_known();
    lock.lock();
    if (!known) wake.wait_for(lock, try_again, [this] { return stopping; });
  }
  const auto news = [this] { return stopping || !rooms.empty() || !people.empty() || !sessions.empty(); };
  for (;;) {
    wake.wait(lock, news);
    wake.wait_for(lock, gather, [this] { return stopping; });
    lock.unlock();
    const bool done = take_news();
    lock.lock();
    if (stopping) return;
    if (!done) wake.wait_for(lock, try_again, [this] { return stopping; });
  }
}

/// What fails is kept for the next time; what is lost with the process, the writers of the cells find out.
bool VpnService::Impl::take_news() {
  std::vector<RoomId> new_rooms;
  std::vector<UserId> new_people;
  std::vector<SessionId> ended;
  {
    const std::lock_guard lock(mutex);
    new_rooms = all_of(rooms);
    new_people = all_of(people);
    ended = all_of(sessions);
  }
  const auto homeless = repository.touch_rooms(new_rooms);
  if (homeless) {
    for (const auto room : *homeless) give_home(room);
    new_rooms.clear();
  }
  if (repository.touch_people(new_people)) new_people.clear();
  if (repository.remove_sessions(ended)) ended.clear();
  const bool done = new_rooms.empty() && new_people.empty() && ended.empty();
  if (!done) add_news(new_rooms, new_people, ended);
  return done;
}

void VpnService::Impl::add_news(std::span<const RoomId> new_rooms, std::span<const UserId> new_people,
                                std::span<const SessionId> ended) {
  if (cells.empty()) return;
  {
    const std::lock_guard lock(mutex);
    rooms.insert(new_rooms.begin(), new_rooms.end());
    people.insert(new_people.begin(), new_people.end());
    sessions.insert(ended.begin(), ended.end());
  }
  wake.notify_all();
}

void VpnService::rooms_changed(std::span<const RoomId> rooms) {
  impl_->add_news(rooms, {}, {});
}

void VpnService::relations_changed(std::span<const UserId> users) {
  impl_->add_news({}, users, {});
}

void VpnService::sessions_ended(std::span<const SessionId> sessions) {
  impl_->add_news({}, {}, sessions);
}

result<void> VpnService::forget(UserId user) {
  if (!enabled()) return {};
  return impl_->repository.remove_user(user);
}

result<VpnService::Standing> VpnService::status(UserId user) {
  if (!enabled()) return Standing{};
  const auto place = impl_->repository.place(user);
  if (!place) return place.error();
  const auto states = impl_->repository.cells();
  if (!states) return states.error();
  const CellUnit* unit = impl_->unit(place->cell);
  if (unit == nullptr) unit = impl_->cells.front().get();
  Standing standing;
  standing.access.control_url = unit->cell.control_url;
  standing.access.status = Status::pending;
  for (const auto& state : *states) {
    if (state.name != unit->cell.name) continue;
    const auto applied = std::max<std::int64_t>(state.applied, 0);
    const bool level = state.kept && state.down_since == 0 && state.applied == state.wanted;
    standing.lag = {state.wanted, applied, std::chrono::milliseconds(0)};
    if (level) {
      standing.access.status = Status::ready;
    } else if (state.behind_since != 0) {
      standing.lag.behind = std::chrono::milliseconds(std::max<Timestamp>(core::now_ms() - state.behind_since, 0));
    }
  }
  return standing;
}

result<std::vector<Peer>> VpnService::peers(UserId user, RoomId room) {
  if (!enabled()) return errors::vpn_disabled;
  const auto place = impl_->repository.place(user);
  if (!place) return place.error();
  if (place->room != room) return errors::room_forbidden;
  auto all = impl_->repository.peers(std::span(&room, 1));
  if (!all) return all.error();
  std::vector<Peer> peers;
  for (auto& [id, peer] : *all) peers.push_back(std::move(peer));
  return peers;
}

}  // namespace netherlink::vpn
