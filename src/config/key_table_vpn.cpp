#include "config/keys.hpp"
#include "config/units.hpp"

namespace netherlink::config {
namespace {

constexpr std::int64_t s = 1000, h = 3600 * s;  // durations, in milliseconds

// The way to a member of Config.
#define AT(path)             \
  +[](Config & c) -> auto& { \
    return c.path;           \
  }

constexpr Key table[] = {
    {.name = "vpn.cells",
     .target = AT(vpn.cells),
     .initial = "[]",
     .meaning = "Headscale instances for the virtual LAN, a list of `{name, url, api_key, max_nodes}`; `api_key_file` "
                "may stand for `api_key`, and `control_url` says where clients reach it if that is not `url`. None: "
                "there is no virtual LAN.",
     .secrecy = Secrecy::secret},
    {.name = "vpn.key_ttl",
     .target = AT(vpn.key_ttl),
     .initial = "10m",
     .meaning = "How long a key for the virtual LAN may wait to be used. Told to clients.",
     .range = {60 * s, 24 * h}},
    {.name = "vpn.max_devices",
     .target = AT(vpn.max_devices),
     .initial = "10",
     .meaning = "Devices of one person in one cell; another one replaces the one that asked longest ago. Told to "
                "clients.",
     .range = {1, 1000}},
    {.name = "vpn.keys_ahead",
     .target = AT(vpn.keys_ahead),
     .initial = "16",
     .meaning = "Keys that are being made for those who just signed in, on one replica; 0: none is made before "
                "somebody asks.",
     .range = {0, 1000}},
    {.name = "vpn.debounce",
     .target = AT(vpn.debounce),
     .initial = "150ms",
     .meaning = "Changes of this time go to a cell together.",
     .range = {10, 10 * s}},
    {.name = "vpn.poll_interval",
     .target = AT(vpn.poll_interval),
     .initial = "5s",
     .meaning = "How often a cell is asked which devices of rooms are there.",
     .range = {100, h}},
    {.name = "vpn.reconcile_interval",
     .target = AT(vpn.reconcile_interval),
     .initial = "30s",
     .meaning = "How often all that a cell says is compared with the database.",
     .range = {500, h}},
    {.name = "vpn.timeout",
     .target = AT(vpn.timeout),
     .initial = "2500ms",
     .meaning = "How long one call of a cell may take.",
     .range = {100, 60 * s}},
    {.name = "vpn.lease_ttl",
     .target = AT(vpn.lease_ttl),
     .initial = "10s",
     .meaning = "After this time without a sign of life another replica takes over a cell. Three times `vpn.timeout` "
                "at least.",
     .range = {500, h}},
};
#undef AT

}  // namespace

std::span<const Key> vpn_keys() {
  return table;
}

}  // namespace netherlink::config
