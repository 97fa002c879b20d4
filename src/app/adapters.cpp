#include "app/adapters.hpp"

#include <algorithm>
#include <string>
#include <vector>

namespace netherlink::app {
namespace {

std::vector<std::string> split_urls(std::string_view urls) {
  std::vector<std::string> all;
  while (!urls.empty()) {
    const auto comma = std::min(urls.find(','), urls.size());
    all.emplace_back(urls.substr(0, comma));
    urls.remove_prefix(std::min(comma + 1, urls.size()));
  }
  return all;
}

}  // namespace

bool is_embedded(std::string_view url) {
  return url.starts_with("memory:") || url.starts_with("sqlite:");
}

store::Options store_options(const config::Config& config) {
  return {.url = config.store.url,
          .readers = config.store.threads,
          .replica_urls = config.store.replica_urls,
          .shard_urls = config.store.shard_urls,
          .partitions = config.bus.partitions};
}

bus::RabbitBusOptions rabbit_options(const config::Config& config) {
  return {.urls = split_urls(config.bus.url),
          .instance = config.instance.id,
          .partitions = config.bus.partitions,
          .queue_messages = config.bus.queue_messages};
}

std::unique_ptr<bus::Bus> make_bus(const config::Config& config) {
  if (is_embedded(config.bus.url)) return bus::make_memory_bus({config.bus.partitions, config.bus.queue_messages});
  return bus::make_rabbit_bus(rabbit_options(config));
}

std::unique_ptr<cache::Cache> make_cache(const config::Config& config) {
  cache::MemoryCacheOptions local;
  local.hot_messages = config.cache.hot_messages;
  local.hot_bytes = config.cache.hot_bytes;
  if (is_embedded(config.cache.url)) return cache::make_memory_cache(local);
  return cache::make_redis_cache({config.cache.url, config.instance.id, local});
}

core::result<std::unique_ptr<attachment::BlobStore>> open_blobs(const config::Config& config,
                                                                const std::string& data_folder) {
  std::filesystem::path folder = config.attachments.directory;
  if (folder.empty() && data_folder.empty()) return std::unique_ptr<attachment::BlobStore>();
  if (folder.empty()) folder = std::filesystem::path(data_folder) / "attachments";
  return store::open_blob_folder(folder);
}

}  // namespace netherlink::app
