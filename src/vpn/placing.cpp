// Which cell serves a room, and which one gives keys to somebody.
#include <algorithm>
#include <unordered_map>

#include "netherlink/log/log.hpp"
#include "vpn/impl.hpp"

namespace netherlink::vpn {
namespace {

using core::result;

constexpr std::chrono::milliseconds retry_after{2000};

std::int64_t load_of(const VpnRepository::Load& load) {
  return std::max(load.seats, load.nodes);
}

}  // namespace

CellUnit* VpnService::Impl::unit(std::string_view cell) {
  const auto found = std::ranges::find_if(cells, [cell](const auto& unit) { return unit->cell.name == cell; });
  return found == cells.end() ? nullptr : found->get();
}

result<CellUnit*> VpnService::Impl::choose(std::int64_t seats, const std::string& except) {
  const auto loads = repository.loads();
  if (!loads) return loads.error();
  const auto states = repository.cells();
  if (!states) return states.error();
  CellUnit* best = nullptr;
  double least = 0;
  for (const auto& load : *loads) {
    CellUnit* const candidate = unit(load.cell);
    if (candidate == nullptr || load.cell == except) continue;
    const auto state = std::ranges::find(*states, load.cell, &CellState::name);
    const bool answers = state != states->end() && state->down_since == 0;
    const auto most = static_cast<std::int64_t>(candidate->cell.max_nodes);
    if (!answers || load_of(load) + seats > most) continue;
    const auto part = static_cast<double>(load_of(load)) / static_cast<double>(most);
    if (best != nullptr && part >= least) continue;
    best = candidate;
    least = part;
  }
  return best;
}

/// Whether the cell answers and has space for one device of this person.
result<bool> VpnService::Impl::usable(const CellUnit& unit, UserId user) {
  const auto states = repository.cells();
  if (!states) return states.error();
  const auto state = std::ranges::find(*states, unit.cell.name, &CellState::name);
  if (state == states->end() || state->down_since != 0) return false;
  const auto nodes = repository.nodes(unit.cell.name);
  if (!nodes) return nodes.error();
  std::size_t others = 0;
  for (const auto& node : *nodes) {
    if (node.removed_at == 0 && node.node_id != 0 && node.user_id != user) ++others;
  }
  return others < unit.cell.max_nodes;
}

result<CellUnit*> VpnService::Impl::cell_for(UserId user, const VpnRepository::Place& place) {
  const auto unavailable = [] { return core::Error(errors::vpn_unavailable, retry_after); };
  CellUnit* const home = unit(place.cell);
  if (home != nullptr) {
    const auto fine = usable(*home, user);
    if (!fine) return fine.error();
    if (*fine) return home;
  }
  const auto seats = std::max<std::int64_t>(place.members, 1);
  const auto chosen = choose(seats, place.cell);
  if (!chosen) return chosen.error();
  if (*chosen == nullptr) return unavailable();
  if (place.room == 0) return *chosen;
  const auto now_with = repository.assign(place.room, place.cell, (*chosen)->cell.name);
  if (!now_with) return now_with.error();
  CellUnit* const assigned = unit(*now_with);
  if (assigned == nullptr) return unavailable();
  if (home != nullptr) {
    log::warn("room moved to another control server",
              {{"room", place.room}, {"cell", *now_with}, {"before", place.cell}});
    const auto members = repository.members(place.room);
    const VpnEvents::Update update{.users = members ? *members : std::vector<UserId>(),
                                   .status = Status::pending,
                                   .room = place.room,
                                   .control_url = assigned->cell.control_url,
                                   .rejoin = true};
    events.updated(std::span(&update, 1));
  }
  return assigned;
}

/// A room in which people sit and which no cell serves. Should none have space now, whoever asks for a key there tries
/// again.
void VpnService::Impl::give_home(RoomId room) {
  const auto members = repository.members(room);
  if (!members || members->empty()) return;
  const auto chosen = choose(static_cast<std::int64_t>(members->size()));
  if (!chosen || *chosen == nullptr) return;
  if (!repository.assign(room, {}, (*chosen)->cell.name)) add_news(std::span(&room, 1), {}, {});
}

}  // namespace netherlink::vpn
