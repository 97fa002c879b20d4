// What a transaction knows of a group, read and written.
#include <soci/soci.h>

#include <algorithm>
#include <unordered_map>

#include "store/sql/group_rows.hpp"
#include "store/sql/id_list.hpp"
#include "store/sql/members.hpp"
#include "store/sql/numbers.hpp"

namespace netherlink::store::sql {
namespace {

using core::UserId;
using Ask = im::GroupRepository::Ask;

class People {
 public:
  explicit People(std::vector<im::GroupPerson>& people) {
    for (auto& person : people) {
      by_id_.emplace(person.user_id, &person);
      ids_.push_back(person.user_id);
    }
  }
  const std::vector<UserId>& ids() const { return ids_; }
  im::GroupPerson& operator[](UserId id) { return *by_id_.at(id); }

 private:
  std::unordered_map<UserId, im::GroupPerson*> by_id_;
  std::vector<UserId> ids_;
};

void count_groups(soci::session& session, std::span<const UserId> users, People& people) {
  for_each_id_list(users, [&](const std::string& list) {
    long long user = 0, count = 0;
    soci::statement statement =
        (session.prepare << "SELECT user_id, COUNT(*) FROM memberships WHERE user_id IN (" << list
                         << ") AND conversation_id > 'group_' AND conversation_id < 'group`' GROUP BY user_id",
         soci::into(user), soci::into(count));
    statement.execute(false);
    while (statement.fetch()) people[user].groups = static_cast<std::size_t>(count);
  });
}

void read_people(soci::session& session, const Ask& ask, const std::vector<UserId>& there, const im::Group& group,
                 std::vector<im::GroupPerson>& all) {
  People people(all);
  const auto conversation = group.conversation().text;
  for (const auto& member : find_members(session, conversation, people.ids())) {
    people[member.user_id].member = to_group_member(member);
  }
  for_each_id_list(people.ids(), [&](const std::string& list) {
    for (const auto user : numbers(session, "SELECT id FROM users WHERE deleted_at = 0 AND id IN (" + list + ")")) {
      people[user].exists = true;
    }
    std::string of_list("group_id = ");
    of_list.append(std::to_string(group.id)).append(" AND user_id IN (").append(list).append(")");
    for (const auto& ban : select_bans(session, of_list)) people[ban.user_id].banned = true;
    for (const auto& request : select_requests(session, of_list)) people[request.user_id].requested = true;
  });
  for (const auto user : ask.joining) people[user].exists = std::ranges::find(there, user) != there.end();
  count_groups(session, ask.joining, people);
}

void write_group(soci::session& session, const im::Group& before, const im::Group& after) {
  if (before.name != after.name) set_title(session, after.conversation().text, after.name);
  session << "UPDATE im_groups SET name = :name, announcement = :announcement, avatar_url = :avatar_url, owner_id = "
          << after.owner_id << ", member_count = " << after.member_count
          << ", history = " << static_cast<int>(after.history) << ", join_rule = " << static_cast<int>(after.join)
          << " WHERE id = " << after.id,
      soci::use(after.name), soci::use(after.announcement), soci::use(after.avatar_url);
}

/// One person's way in, out, up or down; notes it.
void write_membership(const Database& database, soci::session& session, const Ask& ask, const im::Group& group,
                      const im::GroupPerson& before, const im::GroupPerson& after, im::Notice& notice) {
  const auto conversation = group.conversation().text;
  const auto user = after.user_id;
  if (before.member == after.member) return;
  if (!after.member) {
    remove_member(session, conversation, user);
    notice.left.push_back(user);
    return;
  }
  if (!before.member) {
    const bool sees_all = group.history == im::GroupHistory::all;
    add_member(database, session, conversation,
               {user, after.member->role, ask.last_seq, sees_all ? 0 : ask.last_seq, after.member->joined_at});
    notice.joined.push_back(user);
    return;
  }
  if (before.member->role != after.member->role) set_role(session, conversation, user, after.member->role);
  if (before.member->muted_until != after.member->muted_until) {
    set_muted_until(session, conversation, user, after.member->muted_until);
  }
  notice.changed.push_back(user);
}

void write_ban_and_request(soci::session& session, const Ask& ask, im::GroupId group, const im::GroupPerson& before,
                           const im::GroupPerson& after) {
  if (before.banned && !after.banned) {
    session << "DELETE FROM group_bans WHERE group_id = " << group << " AND user_id = " << after.user_id;
  } else if (!before.banned && after.banned) {
    session << "INSERT INTO group_bans (group_id, user_id, banned_by, created_at) VALUES (" << group << ", "
            << after.user_id << ", " << ask.actor << ", " << ask.now << ")";
  }
  if (before.requested && !after.requested) {
    session << "DELETE FROM group_requests WHERE group_id = " << group << " AND user_id = " << after.user_id;
  } else if (!before.requested && after.requested) {
    session << "INSERT INTO group_requests (group_id, user_id, created_at) VALUES (" << group << ", " << after.user_id
            << ", " << ask.now << ")";
  }
}

void write_links(soci::session& session, const Ask& ask, const im::GroupDraft& before, const im::GroupDraft& after) {
  if (before.link && before.link->uses != after.link->uses) {
    session << "UPDATE group_links SET uses = " << after.link->uses << " WHERE code = :code", soci::use(ask.code);
  }
  if (after.ended_link && after.ended_link->empty()) {
    session << "DELETE FROM group_links WHERE group_id = " << after.group.id;
  } else if (after.ended_link) {
    session << "DELETE FROM group_links WHERE group_id = " << after.group.id << " AND code = :code",
        soci::use(*after.ended_link);
  }
  if (!after.new_link) return;
  // Those that open nothing any more make room.
  session << "DELETE FROM group_links WHERE group_id = " << after.group.id
          << " AND ((expires_at > 0 AND expires_at <= " << ask.now << ") OR (max_uses > 0 AND uses >= max_uses))";
  const auto& link = *after.new_link;
  session << "INSERT INTO group_links (code, group_id, created_by, created_at, expires_at, max_uses, uses) VALUES "
             "(:code, "
          << link.group_id << ", " << link.created_by << ", " << link.created_at << ", " << link.expires_at << ", "
          << link.max_uses << ", 0)",
      soci::use(link.code);
}

void dissolve(soci::session& session, const im::Group& group, im::Notice& notice) {
  const auto conversation = group.conversation().text;
  notice.left = member_ids(session, conversation);
  remove_all_members(session, conversation);
  remove_title(session, conversation);
  for (const auto* table : {"group_bans", "group_requests", "group_links"}) {
    session << "DELETE FROM " << table << " WHERE group_id = " << group.id;
  }
  session << "DELETE FROM im_groups WHERE id = " << group.id;
}

void write_everything(const Database& database, soci::session& session, const Ask& ask, const im::GroupDraft& before,
                      im::GroupDraft& after, im::Notice& notice) {
  auto& group = after.group;
  for (std::size_t i = 0; i < after.people.size(); ++i) {
    const auto &then = before.people[i], &now = after.people[i];
    write_membership(database, session, ask, group, then, now, notice);
    write_ban_and_request(session, ask, group.id, then, now);
    group.member_count += static_cast<int>(now.member.has_value()) - static_cast<int>(then.member.has_value());
    group.pending_requests += static_cast<int>(now.requested) - static_cast<int>(then.requested);
  }
  if (before.group.history != group.history && group.history == im::GroupHistory::all) {
    const auto more = show_everything(session, group.conversation().text);
    notice.changed.insert(notice.changed.end(), more.begin(), more.end());
  }
  write_links(session, ask, before, after);
  if (before.group != group) write_group(session, before.group, group);
}

}  // namespace

im::GroupDraft read_draft(soci::session& session, const Ask& ask, const std::vector<UserId>& there) {
  im::GroupDraft draft;
  draft.group = select_group(session, ask.group).value();
  std::vector<UserId> people{ask.actor};
  people.insert(people.end(), ask.people.begin(), ask.people.end());
  if (ask.heir && draft.group.owner_id == ask.actor) {
    const auto next = heir(session, draft.group.conversation().text, ask.actor);
    if (next) people.push_back(*next);
    draft.heir = next.has_value();
  }
  for (const auto user : people) draft.people.emplace_back().user_id = user;
  read_people(session, ask, there, draft.group, draft.people);
  if (!ask.code.empty()) {
    draft.link = select_link(session, ask.code);
    if (draft.link && draft.link->group_id != ask.group) draft.link.reset();
  }
  const auto group = std::to_string(ask.group), now = std::to_string(ask.now);
  draft.links = static_cast<std::size_t>(number(session, "SELECT COUNT(*) FROM group_links WHERE group_id = " + group +
                                                             " AND (expires_at = 0 OR " + "expires_at > " + now +
                                                             ") AND (max_uses = 0 OR uses < max_uses)"));
  draft.bans = static_cast<std::size_t>(number(session, "SELECT COUNT(*) FROM group_bans WHERE group_id = " + group));
  return draft;
}

std::int64_t write_draft(const Database& database, soci::session& session, const Ask& ask, const im::GroupDraft& before,
                         im::GroupDraft& after) {
  im::Notice notice;
  notice.conversation = after.group.conversation();
  notice.actor = ask.actor;
  notice.joined_seq = ask.last_seq;
  notice.created_at = ask.now;
  if (after.dissolved) {
    dissolve(session, after.group, notice);
  } else {
    write_everything(database, session, ask, before, after, notice);
  }
  notice.content = after.content;
  notice.extra = after.extra;
  if (notice.content.empty() && notice.joined.empty() && notice.left.empty() && notice.changed.empty()) return 0;
  notice.id = ask.notice;
  add_notice(session, notice);
  return notice.id;
}

}  // namespace netherlink::store::sql
