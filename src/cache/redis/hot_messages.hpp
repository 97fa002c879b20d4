#pragma once

#include <mutex>
#include <string>
#include <unordered_map>

#include "cache/redis/invalidations.hpp"
#include "netherlink/cache/cache.hpp"

namespace netherlink::cache::redis {

/// See cache::HotMessages; one list for each conversation. Appending is one cheap command that looks at nothing: what
/// does not follow puts everything before it out of reach of range() and replace(), which count from the end. Never
/// answered from a local copy: other replicas change it.
class RedisHotMessages final : public HotMessages {
 public:
  RedisHotMessages(Client& client, Invalidations& invalidations, std::size_t per_conversation)
      : client_(client), invalidations_(invalidations), per_conversation_(per_conversation) {}

  void append(std::string_view conversation, std::span<const HotEntry> run) override;
  std::optional<std::vector<HotEntry>> range(std::string_view conversation, core::Seq from, core::Seq to) override;
  void replace(std::string_view conversation, core::Seq seq, EntryBytes bytes) override;
  void forget(std::string_view conversation) override;

  /// The lists may be gone.
  void on_up();

 private:
  /// A list that was trimmed and given its time to live by this replica.
  struct Tended {
    std::size_t appended = 0;  // since then
    Clock::time_point since;
  };
  static constexpr std::size_t max_tended = 50'000;

  bool tend(const std::string& key, std::size_t entries);
  void neglect(const std::string& key);

  Client& client_;
  Invalidations& invalidations_;
  const std::size_t per_conversation_;
  std::mutex mutex_;
  std::unordered_map<std::string, Tended> tended_;
};

}  // namespace netherlink::cache::redis
