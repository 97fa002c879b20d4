#pragma once

#include <array>
#include <memory>

#include "netherlink/attachment/service.hpp"
#include "netherlink/e2e/service.hpp"
#include "netherlink/friend/presence.hpp"
#include "netherlink/friend/service.hpp"
#include "netherlink/im/groups.hpp"
#include "netherlink/im/service.hpp"
#include "netherlink/room/service.hpp"
#include "netherlink/user/ports.hpp"
#include "netherlink/vpn/service.hpp"

namespace netherlink::app {

/// Everything that lets go of a deleted account, each part again and again until it has. A module that holds something
/// of people takes its place here.
class AccountDepartures final : public user::Departures {
 public:
  AccountDepartures(friends::FriendService& friends, im::GroupService& groups, room::RoomService& rooms,
                    im::ChatService& chat, const std::unique_ptr<attachment::AttachmentService>& attachments,
                    vpn::VpnService& lan, e2e::KeyService& keys)
      : friends_(friends),
        groups_(groups),
        rooms_(rooms),
        chat_(chat),
        attachments_(attachments),
        lan_(lan),
        keys_(keys) {}

  core::result<void> forget(core::UserId id) override {
    auto done = lan_.forget(id);
    if (done) done = keys_.forget(id);
    if (done) done = friends_.forget(id);
    if (done) done = groups_.forget(id);
    if (done) done = rooms_.forget(id);
    if (done) done = chat_.forget(id);
    if (done && attachments_) done = attachments_->forget(id);
    return done;
  }

 private:
  friends::FriendService& friends_;
  im::GroupService& groups_;
  room::RoomService& rooms_;
  im::ChatService& chat_;
  const std::unique_ptr<attachment::AttachmentService>& attachments_;  // may hold nothing
  vpn::VpnService& lan_;
  e2e::KeyService& keys_;
};

/// What follows from a change of preferences (U8).
class PreferenceNews final : public user::PreferenceEvents {
 public:
  PreferenceNews(im::Announcer& announcer, friends::PresenceService& presence)
      : announcer_(announcer), presence_(presence) {}

  void preferences_changed(core::UserId id, const user::Preferences& before, const user::Preferences& after) override {
    const bool shown = before.show_presence != after.show_presence;
    if (shown) presence_.visibility_changed(id);
    if (shown || before.friends_only != after.friends_only) announcer_.changed(std::array{id});
  }

 private:
  im::Announcer& announcer_;
  friends::PresenceService& presence_;
};

}  // namespace netherlink::app
