#include "im/search/searcher.hpp"

#include <algorithm>
#include <limits>
#include <memory>

#include "im/views.hpp"

namespace netherlink::im::search {
namespace {

// Of one conversation; shared where there are several.
constexpr std::size_t most_chunk = 100, least_chunk = 10;
constexpr std::size_t least_prefix = 200;

std::size_t share(std::size_t most, std::size_t least, std::size_t sources) {
  return std::max(least, most / std::max<std::size_t>(sources, 1));
}

}  // namespace

struct Searcher::Source {
  std::string conversation_id;
  Seq first = 1, last = 0;
  MessageId newest = 0;
  std::unique_ptr<Candidates> candidates;  // none: not looked into yet

  /// Everything left is older than this.
  MessageId below(MessageId before) const { return candidates ? candidates->below() : std::min(before, newest + 1); }
  bool finished() const { return candidates && candidates->finished(); }
};

core::result<std::vector<Searcher::Source>> Searcher::sources(const SearchRequest& request) {
  std::vector<Membership> memberships;
  if (request.conversation) {
    auto membership = access_.membership(request.user_id, *request.conversation);
    if (!membership) return membership.error();
    membership->conversation_id = request.conversation->text;
    memberships.push_back(std::move(*membership));
  } else {
    auto all = access_.memberships(request.user_id);
    if (!all) return all.error();
    memberships = std::move(*all);
  }
  return make_sources(memberships);
}

/// Those with something to read, as many as one call looks into, changed last first.
core::result<std::vector<Searcher::Source>> Searcher::make_sources(std::span<const Membership> memberships) {
  std::vector<std::string> all_ids;
  for (const auto& membership : memberships) all_ids.push_back(membership.conversation_id);
  const auto all_heads = store_.heads(all_ids);
  if (!all_heads) return all_heads.error();
  std::vector<std::size_t> order;
  for (std::size_t i = 0; i < memberships.size(); ++i) {
    if ((*all_heads)[i].last_seq >= ConversationAccess::first_visible(memberships[i])) order.push_back(i);
  }
  std::ranges::sort(order, std::greater<>(), [&](std::size_t i) { return (*all_heads)[i].updated_at; });
  if (order.size() > limits_.conversations) order.resize(limits_.conversations);

  std::vector<std::string> ids;
  std::vector<Head> heads;
  for (const auto i : order) {
    ids.push_back(all_ids[i]);
    heads.push_back((*all_heads)[i]);
  }
  const auto newest = reader_.newest(ids, heads);
  if (!newest) return newest.error();
  std::vector<Source> sources;
  for (std::size_t i = 0; i < ids.size(); ++i) {
    if (!(*newest)[i]) continue;
    auto& source = sources.emplace_back();
    source.conversation_id = std::move(ids[i]);
    source.first = ConversationAccess::first_visible(memberships[order[i]]);
    source.last = heads[i].last_seq;
    source.newest = (*newest)[i]->id;
  }
  return sources;
}

core::result<MessageId> Searcher::merge(std::vector<Source>& sources, Search& search, std::size_t limit,
                                        std::vector<SearchHit>& hits) {
  while (!sources.empty()) {
    const auto next = std::ranges::max_element(sources, {}, [&](const Source& s) { return s.below(search.before); });
    const auto below = next->below(search.before);
    if (hits.size() == limit || (search.budget.spent() && below < search.before)) return below;
    if (!next->candidates) {
      next->candidates = std::make_unique<Candidates>(search, next->conversation_id, next->first, next->last);
      if (auto prepared = next->candidates->prepare(); !prepared) return prepared.error();
    } else if (auto& found = next->candidates->hits(); !found.empty()) {
      hits.push_back(std::move(found.front()));
      found.pop_front();
    } else if (auto filled = next->candidates->refill(); !filled) {
      return filled.error();
    }
    if (next->finished()) {
      std::swap(*next, sources.back());
      sources.pop_back();
    }
  }
  return MessageId{0};
}

/// As the reader gets them; without those that the reader has deleted.
core::result<void> Searcher::complete(UserId user, std::vector<SearchHit>& hits) {
  std::vector<Message> messages;
  for (auto& hit : hits) messages.push_back(std::move(hit.message));
  if (auto done = complete_for(user, store_, messages); !done) return done;
  for (std::size_t i = 0; i < hits.size(); ++i) hits[i].message = std::move(messages[i]);
  std::erase_if(hits, [](const SearchHit& hit) { return hit.message.status == MessageStatus::deleted; });
  return {};
}

core::result<SearchPage> Searcher::search(const SearchRequest& request) {
  if (!limits_.enabled) return errors::resource_not_found;
  const auto query = Query::parse(request.text, limits_);
  if (!query) return query.error();
  auto found = sources(request);
  if (!found) return found.error();
  Search search{.index = index_,
                .store = store_,
                .query = *query,
                .terms = query->terms(),
                .before = request.before != 0 ? request.before : std::numeric_limits<MessageId>::max(),
                .chunk = share(most_chunk, least_chunk, found->size()),
                .prefix = share(limits_.candidates * postings_per_message, least_prefix, found->size()),
                .budget = Budget(limits_.candidates)};
  SearchPage page;
  // One more tells whether there are others.
  const auto next = merge(*found, search, request.limit + 1, page.hits);
  if (!next) return next.error();
  page.next = *next;
  if (page.hits.size() > request.limit) {
    page.hits.pop_back();
    page.next = page.hits.back().message.id;
  }
  if (auto done = complete(request.user_id, page.hits); !done) return done.error();
  return page;
}

}  // namespace netherlink::im::search
