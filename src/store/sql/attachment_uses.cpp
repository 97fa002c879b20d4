// Which messages refer to attachments, and the end of those that none refers to.
#include <soci/soci.h>

#include "store/sql/attachments.hpp"
#include "store/sql/insert_new.hpp"
#include "store/sql/numbers.hpp"

namespace netherlink::store::sql {
namespace {

using attachment::AttachmentId;
using attachment::Use;
using core::result;
using core::Timestamp;
using core::UserId;

/// What is read afterwards is what others committed. False: there is no such attachment.
bool lock(soci::session& session, AttachmentId id, const std::string& condition = {}) {
  soci::statement update =
      (session.prepare << "UPDATE attachments SET version = version + 1 WHERE id = " << id << condition);
  update.execute(true);
  return update.get_affected_rows() > 0;
}

std::int64_t count_uses(soci::session& session, AttachmentId id) {
  return number(session, "SELECT COUNT(*) FROM attachment_uses WHERE attachment_id = " + std::to_string(id));
}

/// Of an attachment that is locked: the row goes, and its reference.
void erase(soci::session& session, AttachmentId id) {
  std::string hash;
  session << "SELECT hash FROM attachments WHERE id = " << id, soci::into(hash);
  if (!hash.empty()) {
    session << "UPDATE attachment_content SET refs = refs - 1 WHERE hash = :hash", soci::use(hash);
  }
  session << "DELETE FROM attachments WHERE id = " << id;
}

}  // namespace

result<Attachments::Removed> Attachments::remove(AttachmentId id, UserId owner) {
  Removed removed = Removed::unknown;
  auto done = database_.write([&](soci::session& session) -> result<void> {
    removed = Removed::unknown;
    if (!lock(session, id, " AND owner_id = " + std::to_string(owner))) return {};
    removed = count_uses(session, id) > 0 ? Removed::in_use : Removed::removed;
    if (removed == Removed::removed) erase(session, id);
    return {};
  });
  if (!done) return done.error();
  return removed;
}

result<bool> Attachments::attach(const Use& use) {
  bool attached = false;
  auto done = database_.write([&](soci::session& session) -> result<void> {
    const auto own = " AND complete = 1 AND owner_id = " + std::to_string(use.sender_id);
    attached = lock(session, use.attachment_id, own);
    if (!attached) return {};
    session << "UPDATE attachments SET expires_at = 0 WHERE id = " << use.attachment_id;
    const bool is_new = insert_new(database_, [&] {
      session << "INSERT INTO attachment_uses (attachment_id, sender_id, conversation_id, client_msg_id, created_at, "
                 "doubted_at) VALUES ("
              << use.attachment_id << ", " << use.sender_id << ", :conversation, :message, " << use.created_at << ", "
              << use.doubted_at << ")",
          soci::use(use.conversation_id), soci::use(use.client_msg_id);
    });
    if (is_new) return {};
    session << "UPDATE attachment_uses SET created_at = " << use.created_at << ", doubted_at = " << use.doubted_at
            << " WHERE attachment_id = " << use.attachment_id << " AND sender_id = " << use.sender_id
            << " AND conversation_id = :conversation AND client_msg_id = :message",
        soci::use(use.conversation_id), soci::use(use.client_msg_id);
    return {};
  });
  if (!done) return done.error();
  return attached;
}

result<std::vector<Use>> Attachments::select_uses(const std::string& rest) {
  std::vector<Use> found;
  auto done = database_.read([&](soci::session& session) -> result<void> {
    found.clear();
    Use row;
    long long id = 0, sender = 0, created_at = 0, doubted_at = 0;
    soci::statement statement =
        (session.prepare << "SELECT attachment_id, sender_id, conversation_id, client_msg_id, created_at, doubted_at "
                            "FROM attachment_uses WHERE "
                         << rest,
         soci::into(id), soci::into(sender), soci::into(row.conversation_id), soci::into(row.client_msg_id),
         soci::into(created_at), soci::into(doubted_at));
    statement.execute(false);
    while (statement.fetch()) {
      row.attachment_id = id;
      row.sender_id = sender;
      row.created_at = created_at;
      row.doubted_at = doubted_at;
      found.push_back(row);
    }
    return {};
  });
  if (!done) return done.error();
  return found;
}

result<std::vector<Use>> Attachments::uses(AttachmentId id) {
  return select_uses("attachment_id = " + std::to_string(id) + " ORDER BY created_at");
}

result<std::vector<Use>> Attachments::doubted(Timestamp now, std::size_t limit) {
  std::string rest("doubted_at > 0 AND doubted_at <= ");
  rest.append(std::to_string(now)).append(" ORDER BY doubted_at LIMIT ").append(std::to_string(limit));
  return select_uses(rest);
}

result<void> Attachments::doubt(const Use& message, Timestamp at) {
  return database_.write([&](soci::session& session) -> result<void> {
    session << "UPDATE attachment_uses SET doubted_at = " << at << " WHERE sender_id = " << message.sender_id
            << " AND conversation_id = :conversation AND client_msg_id = :message",
        soci::use(message.conversation_id), soci::use(message.client_msg_id);
    return {};
  });
}

result<void> Attachments::keep(const Use& use, Timestamp again) {
  return database_.write([&](soci::session& session) -> result<void> {
    session << "UPDATE attachment_uses SET doubted_at = " << again << " WHERE attachment_id = " << use.attachment_id
            << " AND sender_id = " << use.sender_id << " AND doubted_at = " << use.doubted_at
            << " AND conversation_id = :conversation AND client_msg_id = :message",
        soci::use(use.conversation_id), soci::use(use.client_msg_id);
    return {};
  });
}

result<void> Attachments::drop(const Use& use, Timestamp now) {
  return database_.write([&](soci::session& session) -> result<void> {
    lock(session, use.attachment_id);
    soci::statement gone =
        (session.prepare << "DELETE FROM attachment_uses WHERE attachment_id = " << use.attachment_id
                         << " AND sender_id = " << use.sender_id << " AND doubted_at = " << use.doubted_at
                         << " AND conversation_id = :conversation AND client_msg_id = :message",
         soci::use(use.conversation_id), soci::use(use.client_msg_id));
    gone.execute(true);
    if (gone.get_affected_rows() > 0 && count_uses(session, use.attachment_id) == 0) {
      session << "UPDATE attachments SET expires_at = " << now << " WHERE id = " << use.attachment_id;
    }
    return {};
  });
}

result<std::vector<AttachmentId>> Attachments::expired(Timestamp now, std::size_t limit) {
  std::vector<AttachmentId> found;
  std::string query("SELECT id FROM attachments WHERE expires_at > 0 AND expires_at <= ");
  query.append(std::to_string(now)).append(" ORDER BY expires_at LIMIT ").append(std::to_string(limit));
  auto done = database_.read([&](soci::session& session) -> result<void> {
    found = numbers(session, query);
    return {};
  });
  if (!done) return done.error();
  return found;
}

result<bool> Attachments::expire(AttachmentId id, Timestamp now) {
  bool expired = false;
  auto done = database_.write([&](soci::session& session) -> result<void> {
    expired = lock(session, id, " AND expires_at > 0 AND expires_at <= " + std::to_string(now));
    if (expired) erase(session, id);
    return {};
  });
  if (!done) return done.error();
  return expired;
}

result<void> Attachments::forget(UserId owner, Timestamp now) {
  return database_.write([&](soci::session& session) -> result<void> {
    session << "UPDATE attachments SET expires_at = " << now << " WHERE expires_at > 0 AND owner_id = " << owner;
    return {};
  });
}

}  // namespace netherlink::store::sql
