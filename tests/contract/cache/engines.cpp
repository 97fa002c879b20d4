#include "engines.hpp"

#include <stdexcept>

namespace netherlink::test {

const char* name_of(Engine engine) {
  constexpr const char* names[] = {"memory", "standalone", "sentinel", "cluster"};
  return names[static_cast<int>(engine)];
}

std::unique_ptr<cache::Cache> make_redis(const std::string& url, const std::string& instance,
                                         cache::MemoryCacheOptions options) {
  cache::RedisCacheOptions all;
  all.url = url;
  all.instance = instance;
  all.local = options;
  auto cache = cache::make_redis_cache(std::move(all));
  const bool ready = eventually([&] { return cache->connected() && cache->interest().reliable(); });
  if (!ready) throw std::runtime_error("the cache does not become ready");
  return cache;
}

std::unique_ptr<cache::Cache> make_cache(Engine engine, cache::MemoryCacheOptions options,
                                         const std::string& instance) {
  switch (engine) {
    case Engine::memory:
      return cache::make_memory_cache(options);
    case Engine::standalone: {
      static const RedisServer server;
      return make_redis(server.url(), instance, options);
    }
    case Engine::sentinel: {
      static const RedisSentinelGroup group("sesame");
      return make_redis(group.url(), instance, options);
    }
    case Engine::cluster: {
      static const RedisCluster cluster;
      return make_redis(cluster.url(), instance, options);
    }
  }
  throw std::logic_error("no such engine");
}

std::string fresh(const std::string& what) {
  static int count = 0;
  return what + "-" + std::to_string(++count);
}

cache::EntryBytes bytes(std::string text) {
  return std::make_shared<const std::string>(std::move(text));
}

std::vector<cache::HotEntry> run(core::Seq from, core::Seq to, std::size_t size) {
  std::vector<cache::HotEntry> entries;
  for (auto seq = from; seq <= to; ++seq) {
    auto text = std::to_string(seq);
    text.resize(std::max(size, text.size()), ' ');
    entries.push_back({seq, bytes(std::move(text))});
  }
  return entries;
}

std::optional<std::vector<cache::HotEntry>> kept(cache::Cache& cache, const std::string& conversation, core::Seq from,
                                                 core::Seq to) {
  std::optional<std::vector<cache::HotEntry>> run;
  eventually([&] { return (run = cache.hot_messages().range(conversation, from, to)).has_value(); },
             milliseconds(3000));
  return run;
}

cache::EntryBytes summary(cache::Cache& cache, const std::string& key) {
  cache::EntryBytes found;
  eventually([&] { return (found = cache.summaries().find(std::vector{key})[0]) != nullptr; }, milliseconds(3000));
  return found;
}

}  // namespace netherlink::test
