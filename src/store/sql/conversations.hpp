#pragma once

#include "netherlink/im/ports.hpp"
#include "store/sql/database.hpp"

namespace netherlink::store::sql {

class Conversations final : public im::ConversationRepository {
 public:
  explicit Conversations(Database& database) : database_(database) {}

  core::result<void> ensure_single(const im::ConversationId& id, im::Timestamp now) override;
  core::result<void> join(im::UserId user, std::string_view conversation_id, im::Seq joined_seq,
                          im::Timestamp now) override;
  core::result<std::vector<Membership>> of_user(im::UserId user) override;
  core::result<void> forget(im::UserId user) override;
  core::result<std::optional<Membership>> find(im::UserId user, std::string_view conversation_id) override;
  core::result<std::unordered_map<std::string, std::string>> titles(std::span<const std::string> ids) override;
  core::result<std::int64_t> group_size(std::string_view conversation_id) override;
  core::result<bool> set_flags(im::UserId user, std::string_view conversation_id, std::optional<bool> pinned,
                               std::optional<bool> muted) override;

 private:
  Database& database_;
};

}  // namespace netherlink::store::sql
