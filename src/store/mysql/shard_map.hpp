#pragma once

#include <vector>

#include "netherlink/store/store.hpp"
#include "store/mysql/address.hpp"

namespace netherlink::store::mysql {

/// Which databases there are, from the options. `shards` has at least one; each partition is in exactly one of them.
struct Layout {
  struct Shard {
    Address address;  // with its partitions
    std::vector<Address> replicas;
  };
  Address main;
  std::vector<Address> replicas;  // of the main database
  std::vector<Shard> shards;      // without shard_urls: the main database
  std::size_t partitions = 0;

  /// The main database and the shards, each once.
  std::vector<Address> databases() const;
};

core::result<Layout> make_layout(const Options& options);

/// Compares the layout with what each database says it holds: a conversation that is looked for in the wrong place
/// would seem to be new. An error says who holds what.
core::result<void> verify_partitions(const Layout& layout);
/// The same; but as long as nobody has written anything, gives each its partitions.
core::result<void> claim_partitions(const Layout& layout);

}  // namespace netherlink::store::mysql
