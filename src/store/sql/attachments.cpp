// Uploads and their content; attachment_uses.cpp: which messages refer to them.
#include "store/sql/attachments.hpp"

#include <soci/soci.h>

#include "store/sql/insert_new.hpp"
#include "store/sql/numbers.hpp"
#include "store/sql/user_lock.hpp"

namespace netherlink::store::sql {
namespace {

using attachment::Attachment;
using attachment::AttachmentId;
using attachment::Facts;
using core::result;
using core::Timestamp;

void insert(soci::session& session, const Attachment& row) {
  session << "INSERT INTO attachments (id, owner_id, name, size, received, digest, complete, hash, created_at, "
             "expires_at, version) VALUES ("
          << row.id << ", " << row.owner_id << ", :name, " << row.size << ", 0, '', 0, '', " << row.created_at << ", "
          << row.expires_at << ", 0)",
      soci::use(row.name);
}

/// False: there is no such content.
bool count_reference(soci::session& session, const std::string& hash, int change) {
  soci::statement update =
      (session.prepare << "UPDATE attachment_content SET refs = refs + " << change << " WHERE hash = :hash",
       soci::use(hash));
  update.execute(true);
  return update.get_affected_rows() > 0;
}

void insert_content(soci::session& session, const Facts& facts, int references) {
  session << "INSERT INTO attachment_content (hash, content_type, width, height, preview, refs) VALUES (:hash, :type, "
          << facts.width << ", " << facts.height << ", " << (facts.preview ? 1 : 0) << ", " << references << ")",
      soci::use(facts.hash), soci::use(facts.content_type);
}

/// From here on nobody else gets past this content.
void refer(const Database& database, soci::session& session, const Facts& facts) {
  if (!count_reference(session, facts.hash, 1)) {
    const bool is_new = insert_new(database, [&] { insert_content(session, facts, 1); });
    if (!is_new) count_reference(session, facts.hash, 1);
  }
  // What was found out now counts: the content may have been known without its preview.
  session << "UPDATE attachment_content SET content_type = :type, width = " << facts.width
          << ", height = " << facts.height << ", preview = " << (facts.preview ? 1 : 0) << " WHERE hash = :hash",
      soci::use(facts.content_type), soci::use(facts.hash);
}

}  // namespace

result<void> Attachments::create(const Attachment& attachment, const Quota& quota) {
  return database_.write([&](soci::session& session) -> result<void> {
    if (!lock_user(session, attachment.owner_id)) return errors::auth_session_revoked;
    const auto owner = std::to_string(attachment.owner_id);
    const auto unfinished =
        number(session, "SELECT COUNT(*) FROM attachments WHERE complete = 0 AND owner_id = " + owner);
    if (unfinished >= static_cast<std::int64_t>(quota.max_unfinished)) return errors::attachment_too_many_unfinished;
    const auto used =
        number(session, "SELECT CAST(COALESCE(SUM(size), 0) AS SIGNED) FROM attachments WHERE owner_id = " + owner);
    if (used + attachment.size > quota.user_bytes) return errors::attachment_quota_exceeded;
    insert(session, attachment);
    return {};
  });
}

result<std::optional<Attachment>> Attachments::find(AttachmentId id) {
  std::optional<Attachment> found;
  auto done = database_.read([&](soci::session& session) -> result<void> {
    found.reset();
    Attachment row;
    long long owner = 0, size = 0, received = 0, created_at = 0, expires_at = 0, width = 0, height = 0;
    int complete = 0, preview = 0;
    soci::statement statement =
        (session.prepare
             << "SELECT a.owner_id, a.name, a.size, a.received, a.digest, a.complete, a.hash, a.created_at, "
                "a.expires_at, COALESCE(c.content_type, ''), COALESCE(c.width, 0), COALESCE(c.height, 0), "
                "COALESCE(c.preview, 0) FROM attachments a LEFT JOIN attachment_content c ON c.hash = a.hash "
                "WHERE a.id = "
             << id,
         soci::into(owner), soci::into(row.name), soci::into(size), soci::into(received), soci::into(row.digest),
         soci::into(complete), soci::into(row.facts.hash), soci::into(created_at), soci::into(expires_at),
         soci::into(row.facts.content_type), soci::into(width), soci::into(height), soci::into(preview));
    if (!statement.execute(true)) return {};
    row.id = id;
    row.owner_id = owner;
    row.size = size;
    row.received = received;
    row.complete = complete != 0;
    row.created_at = created_at;
    row.expires_at = expires_at;
    row.facts.width = width;
    row.facts.height = height;
    row.facts.preview = preview != 0;
    found = std::move(row);
    return {};
  });
  if (!done) return done.error();
  return found;
}

result<bool> Attachments::advance(const Attachment& attachment, std::int64_t from) {
  bool moved = false;
  auto done = database_.write([&](soci::session& session) -> result<void> {
    soci::statement update =
        (session.prepare << "UPDATE attachments SET version = version + 1, received = " << attachment.received
                         << ", digest = :digest, expires_at = " << attachment.expires_at
                         << " WHERE complete = 0 AND received = " << from << " AND id = " << attachment.id,
         soci::use(attachment.digest));
    update.execute(true);
    moved = update.get_affected_rows() > 0;
    return {};
  });
  if (!done) return done.error();
  return moved;
}

result<std::optional<Facts>> Attachments::find_content(std::string_view hash) {
  std::optional<Facts> found;
  auto done = database_.read([&](soci::session& session) -> result<void> {
    found.reset();
    Facts facts;
    facts.hash = hash;
    long long width = 0, height = 0;
    int preview = 0;
    soci::statement statement =
        (session.prepare << "SELECT content_type, width, height, preview FROM attachment_content WHERE refs > 0 AND "
                            "hash = :hash",
         soci::use(facts.hash), soci::into(facts.content_type), soci::into(width), soci::into(height),
         soci::into(preview));
    if (!statement.execute(true)) return {};
    facts.width = width;
    facts.height = height;
    facts.preview = preview != 0;
    found = facts;
    return {};
  });
  if (!done) return done.error();
  return found;
}

result<bool> Attachments::complete(AttachmentId id, const Facts& facts, Timestamp expires_at,
                                   const std::function<result<void>()>& place) {
  bool completed = false;
  auto done = database_.write([&](soci::session& session) -> result<void> {
    soci::statement update =
        (session.prepare << "UPDATE attachments SET version = version + 1, complete = 1, digest = '', hash = :hash, "
                            "expires_at = "
                         << expires_at << " WHERE complete = 0 AND received = size AND id = " << id,
         soci::use(facts.hash));
    update.execute(true);
    completed = update.get_affected_rows() > 0;
    if (!completed) return {};
    refer(database_, session, facts);
    return place();
  });
  if (!done) return done.error();
  return completed;
}

result<std::vector<std::string>> Attachments::unreferenced(std::size_t limit) {
  std::vector<std::string> found;
  auto done = database_.read([&](soci::session& session) -> result<void> {
    found.clear();
    std::string hash;
    soci::statement statement =
        (session.prepare << "SELECT hash FROM attachment_content WHERE refs <= 0 LIMIT " << limit, soci::into(hash));
    statement.execute(false);
    while (statement.fetch()) found.push_back(hash);
    return {};
  });
  if (!done) return done.error();
  return found;
}

/// Should the commit fail, the row stays without references and without bytes, which is what it says.
result<void> Attachments::collect(std::string_view hash, const std::function<result<void>()>& remove) {
  Facts stray;
  stray.hash = hash;
  return database_.write([&](soci::session& session) -> result<void> {
    // A statement that changes nothing would lock nothing on one engine: it is inserted, or changed twice.
    const bool is_new = insert_new(database_, [&] { insert_content(session, stray, 0); });
    if (!is_new) {
      count_reference(session, stray.hash, 1);
      count_reference(session, stray.hash, -1);
    }
    long long references = 0;
    session << "SELECT refs FROM attachment_content WHERE hash = :hash", soci::use(stray.hash), soci::into(references);
    if (references > 0) return {};
    if (auto removed = remove(); !removed) return removed;
    session << "DELETE FROM attachment_content WHERE hash = :hash", soci::use(stray.hash);
    return {};
  });
}

}  // namespace netherlink::store::sql
