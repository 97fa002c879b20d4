#include "im/search/candidates.hpp"

#include <algorithm>
#include <iterator>

namespace netherlink::im::search {
namespace {

constexpr std::size_t postings_per_read = 256;

std::vector<MessageId> intersection(const std::vector<MessageId>& a, const std::vector<MessageId>& b) {
  std::vector<MessageId> both;
  std::ranges::set_intersection(a, b, std::back_inserter(both), std::greater<>());
  return both;
}

}  // namespace

core::result<void> Candidates::prepare() {
  floor_ = search_.before;
  std::optional<std::vector<MessageId>> all;  // that have every term whose messages are known in full
  std::vector<MessageId> rarest;
  for (const auto& term : search_.terms) {
    const auto limit = term.prefix ? search_.prefix : postings_per_read;
    auto found = search_.index.postings(id_, term, search_.before, limit);
    if (!found) return found.error();
    if (found->complete) {
      all = all ? intersection(*all, found->ids) : std::move(found->ids);
      if (!all->empty()) continue;
      ended_ = true;
      return {};
    }
    if (term.prefix) continue;
    // As many of them over a longer time: a rarer one.
    if (!driver_ || found->ids.back() < rarest.back()) {
      if (driver_) others_.push_back(*driver_);
      driver_ = term;
      rarest = std::move(found->ids);
    } else {
      others_.push_back(term);
    }
  }
  if (all) {
    if (driver_) others_.push_back(*driver_);
    driver_.reset();
    all_ids_ = true;
    ids_.assign(all->begin(), all->end());
    return {};
  }
  ids_.assign(rarest.begin(), rarest.end());
  return driver_ ? core::result<void>() : prepare_scan();
}

core::result<void> Candidates::prepare_scan() {
  scanning_ = true;
  const auto seq = seq_before(search_.before);
  if (!seq) return seq.error();
  last_ = *seq;
  ended_ = last_ < first_;
  return {};
}

/// The newest message with a lower id: ids ascend with seq.
core::result<Seq> Candidates::seq_before(MessageId before) {
  const auto known = search_.store.find(before);
  if (!known) return known.error();
  if (*known && (*known)->conversation_id == id_) return (*known)->seq - 1;
  Seq low = first_ - 1, high = last_;  // low is before, whatever is above high is not
  while (low < high) {
    const auto middle = high - (high - low) / 2;
    const auto message = search_.store.range(id_, middle, middle, 1, false);
    if (!message) return message.error();
    if (!message->empty() && message->front().id >= before) {
      high = middle - 1;
    } else {
      low = middle;
    }
  }
  return low;
}

core::result<void> Candidates::refill() {
  while (hits_.empty() && !ended_) {
    if (auto taken = scanning_ ? take_messages() : take_ids(); !taken) return taken;
    if (search_.budget.spent()) break;
  }
  return {};
}

core::result<void> Candidates::take_ids() {
  if (ids_.empty() && !all_ids_) {
    auto more = search_.index.postings(id_, *driver_, floor_, postings_per_read);
    if (!more) return more.error();
    ids_.assign(more->ids.begin(), more->ids.end());
    all_ids_ = more->complete;
  }
  // Few of those that others have to have, too, are left to be read.
  const auto count = std::min(ids_.size(), others_.empty() ? search_.chunk : 2 * postings_per_read);
  std::vector<MessageId> ids(ids_.begin(), ids_.begin() + static_cast<std::ptrdiff_t>(count));
  ids_.erase(ids_.begin(), ids_.begin() + static_cast<std::ptrdiff_t>(count));
  if (!ids.empty()) floor_ = ids.back();
  ended_ = ids_.empty() && all_ids_;
  for (const auto& term : others_) {
    if (ids.empty()) break;
    search_.budget.read_postings(ids.size());
    auto left = search_.index.having(id_, term, ids);
    if (!left) return left.error();
    ids = std::move(*left);
  }
  if (ids.empty()) return {};
  search_.budget.read_messages(ids.size());
  auto messages = search_.store.find_all(ids);
  if (!messages) return messages.error();
  keep(std::move(*messages));
  return {};
}

core::result<void> Candidates::take_messages() {
  const auto from = std::max(first_, last_ - static_cast<Seq>(search_.chunk) + 1);
  search_.budget.read_messages(search_.chunk);
  auto messages = search_.store.range(id_, from, last_, search_.chunk, true);
  if (!messages) return messages.error();
  if (!messages->empty()) floor_ = messages->front().id;
  last_ = from - 1;
  ended_ = last_ < first_;
  keep(std::move(*messages));
  return {};
}

bool Candidates::is_match(const Message& message) const {
  const bool is_text = message.kind == MessageKind::text &&
                       (message.status == MessageStatus::normal || message.status == MessageStatus::edited);
  return is_text && message.seq >= first_ && message.conversation_id == id_ && message.id < search_.before;
}

void Candidates::keep(std::vector<Message> messages) {
  std::ranges::sort(messages, std::greater<>(), &Message::id);
  for (auto& message : messages) {
    if (!is_match(message)) continue;
    auto pieces = search_.query.match(message.content);
    if (pieces) hits_.push_back({std::move(message), std::move(*pieces)});
  }
}

}  // namespace netherlink::im::search
