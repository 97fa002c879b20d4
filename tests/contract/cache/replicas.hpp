#pragma once

#include <algorithm>
#include <atomic>
#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "engines.hpp"

namespace netherlink::test {

using Names = std::vector<std::string>;

/// Sorted; {"?"}: not known.
inline Names asked(cache::Cache& cache, const std::string& topic) {
  auto answer = cache.interest().find(std::vector{topic}).at(0);
  if (!answer) return {"?"};
  std::sort(answer->begin(), answer->end());
  return *answer;
}

/// The same, asked again while it is not known: on a busy machine an answer may come too late.
inline Names found(cache::Cache& cache, const std::string& topic) {
  Names names;
  eventually([&] { return (names = asked(cache, topic)) != Names{"?"}; });
  return names;
}

/// Waits until every replica knows.
inline void add(cache::Cache& cache, const std::string& topic) {
  cache.interest().add(std::vector{topic});
  if (!eventually([&] { return cache.interest().reliable(); })) throw std::runtime_error("interest is not confirmed");
}

inline void remove(cache::Cache& cache, const std::string& topic) {
  cache.interest().remove(std::vector{topic});
}

/// Two replicas on one Redis that each want a topic, and count their returns.
struct Replicas {
  explicit Replicas(const std::string& url) {
    for (const char* name : {"one", "two"}) {
      auto& cache = caches.emplace_back(make_redis(url, name));
      cache->on_return([count = &returns.emplace_back(0)] { ++*count; });
      add(*cache, "c:all");
      add(*cache, std::string("c:") + name);
    }
  }
  cache::Cache& one() { return *caches[0]; }
  cache::Cache& two() { return *caches[1]; }

  /// Everybody finds everybody again.
  bool whole() {
    return eventually([&] {
      return found(one(), "c:all") == Names{"one", "two"} && found(two(), "c:all") == Names{"one", "two"} &&
             found(one(), "c:two") == Names{"two"} && one().interest().reliable() && two().interest().reliable();
    });
  }
  bool returned(int times) {
    return eventually([&] { return returns[0] >= times && returns[1] >= times; });
  }

  std::deque<std::atomic<int>> returns;  // outlives the caches
  std::vector<std::unique_ptr<cache::Cache>> caches;
};

}  // namespace netherlink::test
