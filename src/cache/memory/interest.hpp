#pragma once

#include "netherlink/cache/cache.hpp"

namespace netherlink::cache {

/// See cache::Interest. There is one replica, which wants everything.
class MemoryInterest final : public Interest {
 public:
  void add(std::span<const std::string>) override {}
  void remove(std::span<const std::string>) override {}
  std::vector<Replicas> find(std::span<const std::string> topics) override {
    return std::vector<Replicas>(topics.size());
  }
  bool reliable() const override { return true; }
};

}  // namespace netherlink::cache
