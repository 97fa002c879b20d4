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
    {.name = "e2e.max_devices",
     .target = AT(e2e.max_devices),
     .initial = "20",
     .meaning = "Sessions of one person that have published keys.",
     .range = {1, 1000}},
    {.name = "e2e.one_time_keys",
     .target = AT(e2e.one_time_keys),
     .initial = "100",
     .meaning = "One-time pre-keys that wait for one device, and that it may publish at once.",
     .range = {1, 500}},
    {.name = "e2e.low_keys",
     .target = AT(e2e.low_keys),
     .initial = "10",
     .meaning = "A device is told when fewer one-time pre-keys than this are left.",
     .range = {1, 500}},
    {.name = "e2e.claim_devices",
     .target = AT(e2e.claim_devices),
     .initial = "50",
     .meaning = "Devices whose keys one call may ask for.",
     .range = {1, 200}},
    {.name = "e2e.told_people",
     .target = AT(e2e.told_people),
     .initial = "1000",
     .meaning =
         "People who are told when a device comes or goes, besides its owner: friends first, then those of single "
         "conversations, of groups and rooms.",
     .range = {0, 5000}},
    {.name = "e2e.signature_window",
     .target = AT(e2e.signature_window),
     .initial = "5m",
     .meaning = "How far the time of a signed message may be from the server's, in either direction.",
     .range = {s, 24 * h}},
    {.name = "e2e.require_signatures",
     .target = AT(e2e.require_signatures),
     .initial = "false",
     .meaning = "Whether sessions that have published keys must sign what they send."},
};
#undef AT

}  // namespace

std::span<const Key> e2e_keys() {
  return table;
}

}  // namespace netherlink::config
