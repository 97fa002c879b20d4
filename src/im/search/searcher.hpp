#pragma once

#include <span>
#include <vector>

#include "im/access.hpp"
#include "im/message_reader.hpp"
#include "im/search/candidates.hpp"
#include "netherlink/im/service.hpp"

namespace netherlink::im::search {

/// M14: which messages say something, of those that a person may read. Blocks. Thread-safe.
class Searcher {
 public:
  Searcher(ConversationAccess& access, MessageStore& store, SearchIndex& index, MessageReader& reader,
           const SearchLimits& limits)
      : access_(access), store_(store), index_(index), reader_(reader), limits_(limits) {}

  core::result<SearchPage> search(const SearchRequest& request);

 private:
  /// A conversation, newest first beside others.
  struct Source;
  using Membership = ConversationRepository::Membership;
  static std::vector<std::string> ids_of(const std::vector<Source>& sources);
  core::result<std::vector<Source>> sources(const SearchRequest& request, const Search& search);
  core::result<std::vector<Source>> readable_sources(std::span<const Membership> memberships);
  core::result<void> narrow(std::vector<Source>& sources, const Search& search);
  core::result<void> narrow_to_newest(std::vector<Source>& sources);
  /// Up to `limit` hits; where to go on, or 0.
  core::result<MessageId> merge(std::vector<Source>& sources, Search& search, std::size_t limit,
                                std::vector<SearchHit>& hits);
  core::result<void> complete(UserId user, std::vector<SearchHit>& hits);

  ConversationAccess& access_;
  MessageStore& store_;
  SearchIndex& index_;
  MessageReader& reader_;
  const SearchLimits& limits_;
};

}  // namespace netherlink::im::search
