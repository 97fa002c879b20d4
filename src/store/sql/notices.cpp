#include "store/sql/notices.hpp"

#include <soci/soci.h>

#include <charconv>

#include "store/sql/id_list.hpp"

namespace netherlink::store::sql {
namespace {

using core::result;

std::vector<core::UserId> parse_ids(std::string_view text) {
  std::vector<core::UserId> ids;
  while (!text.empty()) {
    core::UserId id = 0;
    const auto* const end = text.data() + text.size();
    const auto [stopped, error] = std::from_chars(text.data(), end, id);
    if (error != std::errc()) break;
    ids.push_back(id);
    text = stopped == end ? std::string_view() : std::string_view(stopped + 1, end);
  }
  return ids;
}

/// `rest` holds numbers only.
std::vector<im::Notice> select(soci::session& session, const std::string& rest) {
  std::vector<im::Notice> found;
  long long id = 0, actor = 0, joined_seq = 0, created_at = 0;
  std::string conversation, joined, departed, changed, content, extra;
  std::string query(
      "SELECT id, conversation_id, actor, joined, departed, changed, joined_seq, content, extra, created_at FROM "
      "notices WHERE ");
  query.append(rest);
  soci::statement statement = (session.prepare << query, soci::into(id), soci::into(conversation), soci::into(actor),
                               soci::into(joined), soci::into(departed), soci::into(changed), soci::into(joined_seq),
                               soci::into(content), soci::into(extra), soci::into(created_at));
  statement.execute(false);
  while (statement.fetch()) {
    const auto name = im::ConversationId::parse(conversation);
    if (!name) continue;
    found.push_back({.id = id,
                     .conversation = *name,
                     .actor = actor,
                     .joined = parse_ids(joined),
                     .left = parse_ids(departed),
                     .changed = parse_ids(changed),
                     .joined_seq = joined_seq,
                     .content = content,
                     .extra = extra,
                     .created_at = created_at});
  }
  return found;
}

}  // namespace

result<std::vector<im::Notice>> Notices::find(std::span<const std::int64_t> ids) {
  std::vector<im::Notice> found;
  auto done = database_.read([&](soci::session& session) -> result<void> {
    found.clear();
    for_each_id_list(ids, [&](const std::string& list) {
      auto some = select(session, "id IN (" + list + ")");
      found.insert(found.end(), std::make_move_iterator(some.begin()), std::make_move_iterator(some.end()));
    });
    return {};
  });
  if (!done) return done.error();
  return found;
}

result<std::vector<im::Notice>> Notices::pending(im::Timestamp before, std::size_t limit) {
  std::vector<im::Notice> found;
  std::string rest("created_at < ");
  rest.append(std::to_string(before)).append(" ORDER BY created_at, id LIMIT ").append(std::to_string(limit));
  auto done = database_.read([&](soci::session& session) -> result<void> {
    found = select(session, rest);
    return {};
  });
  if (!done) return done.error();
  return found;
}

result<void> Notices::remove(std::span<const std::int64_t> ids) {
  return database_.write([&](soci::session& session) -> result<void> {
    for_each_id_list(ids,
                     [&](const std::string& list) { session << "DELETE FROM notices WHERE id IN (" << list << ")"; });
    return {};
  });
}

}  // namespace netherlink::store::sql
