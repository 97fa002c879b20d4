// What changed in conversations, and who did it: the part of Messages that is not asked for each message.
#include <algorithm>
#include <map>

#include "netherlink/id/snowflake.hpp"
#include "store/mysql/messages.hpp"
#include "store/sql/id_list.hpp"
#include "store/sql/message_row.hpp"

namespace netherlink::store::mysql {
namespace {

using core::result;
using Mode = Database::Mode;

}  // namespace

Shard* Messages::shard_of_message(im::MessageId id) const {
  // Of one shard every id is: what came from elsewhere may not carry its partition.
  if (shards_.size() == 1) return shards_.front().get();
  return shard_of(static_cast<std::size_t>(id::machine_of(id)));
}

/// Runs `select` IN (those ids that one shard has) for each shard; `use` gets each row.
template <class Use>
result<void> Messages::select_by_id(std::span<const im::MessageId> ids, std::string_view select, std::string_view end,
                                    const Use& use) {
  std::map<Shard*, std::vector<std::int64_t>> by_shard;
  for (const auto id : ids) {
    if (auto* shard = shard_of_message(id)) by_shard[shard].push_back(id);
  }
  for (const auto& [shard, own] : by_shard) {
    auto done = shard->reader.run(Mode::read, [&, &own = own](Connection& connection) -> result<void> {
      sql::for_each_id_list(own, [&](const std::string& list) {
        connection.query(std::string(select) + list + ")" + std::string(end), use);
      });
      return {};
    });
    if (!done) return done;
  }
  return {};
}

result<std::vector<im::Message>> Messages::find_all(std::span<const im::MessageId> ids) {
  std::map<im::MessageId, im::Message> found;  // what is asked twice comes once
  auto done = select_by_id(ids,
                           "SELECT " NETHERLINK_MESSAGE_COLUMNS
                           " FROM messages m JOIN conversations c ON c.id = m.conversation WHERE m.message_id IN (",
                           {}, [&](const Row& row) {
                             auto message = sql::read_message(row);
                             found.insert_or_assign(message.id, std::move(message));
                           });
  if (!done) return done.error();
  std::vector<im::Message> messages;
  messages.reserve(found.size());
  for (auto& [id, message] : found) messages.push_back(std::move(message));
  return messages;
}

result<std::vector<im::Message>> Messages::changed(std::string_view conversation_id, std::int64_t after_revision,
                                                   im::Seq from, im::Seq to, std::size_t limit) {
  std::vector<im::Message> messages;
  if (limit == 0 || from > to) return messages;
  SqlText select;
  // STRAIGHT_JOIN and the hint: by revision, whatever the statistics say of a table that is hardly ever changed.
  select << "SELECT STRAIGHT_JOIN " NETHERLINK_MESSAGE_COLUMNS
            " FROM conversations c JOIN messages m FORCE INDEX (messages_revision) ON m.conversation = c.id "
            "WHERE c.conversation_id = ";
  select.quoted(conversation_id) << " AND m.revision > " << after_revision << " AND m.seq BETWEEN " << from << " AND "
                                 << to << " ORDER BY m.revision LIMIT " << static_cast<std::int64_t>(limit);
  auto done = shard_of(conversation_id).reader.run(Mode::read, [&](Connection& connection) -> result<void> {
    messages.clear();
    connection.query(select.text(), [&](const Row& row) { messages.push_back(sql::read_message(row)); });
    return {};
  });
  if (!done) return done.error();
  return messages;
}

result<std::vector<im::PersonalMark>> Messages::personal_marks(std::span<const im::MessageId> ids,
                                                               std::optional<im::UserId> user) {
  std::map<std::pair<im::MessageId, im::UserId>, std::vector<std::string>> found;
  const auto add = [&](const Row& row) {
    auto& emojis = found[{row.integer(0), row.integer(1)}];
    if (std::string emoji(row.text(2)); std::ranges::find(emojis, emoji) == emojis.end()) emojis.push_back(emoji);
  };
  auto done = select_by_id(ids, "SELECT message_id, user_id, emoji FROM personal_marks WHERE message_id IN (",
                           user ? " AND user_id = " + std::to_string(*user) : std::string(), add);
  if (!done) return done.error();
  std::vector<im::PersonalMark> marks;
  for (const auto& [of, emojis] : found) {
    for (const auto& emoji : emojis) marks.push_back({of.first, of.second, emoji});
  }
  return marks;
}

result<std::vector<std::int64_t>> Messages::applied(std::string_view conversation_id,
                                                    std::span<const std::int64_t> change_ids) {
  std::vector<std::int64_t> found;
  auto done = shard_of(conversation_id).reader.run(Mode::read, [&](Connection& connection) -> result<void> {
    found.clear();
    sql::for_each_id_list(change_ids, [&](const std::string& list) {
      SqlText select;
      select << "SELECT a.change_id FROM conversations c JOIN applied_changes a ON a.conversation = c.id WHERE "
                "c.conversation_id = ";
      select.quoted(conversation_id) << " AND a.change_id IN (" << list << ")";
      connection.query(select.text(), [&](const Row& row) { found.push_back(row.integer(0)); });
    });
    return {};
  });
  if (!done) return done.error();
  return found;
}

result<std::vector<im::MessageChanges::Replaced>> Messages::replaced(im::MessageId id) {
  std::vector<im::MessageChanges::Replaced> found;
  auto done =
      select_by_id(std::span(&id, 1),
                   "SELECT message_id, revision, replaced_at, content FROM replaced_contents WHERE message_id IN (",
                   " ORDER BY revision", [&](const Row& row) {
                     if (!found.empty() && found.back().revision >= row.integer(1))
                       found.clear();  // the read was begun again
                     found.push_back({row.integer(0), row.integer(1), row.integer(2), std::string(row.text(3))});
                   });
  if (!done) return done.error();
  return found;
}

result<im::Receipts> Messages::receipts(std::string_view conversation_id, im::Seq seq, im::UserId except,
                                        im::UserId after, std::size_t limit) {
  im::Receipts receipts;
  const auto select = [&](std::string_view columns) {
    SqlText sql;
    sql << "SELECT " << columns << ", m.read_seq >= " << seq
        << " FROM conversations c JOIN marks m ON m.conversation = c.id WHERE c.conversation_id = ";
    sql.quoted(conversation_id) << " AND (m.delivered_seq >= " << seq << " OR m.read_seq >= " << seq
                                << ") AND m.user_id <> " << except;
    return sql;
  };
  auto counts = select("COUNT(*)");
  counts << " GROUP BY 2";
  auto page = select("m.user_id");
  page << " AND m.user_id > " << after << " ORDER BY m.user_id LIMIT " << static_cast<std::int64_t>(limit + 1);
  auto done = shard_of(conversation_id).reader.run(Mode::read, [&](Connection& connection) -> result<void> {
    receipts = {};
    connection.query(counts.text(), [&](const Row& row) {
      receipts.delivered_count += row.integer(0);
      if (row.integer(1) != 0) receipts.read_count += row.integer(0);
    });
    connection.query(page.text(), [&](const Row& row) {
      receipts.people.push_back({row.integer(0), row.integer(1) != 0});
    });
    return {};
  });
  if (!done) return done.error();
  if (receipts.people.size() > limit) {
    receipts.people.resize(limit);
    receipts.next = receipts.people.back().user_id;
  }
  return receipts;
}

}  // namespace netherlink::store::mysql
