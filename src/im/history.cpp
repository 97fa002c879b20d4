#include "im/history.hpp"

#include <algorithm>
#include <iterator>
#include <numeric>
#include <tuple>

namespace netherlink::im {

core::result<Head> History::readable_head(UserId user, const ConversationId& id) {
  if (auto membership = access_.membership(user, id); !membership) return membership.error();
  auto heads = store_.heads(std::vector<std::string>{id.text});
  if (!heads) return heads.error();
  return heads->front();
}

core::result<HistoryPage> History::page(UserId user, const ConversationId& id, std::optional<Seq> before,
                                        std::optional<Seq> after, std::size_t limit) {
  const auto head = readable_head(user, id);
  if (!head) return head.error();
  const auto count = static_cast<Seq>(limit);
  Seq from = 0, to = 0;
  if (after) {
    from = std::min(*after, head->last_seq) + 1;
    to = std::min(head->last_seq, from + count - 1);
  } else {
    to = before ? std::min(*before - 1, head->last_seq) : head->last_seq;
    from = std::max<Seq>(1, to - count + 1);
  }
  auto messages = reader_.run(id.text, from, to);
  if (!messages) return messages.error();
  return HistoryPage{std::move(*messages), after ? to < head->last_seq : from > 1 && to >= 1};
}

core::result<SyncItem> History::sync_one(UserId user, const SyncRequest& request, std::size_t limit) {
  const auto head = readable_head(user, request.id);
  if (!head) return head.error();
  SyncItem item;
  item.conversation_id = request.id.text;
  item.head = *head;
  const auto from = std::min(request.after_seq, head->last_seq) + 1;
  const auto to = std::min(head->last_seq, from + static_cast<Seq>(limit) - 1);
  auto messages = reader_.run(request.id.text, from, to);
  if (!messages) return messages.error();
  item.messages = std::move(*messages);
  item.complete = to == head->last_seq;
  return item;
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
  for (const auto& membership : *memberships) ids.push_back(membership.conversation_id);
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
    auto run = reader_.run(ids[i], std::max<Seq>(1, last - static_cast<Seq>(limit) + 1), last);
    if (!run) return run.error();
    std::move(run->begin(), run->end(), std::back_inserter(newest));
    std::sort(newest.begin(), newest.end(), newer);
    if (newest.size() > limit) newest.resize(limit);
  }
  return newest;
}

core::result<Message> History::find(UserId user, MessageId id) {
  auto message = store_.find(id);
  if (!message) return message.error();
  if (!*message) return errors::resource_not_found;
  const auto conversation = ConversationId::parse((*message)->conversation_id);
  if (!conversation) return errors::resource_not_found;
  if (auto membership = access_.membership(user, *conversation); !membership) return membership.error();
  return std::move(**message);
}

}  // namespace netherlink::im
