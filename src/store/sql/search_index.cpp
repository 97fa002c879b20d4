#include "store/sql/search_index.hpp"

#include <soci/soci.h>

#include <algorithm>
#include <map>
#include <unordered_map>

#include "store/sql/id_list.hpp"
#include "store/sql/insert_new.hpp"
#include "store/sql/token_literal.hpp"

namespace netherlink::store::sql {
namespace {

using core::result;

constexpr std::size_t rows_per_statement = 500, names_per_statement = 200;

/// Begins every query of postings. The conversation is one row of a unique key, which leaves the order of the index.
constexpr std::string_view select_postings =
    "SELECT s.message_id FROM conversations c JOIN search_tokens s ON s.conversation = c.id WHERE c.conversation_id = "
    ":conversation_id AND ";

/// Words behind `after`, or from there on, that begin with `prefix`.
void append_range(std::string& query, std::string_view comparison, std::string_view after, const std::string& prefix) {
  query.append("s.token ").append(comparison);
  append_literal(query, after);
  // Behind everything that begins so: no UTF-8 has this byte.
  query += " AND s.token < ";
  append_literal(query, prefix + '\xFF');
}

void append_term(std::string& query, const im::SearchTerm& term) {
  if (term.prefix) return append_range(query, ">= ", term.text, term.text);
  query += "s.token = ";
  append_literal(query, term.text);
}

std::string query_of(const im::SearchTerm& term, std::string_view rest) {
  std::string query(select_postings);
  append_term(query, term);
  return query.append(rest);
}

/// Of several conversations, whose names are our own canonical spellings: quoting is enough.
std::string query_of_newest(std::span<const std::string> names, const im::SearchTerm& term, im::MessageId before) {
  std::string query(
      "SELECT c.conversation_id, COALESCE((SELECT s.message_id FROM search_tokens s WHERE s.conversation = "
      "c.id AND ");
  append_term(query, term);
  if (!term.prefix) {
    query.append(" AND s.message_id < ").append(std::to_string(before)).append(" ORDER BY s.message_id DESC");
  }
  query += " LIMIT 1), 0) FROM conversations c WHERE c.conversation_id IN (";
  for (const auto& name : names) query.append(&name == &names.front() ? "'" : ",'").append(name).append("'");
  query += ')';
  return query;
}

/// False: somebody else has brought the partition on.
bool move_on(const Database& database, soci::session& session, const im::SearchIndex::Progress& before,
             im::MessageId after) {
  const auto partition = std::to_string(before.partition), last = std::to_string(after);
  std::string update("UPDATE search_progress SET last_id = ");
  update.append(last).append(" WHERE partition_number = ").append(partition);
  update.append(" AND last_id = ").append(std::to_string(before.indexed));
  soci::statement statement = (session.prepare << update);
  statement.execute(true);
  if (statement.get_affected_rows() > 0) return true;
  if (before.indexed != 0) return false;
  std::string insert("INSERT INTO search_progress (partition_number, last_id) VALUES (");
  insert.append(partition).append(", ").append(last).append(")");
  return insert_new(database, [&] { session << insert; });
}

void insert_tokens(const Database& database, soci::session& session, std::span<const im::SearchIndex::Entry> entries) {
  while (!entries.empty()) {
    const auto count = std::min(entries.size(), rows_per_statement);
    std::string insert(database.insert_or_ignore());
    insert += " search_tokens (conversation, token, message_id) VALUES ";
    for (const auto& entry : entries.first(count)) {
      if (&entry != &entries.front()) insert += ',';
      append_token_row(insert, entry.conversation, entry.token, entry.message_id);
    }
    session << insert;
    entries = entries.subspan(count);
  }
}

result<void> add_newest(Database& database, const std::string& query,
                        std::unordered_map<std::string, im::MessageId>& found) {
  return database.read_recent([&](soci::session& session) -> result<void> {
    std::string name;
    long long id = 0;
    soci::statement statement = (session.prepare << query, soci::into(name), soci::into(id));
    statement.execute(false);
    while (statement.fetch()) found[name] = id;
    return {};
  });
}

}  // namespace

result<std::vector<im::MessageId>> SearchIndex::ids(std::string_view conversation_id, const std::string& query) {
  std::vector<im::MessageId> found;
  const std::string name(conversation_id);
  auto done = route_(conversation_id).read_recent([&](soci::session& session) -> result<void> {
    found.clear();
    long long id = 0;
    soci::statement statement = (session.prepare << query, soci::use(name), soci::into(id));
    statement.execute(false);
    while (statement.fetch()) found.push_back(id);
    return {};
  });
  if (!done) return done.error();
  return found;
}

result<SearchIndex::Postings> SearchIndex::postings(std::string_view conversation_id, const im::SearchTerm& term,
                                                    im::MessageId before, std::size_t limit) {
  std::string rest;
  // Words that begin alike are not in the order of the messages: with a condition on these, rows without end might be
  // passed over to find a few.
  if (!term.prefix) {
    rest.append(" AND s.message_id < ").append(std::to_string(before)).append(" ORDER BY s.message_id DESC");
  }
  rest.append(" LIMIT ").append(std::to_string(limit + 1));
  auto found = ids(conversation_id, query_of(term, rest));
  if (!found) return found.error();
  Postings postings;
  postings.complete = found->size() <= limit;
  found->resize(std::min(found->size(), limit));
  postings.ids = std::move(*found);
  if (term.prefix) {
    std::erase_if(postings.ids, [before](im::MessageId id) { return id >= before; });
    std::ranges::sort(postings.ids, std::greater<>());
    postings.ids.erase(std::unique(postings.ids.begin(), postings.ids.end()), postings.ids.end());
  }
  return postings;
}

result<std::vector<im::MessageId>> SearchIndex::having(std::string_view conversation_id, const im::SearchTerm& term,
                                                       std::span<const im::MessageId> wanted) {
  std::vector<im::MessageId> all;
  result<void> failed;
  for_each_id_list(wanted, [&](const std::string& list) {
    std::string rest(" AND s.message_id IN (");
    rest.append(list).append(")");
    auto found = ids(conversation_id, query_of(term, rest));
    if (!found) {
      failed = found.error();
    } else {
      all.insert(all.end(), found->begin(), found->end());
    }
  });
  if (!failed) return failed.error();
  std::ranges::sort(all, std::greater<>());
  return all;
}

result<std::vector<im::MessageId>> SearchIndex::newest(std::span<const std::string> conversation_ids,
                                                       const im::SearchTerm& term, im::MessageId before) {
  std::map<Database*, std::vector<std::string>> by_shard;
  for (const auto& id : conversation_ids) by_shard[&route_(id)].push_back(id);
  std::unordered_map<std::string, im::MessageId> found;
  for (const auto& [database, names] : by_shard) {
    for (std::span<const std::string> rest(names); !rest.empty();) {
      const auto count = std::min(rest.size(), names_per_statement);
      if (auto done = add_newest(*database, query_of_newest(rest.first(count), term, before), found); !done) {
        return done.error();
      }
      rest = rest.subspan(count);
    }
  }
  std::vector<im::MessageId> newest;
  for (const auto& id : conversation_ids) {
    const auto known = found.find(id);
    newest.push_back(known == found.end() ? 0 : known->second);
  }
  return newest;
}

result<std::vector<std::string>> SearchIndex::words(std::string_view conversation_id, const std::string& prefix,
                                                    std::size_t limit) {
  std::vector<std::string> words;
  const std::string name(conversation_id);
  const auto next = [&](soci::session& session, std::string_view comparison, const std::string& after) {
    std::string query(
        "SELECT s.token FROM conversations c JOIN search_tokens s ON s.conversation = c.id WHERE "
        "c.conversation_id = :conversation_id AND ");
    append_range(query, comparison, after, prefix);
    query += " ORDER BY s.token LIMIT 1";
    std::string word;
    soci::statement statement = (session.prepare << query, soci::use(name), soci::into(word));
    if (statement.execute(true)) words.push_back(std::move(word));
  };
  // One statement for each: none of the engines reliably leaves out what it has seen of a word.
  auto done = route_(conversation_id).read_recent([&](soci::session& session) -> result<void> {
    words.clear();
    std::size_t before = 0;
    next(session, ">= ", prefix);
    while (words.size() > before && words.size() < limit) {
      before = words.size();
      next(session, "> ", std::string(words.back()));
    }
    return {};
  });
  if (!done) return done.error();
  return words;
}

result<std::vector<SearchIndex::Progress>> SearchIndex::progress() {
  std::vector<Progress> all;
  for (std::size_t shard = 0; shard < shards_.size(); ++shard) {
    std::vector<Progress> own;
    auto done = shards_[shard]->read([&](soci::session& session) -> result<void> {
      own.clear();
      long long partition = 0, written = 0, indexed = 0;
      soci::statement statement =
          (session.prepare << "SELECT o.partition_number, o.last_id, COALESCE(s.last_id, 0) FROM partition_owner o "
                              "LEFT JOIN search_progress s ON s.partition_number = o.partition_number "
                              "WHERE o.partition_number >= 0",
           soci::into(partition), soci::into(written), soci::into(indexed));
      statement.execute(false);
      while (statement.fetch()) own.push_back({shard, static_cast<std::size_t>(partition), indexed, written});
      return {};
    });
    if (!done) return done.error();
    all.insert(all.end(), own.begin(), own.end());
  }
  return all;
}

result<std::vector<SearchIndex::Text>> SearchIndex::texts(std::size_t shard, im::MessageId after, im::MessageId up_to,
                                                          std::size_t limit) {
  std::vector<Text> texts;
  // Kind 0 is text; status 0 and 1 are as sent, and edited.
  std::string query(
      "SELECT message_id, conversation, CASE WHEN kind = 0 AND status <= 1 THEN content ELSE '' END FROM messages "
      "WHERE message_id > ");
  query.append(std::to_string(after)).append(" AND message_id <= ").append(std::to_string(up_to));
  query.append(" ORDER BY message_id LIMIT ").append(std::to_string(limit));
  auto done = shards_[shard]->read([&](soci::session& session) -> result<void> {
    texts.clear();
    long long id = 0, conversation = 0;
    std::string content;
    soci::statement statement =
        (session.prepare << query, soci::into(id), soci::into(conversation), soci::into(content));
    statement.execute(false);
    while (statement.fetch()) texts.push_back({id, conversation, content});
    return {};
  });
  if (!done) return done.error();
  return texts;
}

result<bool> SearchIndex::add(std::span<const Progress> before, std::span<const im::MessageId> after,
                              std::span<const Entry> entries) {
  bool overtaken = false;
  auto& database = *shards_[before.front().shard];
  auto done = database.write([&](soci::session& session) -> result<void> {
    overtaken = false;
    for (std::size_t i = 0; i < before.size() && !overtaken; ++i) {
      overtaken = !move_on(database, session, before[i], after[i]);
    }
    if (overtaken) return errors::server_unavailable;  // rolls back
    insert_tokens(database, session, entries);
    return {};
  });
  if (overtaken) return false;
  if (!done) return done.error();
  return true;
}

}  // namespace netherlink::store::sql
