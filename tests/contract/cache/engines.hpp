#pragma once

#include <memory>
#include <string>
#include <vector>

#include "netherlink/cache/cache.hpp"
#include "support/redis_server.hpp"

namespace netherlink::test {

enum class Engine { memory, standalone, sentinel, cluster };

const char* name_of(Engine engine);

/// All of them: every adapter keeps the contract.
inline const std::vector<Engine> engines{Engine::memory, Engine::standalone, Engine::sentinel, Engine::cluster};

/// On servers that this process keeps for it, which nobody harms. Ready for use.
std::unique_ptr<cache::Cache> make_cache(Engine engine, cache::MemoryCacheOptions options = {},
                                         const std::string& instance = "a");

/// Ready for use.
std::unique_ptr<cache::Cache> make_redis(const std::string& url, const std::string& instance = "a",
                                         cache::MemoryCacheOptions options = {});

/// A name that no other test uses: the servers keep what they are given.
std::string fresh(const std::string& what);

cache::EntryBytes bytes(std::string text);

/// from..to, each with its seq as text.
std::vector<cache::HotEntry> run(core::Seq from, core::Seq to, std::size_t size = 8);

/// range() and find() of one, asked again while it is a miss: on a busy machine an answer may come too late.
std::optional<std::vector<cache::HotEntry>> kept(cache::Cache& cache, const std::string& conversation, core::Seq from,
                                                 core::Seq to);
cache::EntryBytes summary(cache::Cache& cache, const std::string& key);

}  // namespace netherlink::test
