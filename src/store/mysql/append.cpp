#include "store/mysql/append.hpp"

#include <algorithm>
#include <bit>

#include "netherlink/log/log.hpp"
#include "store/mysql/key_cache.hpp"

namespace netherlink::store::mysql {
namespace {

using core::result;

constexpr std::size_t names_per_statement = 500;
constexpr int most_rounds = 4;  // each after the first knows of more messages that are stored

std::int64_t next_key(std::int64_t client_key) {
  return std::bit_cast<std::int64_t>(std::bit_cast<std::uint64_t>(client_key) + 1);
}

}  // namespace

result<void> ShardAppend::run(Connection& connection, End end) {
  fenced_ = false;
  bool as_believed = find_keys(connection);
  for (int round = 0; as_believed && round < most_rounds; ++round) {
    plan();
    write_script(end);
    try {
      connection.run(script_);
      resolve_marks();
      return {};
    } catch (const StatementFailure& failure) {
      const auto verdict = verdict_of(failure);
      connection.execute("ROLLBACK");
      fenced_ = verdict == Verdict::fenced;
      if (fenced_) return errors::server_unavailable;
      as_believed = verdict == Verdict::maybe_duplicates && find_duplicates(connection);
    }
  }
  keys_.clear();
  log::warn("the owner of a conversation has a stale head", {{"conversations", items_.size()}});
  return errors::server_unavailable;
}

bool ShardAppend::find_keys(Connection& connection) {
  std::unordered_map<std::string_view, Item*> missing;
  for (auto& item : items_) {
    auto& conversation = *item.conversation;
    if (const auto key = keys_.find(conversation.id)) {
      item.outcome.key = *key;
    } else if (conversation.head.last_seq > 0) {
      missing.emplace(conversation.id, &item);
    } else if (!conversation.messages.empty()) {
      item.outcome.key = conversation.messages.front().id;
      item.is_new = true;
    }
  }
  while (!missing.empty()) {
    SqlText select;
    select << "SELECT conversation_id, id FROM conversations WHERE conversation_id IN (";
    std::vector<std::string_view> asked;
    for (auto at = missing.begin(); at != missing.end() && asked.size() < names_per_statement; ++at) {
      select << (asked.empty() ? "" : ",");
      select.quoted(at->first);
      asked.push_back(at->first);
    }
    select << ")";
    std::size_t found = 0;
    connection.query(select.text(), [&](const Row& row) {
      const auto item = missing.find(row.text(0));
      if (item == missing.end()) return;
      item->second->outcome.key = row.integer(1);
      keys_.insert(item->first, row.integer(1));
      ++found;
    });
    if (found != asked.size()) return false;
    for (const auto name : asked) missing.erase(name);
  }
  return true;
}

void ShardAppend::plan() {
  Slots slots = stored_;
  for (auto& item : items_) {
    const auto key = item.outcome.key;
    item.outcome = {};
    item.outcome.key = key;
    item.outcome.head = item.conversation->head;
    if (!item.conversation->changes.empty()) item.outcome.head.revision = item.conversation->changes.revision;
    item.client_keys.clear();
    for (const auto& message : item.conversation->messages) plan_message(item, message, slots);
  }
  std::ranges::sort(items_, {}, [](const Item& item) { return item.outcome.key; });
}

void ShardAppend::plan_message(Item& item, const im::Message& message, Slots& slots) {
  auto& outcome = item.outcome;
  auto client_key = client_keys_.of(message.sender_id, message.client_msg_id);
  for (;; client_key = next_key(client_key)) {
    const auto [slot, is_new] = slots.try_emplace({outcome.key, client_key});
    auto& known = slot->second;
    if (is_new) {
      known = {
          {message.id, outcome.head.last_seq + 1, message.sent_at, false}, message.sender_id, message.client_msg_id};
      outcome.note_new(message, known.stored.seq);
      outcome.stored.push_back(known.stored);
      break;
    }
    if (known.sender_id == message.sender_id && known.client_msg_id == message.client_msg_id) {
      outcome.stored.push_back(known.stored);
      outcome.stored.back().duplicate = true;
      break;
    }
    // Taken by another message: the next number, as whoever looks for this one will find out too.
  }
  item.client_keys.push_back(client_key);
}

bool ShardAppend::find_duplicates(Connection& connection) {
  const auto before = stored_.size();
  for (const auto& item : items_) {
    SqlText select;
    select
        << "SELECT client_key, message_id, seq, sent_at, sender_id, client_msg_id FROM messages WHERE conversation = "
        << item.outcome.key << " AND client_key IN (";
    bool any = false;
    for (std::size_t m = 0; m < item.client_keys.size(); ++m) {
      if (item.outcome.stored[m].duplicate) continue;
      select << (any ? "," : "") << item.client_keys[m];
      any = true;
    }
    if (!any || item.is_new) continue;
    select << ")";
    connection.query(select.text(), [&](const Row& row) {
      const Outcome::Stored stored{row.integer(1), row.integer(2), row.integer(3), true};
      texts_.emplace_back(row.text(5));
      stored_[{item.outcome.key, row.integer(0)}] = {stored, row.integer(4), texts_.back()};
    });
  }
  return stored_.size() > before;
}

ShardAppend::Verdict ShardAppend::verdict_of(const StatementFailure& failure) const {
  const int code = failure.code();
  const auto statement = failure.statement();
  if (code != duplicate_key && code != out_of_range) throw failure;
  if (statement <= fence_guard_) return Verdict::fenced;
  return code == duplicate_key && statement < first_head_ ? Verdict::maybe_duplicates : Verdict::stale;
}

void ShardAppend::resolve_marks() {
  for (auto& item : items_) {
    const auto slot = [&](im::UserId user) { return Slot{item.outcome.key, user}; };
    item.outcome.raise_marks(
        *item.conversation, [&](im::UserId user) { return marks_before_[slot(user)]; },
        [&](im::UserId user, im::Marks marks) { marks_before_[slot(user)] = marks; });
  }
}

void ShardAppend::publish() {
  for (auto& item : items_) {
    if (item.is_new) keys_.insert(item.conversation->id, item.outcome.key);
    item.outcome.publish(*item.conversation);
  }
}

}  // namespace netherlink::store::mysql
