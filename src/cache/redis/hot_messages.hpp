#pragma once

#include "cache/redis/invalidations.hpp"
#include "netherlink/cache/cache.hpp"

namespace netherlink::cache::redis {

/// See cache::HotMessages; one list for each conversation, kept without a hole by scripts. Never answered from a local
/// copy: other replicas change it.
class RedisHotMessages final : public HotMessages {
 public:
  RedisHotMessages(Client& client, Invalidations& invalidations, std::size_t per_conversation)
      : client_(client), invalidations_(invalidations), per_conversation_(per_conversation) {}

  void append(std::string_view conversation, std::span<const HotEntry> run) override;
  std::optional<std::vector<HotEntry>> range(std::string_view conversation, core::Seq from, core::Seq to) override;
  void replace(std::string_view conversation, core::Seq seq, EntryBytes bytes) override;
  void forget(std::string_view conversation) override;

 private:
  Client& client_;
  Invalidations& invalidations_;
  const std::size_t per_conversation_;
};

}  // namespace netherlink::cache::redis
