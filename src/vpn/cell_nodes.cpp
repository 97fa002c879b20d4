// What the writer of a cell does about its nodes, and whom it tells.
#include <algorithm>
#include <map>
#include <set>
#include <unordered_map>
#include <unordered_set>

#include "netherlink/log/log.hpp"
#include "vpn/cell_keeper.hpp"
#include "vpn/instruments.hpp"

namespace netherlink::vpn {
namespace {

using namespace std::chrono_literals;

constexpr Timestamp unused_key_margin_ms = 60'000;  // between the clocks of two servers
constexpr Timestamp stray_user_ms = 600'000;        // somebody may be about to make a key for it
constexpr std::size_t cleaned_at_once = 50;
constexpr auto clean_every = 5min;

std::vector<UserId> without(const std::vector<UserId>& all, const std::vector<UserId>& some) {
  std::vector<UserId> rest;
  std::ranges::set_difference(all, some, std::back_inserter(rest));
  return rest;
}

std::map<RoomId, std::vector<Peer>> by_room(const std::vector<std::pair<RoomId, Peer>>& all) {
  std::map<RoomId, std::vector<Peer>> found;
  for (const auto& [room, peer] : all) found[room].push_back(peer);
  return found;
}

}  // namespace

struct CellKeeper::Findings {
  std::vector<std::int64_t> delete_nodes, delete_keys, drop_rows;
  std::set<UserId> delete_users;  // of accounts that are no more
  std::vector<Node> seen;         // rows with what is new about them
  std::vector<UserId> changed;    // whose devices look another way now
  std::vector<VpnEvents::Update> rejoin;
  std::size_t strays = 0;  // nodes that nobody wanted
};

bool CellKeeper::look_at_nodes() {
  nodes_at_ = Clock::now();
  const auto nodes = control_.nodes();
  note_answer(nodes.has_value());
  if (!nodes) return false;
  // Read afterwards: the row of a key is there before anybody has the key.
  const auto rows = repository_.nodes(cell_.name);
  if (!rows) return false;
  nodes_.set(static_cast<double>(nodes->size()));
  Findings findings;
  compare(*nodes, *rows, findings);
  if (!carry_out(findings)) return false;
  tell_peers(findings.changed);
  if (!findings.rejoin.empty()) events_.updated(findings.rejoin);
  if (nodes_at_ >= clean_at_) {
    clean_at_ = nodes_at_ + clean_every;
    clean_keys(*nodes);
    clean_users();
  }
  return true;
}

void CellKeeper::compare(const Nodes& nodes, const std::vector<Node>& rows, Findings& findings) const {
  std::unordered_map<std::int64_t, const Node*> by_key;
  for (const auto& row : rows) by_key.emplace(row.key_id, &row);
  std::unordered_set<std::int64_t> there, nodes_there;
  for (const auto& node : nodes) {
    const auto found = by_key.find(node.key_id);
    // Numbers begin again with a new database; names do not lie.
    if (found == by_key.end() || control_name(found->second->user_id) != node.user) {
      findings.delete_nodes.push_back(node.id);
      ++findings.strays;
      continue;
    }
    const Node& row = *found->second;
    there.insert(row.key_id);
    nodes_there.insert(node.id);
    if (row.removed_at != 0) {
      findings.delete_nodes.push_back(node.id);
      findings.drop_rows.push_back(row.key_id);
      if (row.session_id == 0) findings.delete_users.insert(row.user_id);
      findings.changed.push_back(row.user_id);
    } else if (row.node_id != node.id || row.address != node.address || row.online != node.online) {
      Node now = row;
      now.node_id = node.id;
      now.address = node.address;
      now.online = node.online;
      findings.seen.push_back(std::move(now));
      findings.changed.push_back(row.user_id);
    }
  }
  for (const auto& row : rows) {
    if (there.contains(row.key_id)) continue;
    if (row.removed_at == 0 && nodes_there.contains(row.node_id)) {
      findings.drop_rows.push_back(row.key_id);  // the device is back with another key
    } else {
      compare_missing(row, findings);
    }
  }
}

void CellKeeper::compare_missing(const Node& row, Findings& findings) const {
  const auto now = core::now_ms();
  const bool unused = row.node_id == 0;
  if (row.removed_at == 0 && unused && now < row.expires_at + unused_key_margin_ms) return;
  findings.drop_rows.push_back(row.key_id);
  if (unused) findings.delete_keys.push_back(row.key_id);
  if (row.removed_at != 0) {
    if (row.session_id == 0) findings.delete_users.insert(row.user_id);
    return;
  }
  if (unused) return;
  findings.changed.push_back(row.user_id);
  findings.rejoin.push_back({.users = {row.user_id},
                             .status = Status::pending,
                             .control_url = cell_.control_url,
                             .device = row.device,
                             .rejoin = true});
}

bool CellKeeper::carry_out(const Findings& findings) {
  const auto each = [this](const std::vector<std::int64_t>& ids, core::result<void> (Control::*call)(std::int64_t)) {
    for (const auto id : ids) {
      if (!may_write()) return false;
      const auto done = (control_.*call)(id);
      note_answer(done.has_value());
      if (!done) return false;
    }
    return true;
  };
  if (findings.strays > 0) {
    log::warn("nodes that nobody asked for", {{"cell", cell_.name}, {"nodes", findings.strays}});
    drift_repairs().add(static_cast<double>(findings.strays));
  }
  if (!each(findings.delete_nodes, &Control::delete_node) || !each(findings.delete_keys, &Control::delete_key)) {
    return false;
  }
  // By name: numbers begin again with a new database. One that is still in use is refused, and cleaned later.
  for (const auto user : findings.delete_users) {
    const auto found = control_.find_user(control_name(user));
    if (!found) return false;
    if (*found && may_write()) (void)control_.delete_user((*found)->id);
  }
  return repository_.seen(findings.seen).has_value() && repository_.drop(cell_.name, findings.drop_rows).has_value();
}

/// Keys that no row and no node names: of processes that died, and used ones whose node is gone.
void CellKeeper::clean_keys(const Nodes& nodes) {
  const auto keys = control_.keys();
  const auto rows = keys ? repository_.nodes(cell_.name) : core::result<std::vector<Node>>(keys.error());
  if (!rows) return;
  std::unordered_set<std::int64_t> needed;
  for (const auto& node : nodes) needed.insert(node.key_id);
  for (const auto& row : *rows) needed.insert(row.key_id);
  const auto before = core::now_ms() - unused_key_margin_ms;
  std::size_t left = cleaned_at_once;
  for (const auto& key : *keys) {
    if (needed.contains(key.id) || key.created_at > before) continue;
    if (left-- == 0 || !may_write() || !control_.delete_key(key.id)) return;
  }
}

void CellKeeper::clean_users() {
  const auto users = control_.users();
  const auto rows = users ? repository_.nodes(cell_.name) : core::result<std::vector<Node>>(users.error());
  if (!rows) return;
  std::set<std::string> needed;
  for (const auto& row : *rows) needed.insert(control_name(row.user_id));
  const auto before = core::now_ms() - stray_user_ms;
  std::size_t left = cleaned_at_once;
  for (const auto& user : *users) {
    if (needed.contains(user.name) || user.created_at > before) continue;
    if (left-- == 0 || !may_write() || !control_.delete_user(user.id)) return;
  }
}

/// The members of every circle that changed, and those who are in none any more.
void CellKeeper::tell(const std::vector<Circle>& now) {
  std::map<RoomId, std::pair<const Circle*, const Circle*>> pairs;
  for (const auto& circle : told_) pairs[circle.room].first = &circle;
  for (const auto& circle : now) pairs[circle.room].second = &circle;
  std::vector<RoomId> rooms;
  for (const auto& [room, pair] : pairs) {
    const bool same = pair.first != nullptr && pair.second != nullptr && *pair.first == *pair.second;
    if (!same || !told_everybody_) rooms.push_back(room);
  }
  if (rooms.empty()) {
    told_ = now;
    told_everybody_ = true;
    return;
  }
  auto all = repository_.peers(rooms);
  if (!all) return;  // everybody reads the state who asks for it; the next look tells
  auto peers = by_room(*all);
  std::vector<VpnEvents::Update> updates;
  for (const auto room : rooms) {
    const auto [before, after] = pairs[room];
    const std::vector<UserId> members = after != nullptr ? after->members : std::vector<UserId>();
    const auto gone = before != nullptr ? without(before->members, members) : std::vector<UserId>();
    if (!members.empty()) {
      updates.push_back({.users = members, .room = room, .peers = peers[room], .control_url = cell_.control_url});
    }
    if (!gone.empty()) {
      updates.push_back({.users = gone, .room = room, .peers = std::vector<Peer>(), .control_url = cell_.control_url});
    }
  }
  events_.updated(updates);
  told_ = now;
  told_everybody_ = true;
}

/// The rooms of people whose devices came, went, or have another address.
void CellKeeper::tell_peers(const std::vector<UserId>& changed) {
  const std::set<UserId> people(changed.begin(), changed.end());
  std::vector<RoomId> rooms;
  for (const auto& circle : told_) {
    if (std::ranges::any_of(circle.members, [&](UserId user) { return people.contains(user); })) {
      rooms.push_back(circle.room);
    }
  }
  if (rooms.empty()) return;
  auto all = repository_.peers(rooms);
  if (!all) return;
  auto peers = by_room(*all);
  std::vector<VpnEvents::Update> updates;
  for (const auto& circle : told_) {
    if (!std::ranges::binary_search(rooms, circle.room)) continue;
    updates.push_back(
        {.users = circle.members, .room = circle.room, .peers = peers[circle.room], .control_url = cell_.control_url});
  }
  events_.updated(updates);
}

}  // namespace netherlink::vpn
