#include "config/checks.hpp"
#include "config/defaults.hpp"
#include "config/keys.hpp"

namespace netherlink::config {
namespace {

constexpr std::int64_t KiB = 1024, GiB = 1024 * 1024 * KiB;

// The way to a member of Config.
#define AT(path)             \
  +[](Config & c) -> auto& { \
    return c.path;           \
  }

constexpr Key table[] = {
    {.name = "store.url",
     .target = AT(store.url),
     .initial = "sqlite:///./data/netherlink.db",
     .meaning =
         "`sqlite:///./relative/file.db`, `sqlite:///absolute/file.db`, or `mysql://user:password@host:port/name`.",
     .range = {1, 2048},
     .check = check_store_url,
     .secrecy = Secrecy::url},
    {.name = "store.replica_urls",
     .target = AT(store.replica_urls),
     .meaning = "Databases that only read.",
     .check = check_store_url,
     .secrecy = Secrecy::url},
    {.name = "store.shard_urls",
     .target = AT(store.shard_urls),
     .meaning = "Databases that hold the messages, by partition; none: the main one.",
     .check = check_store_url,
     .secrecy = Secrecy::url},
    {.name = "store.threads",
     .target = AT(store.threads),
     .meaning = "Threads, and connections, for work on the store.",
     .range = {1, 256},
     .computed = store_threads,
     .computed_note = "the number of processors, at least 2"},
    {.name = "store.queue",
     .target = AT(store.queue),
     .initial = "1024",
     .meaning = "Requests that may wait for the store; above it 503.",
     .range = {1, 1'000'000}},
    {.name = "store.batch_messages",
     .target = AT(store.batch_messages),
     .initial = "4096",
     .meaning = "Messages of one transaction at most.",
     .range = {1, 65536}},

    {.name = "bus.url",
     .target = AT(bus.url),
     .initial = "memory:",
     .meaning = "`memory:`, or `amqp://user:password@host:port/vhost`, several separated by commas.",
     .range = {1, 4096},
     .check = check_bus_url,
     .secrecy = Secrecy::url},
    {.name = "bus.partitions",
     .target = AT(bus.partitions),
     .initial = "16",
     .meaning = "Partitions of the conversations. Must stay what it was when the store was made.",
     .range = {1, 1024}},
    {.name = "bus.queue_messages",
     .target = AT(bus.queue_messages),
     .initial = "50000",
     .meaning = "Messages that may wait to be committed; above it senders are told to try again.",
     .range = {1, 10'000'000}},

    {.name = "cache.url",
     .target = AT(cache.url),
     .initial = "memory:",
     .meaning = "`memory:`, or `redis://[user:password@]host:port/db`, `redis+sentinel://…`, `redis+cluster://…`.",
     .range = {1, 4096},
     .check = check_cache_url,
     .secrecy = Secrecy::url},
    {.name = "cache.hot_messages",
     .target = AT(cache.hot_messages),
     .initial = "300",
     .meaning = "Newest messages kept of each conversation.",
     .range = {1, 10'000}},
    {.name = "cache.hot_bytes",
     .target = AT(cache.hot_bytes),
     .initial = "64MiB",
     .meaning = "Memory for all of them.",
     .range = {64 * KiB, 1024 * GiB},
     .unit = Unit::bytes},

    {.name = "log.level",
     .target = AT(log.level),
     .initial = "info",
     .meaning = "Lines below it are not written.",
     .reloadable = true},
    {.name = "log.format",
     .target = AT(log.format),
     .initial = "auto",
     .meaning = "`auto`: text on a terminal, JSON lines otherwise."},

    {.name = "metrics.address",
     .target = AT(metrics.address),
     .meaning =
         "IP address that serves `/metrics` by itself; empty: with the rest, to loopback and private callers only.",
     .check = check_optional_address},
    {.name = "metrics.port",
     .target = AT(metrics.port),
     .initial = "0",
     .meaning = "Its port; 0 takes any free one. Only with `metrics.address`.",
     .range = {0, 65535}},
};
#undef AT

}  // namespace

std::span<const Key> server_keys() {
  return table;
}

}  // namespace netherlink::config
