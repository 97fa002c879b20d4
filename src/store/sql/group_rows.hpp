#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "netherlink/im/group_ports.hpp"
#include "store/sql/database.hpp"

/// What transactions of groups read and write. Each begins with lock_group(), or with a group that is new.
namespace netherlink::store::sql {

struct Member;

/// Until the end of the transaction nobody else gets past this for the same group. False: there is none.
bool lock_group(soci::session& session, im::GroupId id);
void insert_group(soci::session& session, const im::Group& group);

/// `member` 0: whatever the role. `rest` follows the condition and holds numbers only.
std::vector<im::OwnGroup> select_groups(soci::session& session, core::UserId member, const std::string& rest);
std::optional<im::Group> select_group(soci::session& session, im::GroupId id);
/// `where` holds numbers only.
std::vector<im::GroupBan> select_bans(soci::session& session, const std::string& where);
std::vector<im::GroupRequest> select_requests(soci::session& session, const std::string& where);
std::optional<im::GroupLink> select_link(soci::session& session, std::string_view code);

im::GroupMember to_group_member(const Member& member);

/// What `ask` asks for; the accounts of those who may join are locked already, `there` are those that exist.
im::GroupDraft read_draft(soci::session& session, const im::GroupRepository::Ask& ask,
                          const std::vector<core::UserId>& there);
/// Writes what differs, and its notice, whose id is answered; 0: there is none.
std::int64_t write_draft(const Database& database, soci::session& session, const im::GroupRepository::Ask& ask,
                         const im::GroupDraft& before, im::GroupDraft& after);

}  // namespace netherlink::store::sql
