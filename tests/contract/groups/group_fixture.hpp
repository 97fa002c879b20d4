#pragma once

#include <mutex>
#include <string>
#include <vector>

#include "contract/store/engines.hpp"
#include "netherlink/friend/service.hpp"
#include "netherlink/im/groups.hpp"
#include "support/races.hpp"

namespace netherlink::im::testing {

using store::testing::Engines;
using store::testing::must;
using test::code_of;
using test::in_parallel;
using Users = std::vector<UserId>;

/// Keeps what it was told; notices stay in the database.
class RecordedEvents final : public GroupEvents {
 public:
  void tell_notices(std::span<const std::int64_t> ids) override {
    const std::lock_guard lock(mutex_);
    notices_.insert(notices_.end(), ids.begin(), ids.end());
  }
  void updated(const GroupRepository::Led& led) override {
    const std::lock_guard lock(mutex_);
    updated_.push_back(led);
  }
  void updated_for(const Group& group, std::span<const GroupMember> members) override {
    const std::lock_guard lock(mutex_);
    for (const auto& member : members) updated_for_.emplace_back(group.pending_requests, member);
  }

  std::vector<std::int64_t> take_notices() { return take(notices_); }
  std::vector<GroupRepository::Led> take_updated() { return take(updated_); }
  std::vector<std::pair<std::int64_t, GroupMember>> take_updated_for() { return take(updated_for_); }

 private:
  template <class Things>
  Things take(Things& things) {
    const std::lock_guard lock(mutex_);
    return std::exchange(things, {});
  }

  std::mutex mutex_;
  std::vector<std::int64_t> notices_;
  std::vector<GroupRepository::Led> updated_;
  std::vector<std::pair<std::int64_t, GroupMember>> updated_for_;
};

class NoFriendEvents final : public friends::FriendEvents {
 public:
  void requested(const friends::Request&) override {}
  void withdrawn(const friends::Request&) override {}
  void befriended(UserId, UserId, Timestamp) override {}
  void separated(UserId, UserId) override {}
  void relations_changed(std::span<const UserId>) override {}
};

/// The service on an empty database of an engine, with the people 1 to `people`; everybody is a friend of 1.
template <class Engine>
struct Groups {
  explicit Groups(const GroupLimits& limits = {}, UserId people = 9)
      : service({limits, database->groups(), database->messages(), database->contacts(), events, ids}) {
    for (UserId id = 1; id <= people; ++id) {
      user::User user;
      user.id = id;
      user.username = user.nickname = "user" + std::to_string(id);
      must(database->users().insert(user, user.username, "", "hash"));
      if (id != 1) befriend(1, id);
    }
  }

  void befriend(UserId a, UserId b) {
    const auto request = must(friends.request(a, b, ""));
    must(friends.accept(b, request.id));
  }
  /// Made by `owner` (a friend of the members), nothing told any more.
  GroupId make(UserId owner = 1, const Users& members = {}, const GroupSettings& settings = named()) {
    const auto id = must(service.create(owner, settings, members)).group.id;
    forget_told();
    return id;
  }
  static GroupSettings named(const std::string& name = "Nether") {
    GroupSettings settings;
    settings.name = name;
    return settings;
  }
  static GroupSettings joined_by(GroupJoin join) {
    auto settings = named();
    settings.join = join;
    return settings;
  }
  void promote(GroupId id, UserId whom) {
    must(service.change_member(1, id, whom, {Role::admin, std::nullopt}));
    forget_told();
  }
  void forget_told() {
    events.take_notices();
    events.take_updated();
    events.take_updated_for();
  }

  /// The only notice since the last look.
  Notice notice() {
    const auto told = events.take_notices();
    REQUIRE(told.size() == 1);
    const auto found = must(database->notices().find(told));
    REQUIRE(found.size() == 1);
    return found.front();
  }
  Users members(GroupId id) {
    Users all;
    for (const auto& member : must(database->groups().members(id, 0, 1000))) all.push_back(member.user_id);
    return all;
  }
  std::optional<Role> role(GroupId id, UserId user) {
    const auto found = must(database->groups().find(id, user));
    return found ? std::optional(found->my_role) : std::nullopt;
  }
  std::optional<ConversationRepository::Membership> membership(GroupId id, UserId user) {
    return must(database->conversations().find(user, ConversationId::group(id).text));
  }
  /// Its counts are those of its rows, and it has one owner.
  void check_whole(GroupId id) {
    const auto led = must(database->groups().led(id));
    REQUIRE(led);
    const auto all = must(database->groups().members(id, 0, 1000));
    CHECK(static_cast<std::size_t>(led->group.member_count) == all.size());
    CHECK(must(database->conversations().group_size(ConversationId::group(id).text)) == led->group.member_count);
    CHECK(must(database->conversations().group_size("group_1")) == 0);
    CHECK(std::ranges::count(all, Role::owner, &GroupMember::role) == 1);
    CHECK(role(id, led->group.owner_id) == Role::owner);
  }

  Engine database;
  NoFriendEvents no_events;
  id::Generator ids{1};
  friends::FriendService friends{{}, database->friends(), no_events, ids};
  RecordedEvents events;
  GroupService service;
};

}  // namespace netherlink::im::testing
