#pragma once

#include <functional>
#include <vector>

#include "netherlink/im/ports.hpp"
#include "store/sql/database.hpp"

namespace netherlink::store::sql {

/// On every message shard. Tokens are written as hexadecimal literals, numbers as they are: no statement needs binding
/// for its own values, and many rows go into one.
class SearchIndex final : public im::SearchIndex {
 public:
  using Route = std::function<Database&(std::string_view conversation_id)>;
  /// `route`: which of the shards has a conversation. The databases outlive this.
  SearchIndex(std::vector<Database*> shards, Route route) : shards_(std::move(shards)), route_(std::move(route)) {}

  core::result<Postings> postings(std::string_view conversation_id, const im::SearchTerm& term, im::MessageId before,
                                  std::size_t limit) override;
  core::result<std::vector<im::MessageId>> having(std::string_view conversation_id, const im::SearchTerm& term,
                                                  std::span<const im::MessageId> ids) override;
  core::result<std::vector<im::MessageId>> newest(std::span<const std::string> conversation_ids,
                                                  const im::SearchTerm& term, im::MessageId before) override;
  core::result<std::vector<std::string>> words(std::string_view conversation_id, const std::string& prefix,
                                               std::size_t limit) override;
  core::result<std::vector<Progress>> progress() override;
  core::result<std::vector<Text>> texts(std::size_t shard, im::MessageId after, im::MessageId up_to,
                                        std::size_t limit) override;
  core::result<bool> add(std::span<const Progress> before, std::span<const im::MessageId> after,
                         std::span<const Entry> entries) override;

 private:
  /// The one column of a query about a conversation, whose name is its parameter.
  core::result<std::vector<im::MessageId>> ids(std::string_view conversation_id, const std::string& query);

  const std::vector<Database*> shards_;
  const Route route_;
};

}  // namespace netherlink::store::sql
