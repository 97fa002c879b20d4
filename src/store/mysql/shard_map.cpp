#include "store/mysql/shard_map.hpp"

#include <algorithm>
#include <numeric>

#include "store/migrations.hpp"
#include "store/mysql/connection.hpp"

namespace netherlink::store::mysql {
namespace {

using core::result;
using Partitions = std::vector<std::size_t>;

core::Error wrong(const std::string& what) {
  return failed("the map of the message shards", what);
}

/// Every partition exactly once.
result<void> check_cover(const Layout& layout) {
  Partitions all;
  for (const auto& shard : layout.shards) {
    const auto& own = shard.address.partitions;
    if (own.empty()) return wrong(shard.address.text() + " lacks ?partitions=");
    all.insert(all.end(), own.begin(), own.end());
  }
  std::ranges::sort(all);
  const auto twice = std::ranges::adjacent_find(all);
  if (twice != all.end()) return wrong("partition " + std::to_string(*twice) + " is named twice");
  for (std::size_t partition = 0; partition < layout.partitions; ++partition) {
    if (partition >= all.size() || all[partition] != partition) {
      return wrong("no shard has partition " + std::to_string(partition) + " of " + std::to_string(layout.partitions));
    }
  }
  if (all.size() > layout.partitions) {
    return wrong("there is no partition " + std::to_string(all.back()) + ": there are " +
                 std::to_string(layout.partitions));
  }
  return {};
}

/// Those with ?partitions= copy the shard that has the same, the others the main database.
result<void> assign_replicas(Layout& layout, const std::vector<Address>& replicas) {
  for (const auto& replica : replicas) {
    if (replica.partitions.empty()) {
      layout.replicas.push_back(replica);
      continue;
    }
    const auto shard = std::ranges::find_if(
        layout.shards, [&](const auto& other) { return other.address.partitions == replica.partitions; });
    if (shard == layout.shards.end()) return wrong("no shard has the same partitions as its replica " + replica.text());
    auto& copies = shard->address.same_database(layout.main) ? layout.replicas : shard->replicas;
    copies.push_back(replica);
  }
  return {};
}

result<std::vector<Address>> parse_all(const std::vector<std::string>& urls, std::string_view key) {
  std::vector<Address> all;
  for (const auto& url : urls) {
    auto address = parse_url(url);
    if (!address) return failed(key, std::string(address.error().detail()));
    all.push_back(std::move(*address));
  }
  return all;
}

/// In place of a partition, in a main database whose messages are in shards.
constexpr std::int64_t elsewhere = -1;

struct Held {
  Address address;
  Partitions expected, actual;
  std::size_t of = 0;      // partitions in all, as the database remembers
  bool in_shards = false;  // it remembers that messages are elsewhere
  bool used = false;       // there was an owner, or there are messages

  bool empty() const { return actual.empty() && !in_shards; }
};

Held read_held(const Address& address, Partitions expected) {
  Held held{.address = address, .expected = std::move(expected), .actual = {}};
  Connection connection(address, Connection::Role::ordinary);
  connection.query("SELECT partition_number, partitions, epoch FROM partition_owner ORDER BY partition_number",
                   [&](const Row& row) {
                     held.of = static_cast<std::size_t>(row.integer(1));
                     held.used = held.used || row.integer(2) > 0;
                     if (row.integer(0) == elsewhere) {
                       held.in_shards = true;
                     } else {
                       held.actual.push_back(static_cast<std::size_t>(row.integer(0)));
                     }
                   });
  connection.query("SELECT 1 FROM conversations LIMIT 1", [&](const Row&) { held.used = true; });
  return held;
}

result<std::vector<Held>> read_all_held(const Layout& layout) {
  std::vector<Held> all;
  for (const auto& address : layout.databases()) {
    const auto shard =
        std::ranges::find_if(layout.shards, [&](const auto& other) { return other.address.same_database(address); });
    try {
      all.push_back(read_held(address, shard == layout.shards.end() ? Partitions() : shard->address.partitions));
    } catch (const Failure& failure) {
      return failed(address.text(), failure.what());
    }
  }
  return all;
}

result<void> compare(const Layout& layout, const Held& held) {
  const auto name = held.address.text();
  if (held.in_shards && !held.expected.empty()) {
    return wrong("the messages of " + name + " are in shards, which store.shard_urls has to name");
  }
  if (!held.empty() && held.of != layout.partitions) {
    return wrong(name + " holds partitions of " + std::to_string(held.of) + ", not of " +
                 std::to_string(layout.partitions) + ": their number cannot change");
  }
  if (held.actual != held.expected) {
    return wrong(name + " holds partitions " + partition_list(held.actual) + ", not " + partition_list(held.expected) +
                 " (docs/store.md says how to move them)");
  }
  return {};
}

/// Of several who claim at once each writes the same, or the comparison afterwards finds it.
void claim(const Held& held, std::size_t partitions) {
  SqlText insert;
  insert << "INSERT IGNORE INTO partition_owner (partition_number, partitions, epoch, last_id) VALUES ";
  const auto add = [&](std::int64_t partition) {
    insert << "(" << partition << "," << static_cast<std::int64_t>(partitions) << ",0,0)";
  };
  if (held.expected.empty()) add(elsewhere);
  for (const auto partition : held.expected) {
    insert << (partition == held.expected.front() ? "" : ",");
    add(static_cast<std::int64_t>(partition));
  }
  Connection(held.address, Connection::Role::ordinary).execute(insert.text());
}

}  // namespace

std::vector<Address> Layout::databases() const {
  std::vector<Address> all{main};
  for (const auto& shard : shards) {
    if (!shard.address.same_database(main)) all.push_back(shard.address);
  }
  return all;
}

result<Layout> make_layout(const Options& options) {
  Layout layout;
  auto main = parse_all({options.url}, "store.url");
  if (!main) return main.error();
  layout.main = std::move(main->front());
  layout.partitions = options.partitions;
  if (!layout.main.partitions.empty()) return failed("store.url", "takes no ?partitions=");
  auto shards = parse_all(options.shard_urls, "store.shard_urls");
  if (!shards) return shards.error();
  for (auto& address : *shards) layout.shards.push_back({std::move(address), {}});
  auto replicas = parse_all(options.replica_urls, "store.replica_urls");
  if (!replicas) return replicas.error();
  if (layout.shards.empty()) {
    layout.shards.push_back({layout.main, {}});
    auto& all = layout.shards.front().address.partitions;
    all.resize(layout.partitions);
    std::iota(all.begin(), all.end(), std::size_t{0});
    layout.replicas = std::move(*replicas);
    return layout;
  }
  if (auto covered = check_cover(layout); !covered) return covered.error();
  if (auto assigned = assign_replicas(layout, *replicas); !assigned) return assigned.error();
  return layout;
}

result<void> verify_partitions(const Layout& layout) {
  const auto all = read_all_held(layout);
  if (!all) return all.error();
  for (const auto& held : *all) {
    if (auto same = compare(layout, held); !same) return same;
  }
  return {};
}

result<void> claim_partitions(const Layout& layout) {
  const auto all = read_all_held(layout);
  if (!all) return all.error();
  for (const auto& held : *all) {
    if (auto same = compare(layout, held); !same && !held.empty()) return same;
  }
  // Once there was a message, a partition that is missing was moved, or is about to be: nobody may begin it anew.
  const bool virgin = std::ranges::none_of(*all, &Held::used);
  for (const auto& held : *all) {
    if (!held.empty() || (!virgin && !held.expected.empty())) continue;
    try {
      claim(held, layout.partitions);
    } catch (const Failure& failure) {
      return failed(held.address.text(), failure.what());
    }
  }
  return verify_partitions(layout);
}

}  // namespace netherlink::store::mysql
