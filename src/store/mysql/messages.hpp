#pragma once

#include <memory>
#include <vector>

#include "netherlink/im/ports.hpp"
#include "store/mysql/database.hpp"
#include "store/mysql/key_cache.hpp"
#include "store/mysql/shard_map.hpp"
#include "store/sql/client_key.hpp"

namespace netherlink::store::mysql {

/// One database of messages.
struct Shard {
  Shard(Database& shared_reader, const Address& address)
      : reader(shared_reader), writer(address, Connection::Role::script, 1) {}

  Database& reader;
  Database writer;              // one connection, which nothing else keeps waiting
  sql::ClientKeys client_keys;  // of whoever has that connection
  KeyCache keys;
};

class Messages final : public im::MessageStore {
 public:
  /// `main` outlives this; shards that lie in the main database read through it.
  Messages(const Layout& layout, Database& main, std::size_t readers);

  /// One for each shard, for what is not the message path.
  std::vector<sql::Database*> databases() const;
  sql::Database& database_of(std::string_view conversation_id) const { return shard_of(conversation_id).reader; }

  core::result<im::PartitionLease> acquire(std::size_t partition) override;
  /// Over several shards: what each would refuse is found out before any commits.
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
  /// Null: there is no such partition.
  Shard* shard_of(std::size_t partition) const;
  Shard& shard_of(std::string_view conversation_id) const;
  Shard* shard_of_message(im::MessageId id) const;
  template <class Use>
  core::result<void> select_by_id(std::span<const im::MessageId> ids, std::string_view select, std::string_view end,
                                  const Use& use);
  /// Runs SELECT … IN (the names that one shard has), for each shard; `use` gets each row and the places of its name,
  /// which is the first column.
  template <class Use>
  core::result<void> select_by_name(std::span<const std::string> conversation_ids, std::string_view select,
                                    const Use& use);

  std::vector<std::unique_ptr<Database>> own_readers_;
  std::vector<std::unique_ptr<Shard>> shards_;
  std::vector<Shard*> by_partition_;
};

}  // namespace netherlink::store::mysql
