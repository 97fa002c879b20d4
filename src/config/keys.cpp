#include "config/keys.hpp"

#include <algorithm>
#include <utility>

namespace netherlink::config {
namespace {

constexpr std::pair<std::string_view, std::string_view> sections[] = {
    {"instance", "Who this replica is, and what it does."},
    {"http", "REST and WebSocket, on one port."},
    {"http.tls", "TLS on that port."},
    {"ws", "WebSocket sessions."},
    {"auth", "Accounts, tokens and passwords."},
    {"rate_limits",
     "Token buckets, each \"burst/refill a second\": \"10/0.2\" allows 10 at once and one more every 5 seconds."},
    {"heartbeat", "How silence of a client is noticed. min_interval <= interval <= max_interval."},
    {"limits", "What one message or request may carry. Told to clients."},
    {"friends", "Friends, requests and blocks. Told to clients."},
    {"guests", "People without an account."},
    {"presence", "Who is seen to be there."},
    {"messages", "What may be done with messages."},
    {"search", "Finding messages by what they say (docs/search.md)."},
    {"lobby", "The conversation that everyone is in."},
    {"drain", "Stopping gracefully."},
    {"store", "The database."},
    {"bus", "The way of a message from the edge to the store, and on to its receivers."},
    {"cache", "The newest messages, kept in memory."},
    {"groups", "Groups and who is in them. Told to clients."},
    {"log", "One line each on standard output."},
    {"metrics", "Figures for Prometheus."},
    {"rooms", "Game rooms and their list."},
    {"attachments", "Files that messages refer to. Told to clients."},
    {"vpn", "The virtual LAN of rooms: docs/vpn.md."},
    {"email", "Confirming addresses and resetting passwords by mail: docs/email.md."},
    {"e2e", "Keys for end-to-end encryption, and signed messages: docs/end-to-end.md. Told to clients."},
};

}  // namespace

const std::vector<Key>& keys() {
  static const std::vector<Key> all = [] {
    std::vector<Key> joined;
    for (const auto part : {edge_keys(), message_keys(), people_keys(), room_keys(), attachment_keys(), server_keys(),
                            vpn_keys(), email_keys(), e2e_keys()}) {
      joined.insert(joined.end(), part.begin(), part.end());
    }
    return joined;
  }();
  return all;
}

const Key* find_key(std::string_view name) {
  const auto found = std::find_if(keys().begin(), keys().end(), [name](const Key& key) { return key.name == name; });
  return found == keys().end() ? nullptr : &*found;
}

bool may_be_file(const Key& key) {
  // Each of the cells names a file of its own.
  return key.secrecy != Secrecy::open && !std::holds_alternative<Field<std::vector<Config::Vpn::Cell>>>(key.target);
}

std::span<const std::string_view> choices(const Key& key) {
  if (std::holds_alternative<Field<log::Level>>(key.target)) return level_names;
  if (std::holds_alternative<Field<std::optional<log::Format>>>(key.target)) return format_names;
  return key.choices;
}

std::string_view section_meaning(std::string_view section) {
  const auto found =
      std::find_if(std::begin(sections), std::end(sections), [=](auto& row) { return row.first == section; });
  return found == std::end(sections) ? std::string_view() : found->second;
}

}  // namespace netherlink::config
