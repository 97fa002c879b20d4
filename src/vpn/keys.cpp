// Keys for people: ahead at login, and when asked for.
#include <algorithm>

#include "netherlink/log/log.hpp"
#include "vpn/impl.hpp"

namespace netherlink::vpn {
namespace {

using core::result;

constexpr std::chrono::milliseconds busy{1000};
/// What a key is still good for when it is handed out.
constexpr Timestamp least_left_ms = 30'000;
constexpr std::size_t most_ready = 10'000;

}  // namespace

result<std::string> VpnService::Impl::device_name(const Device& device) {
  if (device.name && !device.name->empty()) return *device.name;
  auto found = repository.device_of(device.session);
  if (!found || !found->empty()) return found;
  std::string name("session-");
  return name.append(std::to_string(device.session));
}

std::optional<Access> VpnService::Impl::take_ready(const Order& order, const std::string& cell) {
  Ready taken;
  {
    const std::lock_guard lock(ready_mutex);
    const auto found = ready.find({order.user, order.device});
    if (found == ready.end()) return std::nullopt;
    taken = std::move(found->second);
    ready.erase(found);
  }
  const bool fits = taken.session == order.session && taken.cell == cell;
  if (!fits || taken.made.access.expires_at < core::now_ms() + least_left_ms) return std::nullopt;
  if (!repository.handed(taken.cell, taken.made.key_id, core::now_ms())) return std::nullopt;
  return std::move(taken.made.access);
}

void VpnService::Impl::keep_ready(const Order& order, const std::string& cell, const KeyMaker::Made& made) {
  const std::lock_guard lock(ready_mutex);
  const auto now = core::now_ms();
  if (ready.size() >= most_ready) {
    std::erase_if(ready, [now](const auto& entry) { return entry.second.made.access.expires_at < now; });
  }
  if (ready.size() < most_ready) ready[{order.user, order.device}] = Ready{cell, order.session, made};
}

void VpnService::Impl::make_ahead(const Device& device) {
  const auto place = repository.place(device.user);
  if (!place) return;
  const auto cell = cell_for(device.user, *place);
  const auto name = device_name(device);
  if (!cell || !name) return;
  const Order order{device.user, device.session, *name};
  const auto made = (*cell)->keys.make(order.user, order.session, order.device, false);
  if (!made) return;
  keep_ready(order, (*cell)->cell.name, *made);
  const VpnEvents::Update update{
      .users = {order.user}, .status = Status::ready, .control_url = (*cell)->cell.control_url, .device = order.device};
  events.updated(std::span(&update, 1));
}

Access VpnService::greet(const Device& device) {
  if (!enabled()) return {};
  Access access{.status = Status::pending, .control_url = impl_->cells.front()->cell.control_url, .pre_auth_key = {}};
  {
    const std::lock_guard lock(impl_->ready_mutex);
    if (impl_->ahead >= impl_->options.keys_ahead) return access;
    ++impl_->ahead;
  }
  const auto job = [impl = impl_.get(), device] {
    impl->make_ahead(device);
    const std::lock_guard lock(impl->ready_mutex);
    --impl->ahead;
  };
  if (!impl_->pool.try_post(job)) {
    const std::lock_guard lock(impl_->ready_mutex);
    --impl_->ahead;
  }
  return access;
}

void VpnService::make_key(const Device& device, std::optional<RoomId> room, const KeyAnswer& done) {
  auto& impl = *impl_;
  if (!enabled()) return done(errors::vpn_disabled);
  if (impl.options.limit_keys) {
    const auto wait = impl.limiter.take(std::string("vpn_key:").append(std::to_string(device.user)), impl.options.keys);
    if (wait) return done(core::Error(errors::request_rate_limited, *wait));
  }
  const auto place = impl.repository.place(device.user);
  if (!place) return done(place.error());
  if (room && place->room != *room) return done(errors::room_forbidden);
  const auto cell = impl.cell_for(device.user, *place);
  if (!cell) return done(cell.error());
  const auto name = impl.device_name(device);
  if (!name) return done(name.error());
  Impl::Order order{device.user, device.session, *name};
  if (auto ready = impl.take_ready(order, (*cell)->cell.name)) return done(std::move(*ready));
  const bool posted = impl.pool.try_post([unit = *cell, order = std::move(order), done] {
    auto made = unit->keys.make(order.user, order.session, order.device, true);
    done(made ? core::result<Access>(std::move(made->access)) : made.error());
  });
  if (!posted) done(core::Error(errors::server_overloaded, busy));
}

}  // namespace netherlink::vpn
