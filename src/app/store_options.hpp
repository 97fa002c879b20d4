#pragma once

#include "netherlink/config/config.hpp"
#include "netherlink/store/store.hpp"

namespace netherlink::app {

inline store::Options store_options(const config::Config& config) {
  return {.url = config.store.url,
          .readers = config.store.threads,
          .replica_urls = config.store.replica_urls,
          .shard_urls = config.store.shard_urls,
          .partitions = config.bus.partitions};
}

}  // namespace netherlink::app
