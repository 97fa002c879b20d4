// What changed in conversations, and who did it: the part of Messages that is not asked for each message.
#include "store/sql/message_row.hpp"
#include "store/sqlite/messages.hpp"

namespace netherlink::store::sqlite {
namespace {

using core::result;

constexpr const char* find_sql =
    "SELECT " NETHERLINK_MESSAGE_COLUMNS
    " FROM messages m JOIN conversations c ON c.id = m.conversation WHERE m.message_id = ?";
// CROSS JOIN: SQLite keeps this order. The index holds what changed, and nothing else.
constexpr const char* changed_sql =
    "SELECT " NETHERLINK_MESSAGE_COLUMNS
    " FROM conversations c CROSS JOIN messages m INDEXED BY messages_revision ON m.conversation = c.id "
    "WHERE c.conversation_id = ? AND m.revision > 0 AND m.revision > ? AND m.seq BETWEEN ? AND ? ORDER BY m.revision "
    "LIMIT ?";
constexpr const char* marks_of_all_sql =
    "SELECT user_id, emoji FROM personal_marks WHERE message_id = ? ORDER BY user_id";
constexpr const char* marks_of_one_sql =
    "SELECT user_id, emoji FROM personal_marks WHERE message_id = ? AND user_id = ?";
constexpr const char* applied_sql =
    "SELECT a.change_id FROM conversations c JOIN applied_changes a ON a.conversation = c.id "
    "WHERE c.conversation_id = ? AND a.change_id = ?";
constexpr const char* replaced_sql =
    "SELECT revision, replaced_at, content FROM replaced_contents WHERE message_id = ? ORDER BY revision";
constexpr const char* receipt_counts_sql =
    "SELECT COUNT(*), COALESCE(SUM(m.read_seq >= ?), 0) FROM conversations c JOIN marks m ON m.conversation = c.id "
    "WHERE c.conversation_id = ? AND m.delivered_seq >= ? AND m.user_id <> ?";
constexpr const char* receipt_page_sql =
    "SELECT m.user_id, m.read_seq >= ? FROM conversations c JOIN marks m ON m.conversation = c.id "
    "WHERE c.conversation_id = ? AND m.delivered_seq >= ? AND m.user_id <> ? AND m.user_id > ? ORDER BY m.user_id "
    "LIMIT ?";

}  // namespace

result<std::vector<im::Message>> Messages::find_all(std::span<const im::MessageId> ids) {
  std::vector<im::Message> found;
  auto done = database_.read_raw([&](Connection& connection) -> result<void> {
    auto& select = connection.statement(find_sql);
    for (const auto id : ids) {
      select.bind(1, id);
      while (select.step()) found.push_back(sql::read_message(select));
    }
    return {};
  });
  if (!done) return done.error();
  return found;
}

result<std::vector<im::Message>> Messages::changed(std::string_view conversation_id, std::int64_t after_revision,
                                                   im::Seq from, im::Seq to, std::size_t limit) {
  std::vector<im::Message> messages;
  auto done = database_.read_raw([&](Connection& connection) -> result<void> {
    auto& select = connection.statement(changed_sql)
                       .bind(1, conversation_id)
                       .bind(2, after_revision)
                       .bind(3, from)
                       .bind(4, to)
                       .bind(5, static_cast<std::int64_t>(limit));
    while (select.step()) messages.push_back(sql::read_message(select));
    return {};
  });
  if (!done) return done.error();
  return messages;
}

result<std::vector<im::PersonalMark>> Messages::personal_marks(std::span<const im::MessageId> ids,
                                                               std::optional<im::UserId> user) {
  std::vector<im::PersonalMark> marks;
  auto done = database_.read_raw([&](Connection& connection) -> result<void> {
    auto& select = connection.statement(user ? marks_of_one_sql : marks_of_all_sql);
    if (user) select.bind(2, *user);
    for (const auto id : ids) {
      select.bind(1, id);
      while (select.step()) marks.push_back({id, select.integer(0), std::string(select.text(1))});
    }
    return {};
  });
  if (!done) return done.error();
  return marks;
}

result<std::vector<std::int64_t>> Messages::applied(std::string_view conversation_id,
                                                    std::span<const std::int64_t> change_ids) {
  std::vector<std::int64_t> found;
  auto done = database_.read_raw([&](Connection& connection) -> result<void> {
    auto& select = connection.statement(applied_sql).bind(1, conversation_id);
    for (const auto id : change_ids) {
      select.bind(2, id);
      while (select.step()) found.push_back(select.integer(0));
    }
    return {};
  });
  if (!done) return done.error();
  return found;
}

result<std::vector<im::MessageChanges::Replaced>> Messages::replaced(im::MessageId id) {
  std::vector<im::MessageChanges::Replaced> found;
  auto done = database_.read_raw([&](Connection& connection) -> result<void> {
    auto& select = connection.statement(replaced_sql).bind(1, id);
    while (select.step()) found.push_back({id, select.integer(0), select.integer(1), std::string(select.text(2))});
    return {};
  });
  if (!done) return done.error();
  return found;
}

result<im::Receipts> Messages::receipts(std::string_view conversation_id, im::Seq seq, im::UserId except,
                                        im::UserId after, std::size_t limit) {
  im::Receipts receipts;
  auto done = database_.read_raw([&](Connection& connection) -> result<void> {
    auto& counts = connection.statement(receipt_counts_sql);
    counts.bind(1, seq).bind(2, conversation_id).bind(3, seq).bind(4, except);
    while (counts.step()) {
      receipts.delivered_count = counts.integer(0);
      receipts.read_count = counts.integer(1);
    }
    auto& page = connection.statement(receipt_page_sql);
    page.bind(1, seq).bind(2, conversation_id).bind(3, seq).bind(4, except).bind(5, after);
    page.bind(6, static_cast<std::int64_t>(limit) + 1);
    while (page.step()) receipts.people.push_back({page.integer(0), page.integer(1) != 0});
    return {};
  });
  if (!done) return done.error();
  if (receipts.people.size() > limit) {
    receipts.people.resize(limit);
    receipts.next = receipts.people.back().user_id;
  }
  return receipts;
}

}  // namespace netherlink::store::sqlite
