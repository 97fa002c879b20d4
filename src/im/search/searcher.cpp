#include "im/search/searcher.hpp"

#include <algorithm>
#include <limits>
#include <memory>

#include "im/views.hpp"

namespace netherlink::im::search {
namespace {

// Of one conversation; shared where there are several.
constexpr std::size_t most_chunk = 100, least_chunk = 4, most_words = 64, least_words = 8, least_prefix = 50;
constexpr auto newest_of_all = std::numeric_limits<MessageId>::max() - 1;

std::size_t share(std::size_t most, std::size_t least, std::size_t sources) {
  return std::max(least, most / std::max<std::size_t>(sources, 1));
}

}  // namespace

struct Searcher::Source {
  std::string conversation_id;
  Seq first = 1, last = 0;
  MessageId newest = 0;                    // what it has is not newer
  std::unique_ptr<Candidates> candidates;  // none: not looked into yet

  /// Everything left is older than this.
  MessageId below(MessageId before) const { return candidates ? candidates->below() : std::min(before, newest + 1); }
  bool finished() const { return candidates && candidates->finished(); }
};

std::vector<std::string> Searcher::ids_of(const std::vector<Source>& sources) {
  std::vector<std::string> ids;
  ids.reserve(sources.size());
  for (const auto& source : sources) ids.push_back(source.conversation_id);
  return ids;
}

core::result<std::vector<Searcher::Source>> Searcher::sources(const SearchRequest& request, const Search& search) {
  if (!request.conversation) {
    const auto all = access_.memberships(request.user_id);
    if (!all) return all.error();
    auto readable = readable_sources(*all);
    if (!readable) return readable.error();
    if (auto done = narrow(*readable, search); !done) return done.error();
    return std::move(*readable);
  }
  auto membership = access_.membership(request.user_id, *request.conversation);
  if (!membership) return membership.error();
  membership->conversation_id = request.conversation->text;
  return readable_sources(std::span(&*membership, 1));
}

/// Those with something to read, as many as one call looks into, changed last first.
core::result<std::vector<Searcher::Source>> Searcher::readable_sources(std::span<const Membership> memberships) {
  std::vector<std::string> ids;
  for (const auto& membership : memberships) ids.push_back(membership.conversation_id);
  const auto heads = store_.heads(ids);
  if (!heads) return heads.error();
  std::vector<std::size_t> order;
  for (std::size_t i = 0; i < ids.size(); ++i) {
    if ((*heads)[i].last_seq >= ConversationAccess::first_visible(memberships[i])) order.push_back(i);
  }
  std::ranges::sort(order, std::greater<>(), [&](std::size_t i) { return (*heads)[i].updated_at; });
  if (order.size() > limits_.conversations) order.resize(limits_.conversations);

  std::vector<Source> sources;
  for (const auto i : order) {
    auto& source = sources.emplace_back();
    source.conversation_id = std::move(ids[i]);
    source.first = ConversationAccess::first_visible(memberships[i]);
    source.last = (*heads)[i].last_seq;
    source.newest = newest_of_all;
  }
  return sources;
}

/// Leaves those in which somebody has said every term, and tells since when they need not be looked into.
core::result<void> Searcher::narrow(std::vector<Source>& sources, const Search& search) {
  for (const auto& term : search.terms) {
    const auto newest = index_.newest(ids_of(sources), term, search.before);
    if (!newest) return newest.error();
    for (std::size_t i = 0; i < sources.size(); ++i) {
      const auto id = (*newest)[i];
      if (!term.prefix || id == 0) sources[i].newest = std::min(sources[i].newest, id);
    }
    std::erase_if(sources, [](const Source& source) { return source.newest == 0; });
  }
  const bool known = std::ranges::any_of(search.terms, [](const SearchTerm& term) { return !term.prefix; });
  return known ? core::result<void>() : narrow_to_newest(sources);
}

/// Of the beginning of a word it is not known who said it last: only who said anything last.
core::result<void> Searcher::narrow_to_newest(std::vector<Source>& sources) {
  std::vector<Head> heads(sources.size());
  for (std::size_t i = 0; i < sources.size(); ++i) heads[i].last_seq = sources[i].last;
  const auto newest = reader_.newest(ids_of(sources), heads);
  if (!newest) return newest.error();
  for (std::size_t i = 0; i < sources.size(); ++i) {
    if ((*newest)[i]) sources[i].newest = (*newest)[i]->id;
  }
  return {};
}

core::result<MessageId> Searcher::merge(std::vector<Source>& sources, Search& search, std::size_t limit,
                                        std::vector<SearchHit>& hits) {
  while (!sources.empty()) {
    const auto next = std::ranges::max_element(sources, {}, [&](const Source& s) { return s.below(search.before); });
    const auto below = next->below(search.before);
    const bool ready = next->candidates && !next->candidates->hits().empty();
    // What was read is handed out, and each call gets on by something, or it would be asked the same again.
    if (hits.size() == limit || (search.budget.spent() && below < search.before && !ready)) return below;
    if (!next->candidates) {
      next->candidates = std::make_unique<Candidates>(search, next->conversation_id, next->first, next->last);
      if (auto prepared = next->candidates->prepare(); !prepared) return prepared.error();
    } else if (ready) {
      hits.push_back(std::move(next->candidates->hits().front()));
      next->candidates->hits().pop_front();
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
  messages.reserve(hits.size());
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
  Search search{.index = index_,
                .store = store_,
                .query = *query,
                .terms = query->terms(),
                .before = request.before != 0 ? request.before : std::numeric_limits<MessageId>::max(),
                .budget = Budget(limits_.candidates)};
  auto found = sources(request, search);
  if (!found) return found.error();
  search.chunk = share(most_chunk, least_chunk, found->size());
  search.words = share(most_words, least_words, found->size());
  // All that are read as a whole take half of what may be read.
  const auto prefixes = std::ranges::count_if(search.terms, &SearchTerm::prefix);
  search.prefix = share(limits_.candidates * postings_per_message / 2, least_prefix,
                        found->size() * static_cast<std::size_t>(std::max<std::ptrdiff_t>(prefixes, 1)));
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
