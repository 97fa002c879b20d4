#pragma once

#include <string>

#include "netherlink/attachment/types.hpp"
#include "netherlink/config/config.hpp"
#include "netherlink/crypto/password.hpp"
#include "netherlink/im/groups.hpp"
#include "netherlink/im/service.hpp"
#include "netherlink/image/inspector.hpp"
#include "netherlink/mail/service.hpp"
#include "netherlink/room/service.hpp"

namespace netherlink::app {

// What the configuration says, as the modules ask for it.

im::Limits chat_limits(const config::Config& config);
im::GroupLimits group_limits(const config::Config::Groups& config);
room::Options room_options(const config::Config& config);
attachment::Options attachment_options(const config::Config::Attachments& config);
image::Limits image_limits(const config::Config::Attachments& config);
/// `secrets`: of tokens, the current one first.
mail::Options mail_options(const config::Config& config, const std::vector<std::string>& secrets);
/// nullptr: there is no mail.
std::unique_ptr<mail::MailSender> mail_sender(const config::Config& config);
crypto::PasswordCost password_cost(const std::string& name);

}  // namespace netherlink::app
