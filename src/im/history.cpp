#include "im/history.hpp"

#include <algorithm>
#include <iterator>
#include <numeric>
#include <tuple>

#include "im/views.hpp"

namespace netherlink::im {

core::result<History::Readable> History::readable(UserId user, const ConversationId& id) {
  const auto membership = access_.membership(user, id);
  if (!membership) return membership.error();
  const auto heads = store_.heads(std::vector<std::string>{id.text});
  if (!heads) return heads.error();
  return Readable{heads->front(), ConversationAccess::first_visible(*membership)};
}

core::result<HistoryPage> History::page(UserId user, const ConversationId& id, std::optional<Seq> before,
                                        std::optional<Seq> after, std::size_t limit) {
  const auto found = readable(user, id);
  if (!found) return found.error();
  const auto& [head, first] = *found;
  const auto count = static_cast<Seq>(limit);
  Seq from = 0, to = 0;
  if (after) {
    from = std::max(first, std::min(*after, head.last_seq) + 1);
    to = std::min(head.last_seq, from + count - 1);
  } else {
    to = before ? std::min(*before - 1, head.last_seq) : head.last_seq;
    from = std::max(first, to - count + 1);
  }
  auto messages = reader_.run(id.text, from, to);
  if (!messages) return messages.error();
  if (auto done = complete_for(user, store_, *messages); !done) return done.error();
  return HistoryPage{std::move(*messages), after ? to < head.last_seq : from > first && to >= first};
}

core::result<SyncItem> History::sync_one(UserId user, const SyncRequest& request, std::size_t limit) {
  const auto found = readable(user, request.id);
  if (!found) return found.error();
  const auto& [head, first] = *found;
  SyncItem item;
  item.conversation_id = request.id.text;
  item.head = head;
  const auto from = std::max(first, std::min(request.after_seq, head.last_seq) + 1);
  const auto to = std::min(head.last_seq, from + static_cast<Seq>(limit) - 1);
  auto messages = reader_.run(request.id.text, from, to);
  if (!messages) return messages.error();
  if (auto done = complete_for(user, store_, *messages); !done) return done.error();
  item.messages = std::move(*messages);
  item.complete = to == head.last_seq;
  if (request.after_revision) {
    if (auto done = add_updates(user, request, *found, limit, item); !done) return done.error();
  }
  return item;
}

/// Of what the client has; the messages beyond come as they are now.
core::result<void> History::add_updates(UserId user, const SyncRequest& request, const Readable& readable,
                                        std::size_t limit, SyncItem& item) {
  if (*request.after_revision >= readable.head.revision) return {};
  const auto to = std::min(request.after_seq, readable.head.last_seq);
  auto updates = store_.changed(request.id.text, *request.after_revision, readable.first, to, limit + 1);
  if (!updates) return updates.error();
  if (updates->size() > limit) {
    updates->resize(limit);
    item.complete = false;
  }
  if (auto done = complete_for(user, store_, *updates); !done) return done;
  item.updates = std::move(*updates);
  return {};
}

core::result<std::vector<SyncItem>> History::sync(UserId user, std::span<const SyncRequest> requests,
                                                  std::size_t limit) {
  std::vector<SyncItem> items;
  items.reserve(requests.size());
  for (const auto& request : requests) {
    auto item = sync_one(user, request, limit);
    if (!item && item.error().is(errors::server_unavailable)) return item.error();
    if (item) {
      items.push_back(std::move(*item));
    } else {
      SyncItem refused;
      refused.conversation_id = request.id.text;
      refused.error = item.error();
      items.push_back(std::move(refused));
    }
  }
  return items;
}

core::result<std::vector<Message>> History::newest(UserId user, std::size_t limit) {
  const auto memberships = access_.memberships(user);
  if (!memberships) return memberships.error();
  std::vector<std::string> ids;
  std::vector<Seq> first;
  for (const auto& membership : *memberships) {
    ids.push_back(membership.conversation_id);
    first.push_back(ConversationAccess::first_visible(membership));
  }
  const auto heads = store_.heads(ids);
  if (!heads) return heads.error();
  std::vector<std::size_t> order(ids.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  const auto changed_at = [&](std::size_t i) { return (*heads)[i].updated_at; };
  std::sort(order.begin(), order.end(), [&](auto a, auto b) { return changed_at(a) > changed_at(b); });

  const auto newer = [](const Message& a, const Message& b) {
    return std::tie(a.sent_at, a.id) > std::tie(b.sent_at, b.id);
  };
  std::vector<Message> newest;
  for (const auto i : order) {
    if (newest.size() == limit && changed_at(i) < newest.back().sent_at) break;
    const auto last = (*heads)[i].last_seq;
    auto run = reader_.run(ids[i], std::max(first[i], last - static_cast<Seq>(limit) + 1), last);
    if (!run) return run.error();
    std::move(run->begin(), run->end(), std::back_inserter(newest));
    std::sort(newest.begin(), newest.end(), newer);
    if (newest.size() > limit) newest.resize(limit);
  }
  if (auto done = complete_for(user, store_, newest); !done) return done.error();
  return newest;
}

core::result<Message> History::find(UserId user, MessageId id) {
  auto message = access_.visible(user, id);
  if (!message) return message;
  if (auto done = complete_for(user, store_, std::span(&*message, 1)); !done) return done.error();
  return message;
}

core::result<Message> History::find_sent(UserId user, const ConversationId& id, UserId sender,
                                         std::string_view client_msg_id) {
  auto message = access_.visible(user, id, sender, client_msg_id);
  if (!message) return message;
  if (auto done = complete_for(user, store_, std::span(&*message, 1)); !done) return done.error();
  return message;
}

core::result<Receipts> History::receipts(UserId user, MessageId id, UserId after, std::size_t limit) {
  const auto message = access_.visible(user, id);
  if (!message) return message.error();
  auto receipts = store_.receipts(message->conversation_id, message->seq, message->sender_id, after, limit);
  if (!receipts) return receipts;
  if (message->conversation_id == ConversationId::world().text) {
    // In the world each person's marks are their own business.
    receipts->people.clear();
    receipts->next = 0;
  }
  return receipts;
}

}  // namespace netherlink::im
