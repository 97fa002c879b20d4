#pragma once

#include "netherlink/im/ports.hpp"
#include "store/sql/client_key.hpp"
#include "store/sql/conversation_keys.hpp"
#include "store/sqlite/database.hpp"

namespace netherlink::store::sqlite {

class Messages final : public im::MessageStore {
 public:
  explicit Messages(Database& database) : database_(database), keys_(cached_conversations) {}

  core::result<im::PartitionLease> acquire(std::size_t partition) override;
  core::result<Append> append(im::AppendBatch& batch) override;
  core::result<std::vector<im::Head>> heads(std::span<const std::string> conversation_ids) override;
  core::result<std::vector<im::Marks>> marks(im::UserId user, std::span<const std::string> conversation_ids) override;
  core::result<std::vector<im::Message>> range(std::string_view conversation_id, im::Seq from, im::Seq to,
                                               std::size_t limit, bool newest_first) override;
  core::result<std::optional<im::Message>> find(im::MessageId id) override;
  core::result<std::optional<im::Message>> find_sent(std::string_view conversation_id, im::UserId sender,
                                                     std::string_view client_msg_id) override;
  core::result<std::vector<im::Message>> find_all(std::span<const im::MessageId> ids) override;
  core::result<std::vector<im::Message>> changed(std::string_view conversation_id, std::int64_t after_revision,
                                                 im::Seq from, im::Seq to, std::size_t limit) override;
  core::result<std::vector<im::PersonalMark>> personal_marks(std::span<const im::MessageId> ids,
                                                             std::optional<im::UserId> user) override;
  core::result<std::vector<std::int64_t>> applied(std::string_view conversation_id,
                                                  std::span<const std::int64_t> change_ids) override;
  core::result<std::vector<im::MessageChanges::Replaced>> replaced(im::MessageId id) override;
  core::result<im::Receipts> receipts(std::string_view conversation_id, im::Seq seq, im::UserId except,
                                      im::UserId after, std::size_t limit) override;

 private:
  static constexpr std::size_t cached_conversations = 20'000;

  Database& database_;
  sql::ConversationKeys keys_;  // these two: only while writing
  sql::ClientKeys client_keys_;
};

}  // namespace netherlink::store::sqlite
