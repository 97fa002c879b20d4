#include "app/options.hpp"

#include <algorithm>

#include "netherlink/crypto/encoding.hpp"

namespace netherlink::app {

using namespace std::chrono_literals;

im::Limits chat_limits(const config::Config& config) {
  im::Limits limits;
  limits.content_bytes = config.limits.content_bytes;
  limits.extra_bytes = config.limits.extra_bytes;
  limits.history_page = config.limits.history_page;
  limits.sync_conversations = config.limits.sync_conversations;
  limits.sync_page = config.limits.sync_page;
  limits.mentions = config.limits.mentions;
  limits.reactions = config.messages.reactions;
  limits.reaction_bytes = config.messages.reaction_bytes;
  limits.recall_window = config.messages.recall_window;
  limits.large_group = config.groups.large_threshold;
  limits.typing_interval = config.messages.typing_interval;
  limits.signature_window = config.e2e.signature_window;
  limits.require_signatures = config.e2e.require_signatures;
  limits.search = {.enabled = config.search.enabled,
                   .query_chars = config.search.query_chars,
                   .query_bytes = config.search.query_bytes,
                   .query_words = config.search.query_words,
                   .message_tokens = config.search.message_tokens,
                   .conversations = config.search.conversations,
                   .candidates = config.search.candidates};
  return limits;
}

im::GroupLimits group_limits(const config::Config::Groups& config) {
  return {.members = config.max_members,
          .per_user = config.max_per_user,
          .added = config.max_added,
          .links = config.max_links,
          .requests = config.max_requests,
          .bans = config.max_bans,
          .name_bytes = config.name_bytes,
          .announcement_bytes = config.announcement_bytes,
          .large = config.large_threshold};
}

room::Options room_options(const config::Config& config) {
  room::Options options;
  options.max_players = config.rooms.max_players;
  options.default_players = config.rooms.default_players;
  options.name_bytes = config.rooms.name_bytes;
  options.game_bytes = config.rooms.game_bytes;
  options.password_bytes = config.rooms.password_bytes;
  options.seat_grace = config.rooms.seat_grace;
  options.list_max_age = config.rooms.list_max_age;
  options.sweep_interval = std::clamp<std::chrono::milliseconds>(config.rooms.seat_grace / 4, 100ms, 1000ms);
  options.limit_guesses = config.rate_limits.enabled;
  options.guesses = {config.rate_limits.room_guess.burst, config.rate_limits.room_guess.per_second};
  return options;
}

attachment::Options attachment_options(const config::Config::Attachments& config) {
  attachment::Options options;
  options.max_bytes = static_cast<std::int64_t>(config.max_bytes);
  options.chunk_bytes = static_cast<std::int64_t>(config.chunk_bytes);
  options.user_bytes = static_cast<std::int64_t>(config.user_bytes);
  options.max_unfinished = config.max_unfinished;
  options.name_bytes = config.name_bytes;
  options.allowed_types = config.allowed_types;
  options.refused_types = config.refused_types;
  options.upload_ttl = config.upload_ttl;
  options.unused_ttl = config.unused_ttl;
  options.sweep_interval = config.sweep_interval;
  return options;
}

image::Limits image_limits(const config::Config::Attachments& config) {
  return {.max_pixels = static_cast<std::int64_t>(config.max_pixels),
          .preview_edge = static_cast<std::int64_t>(config.preview_pixels),
          .memory_bytes = config.image_memory,
          .timeout = config.image_timeout};
}

mail::Options mail_options(const config::Config& config, const std::vector<std::string>& secrets) {
  const auto& from = config.email;
  mail::Options options;
  options.code_ttl = from.code_ttl;
  options.give_up_after = from.give_up_after;
  options.retry_after = from.retry_after;
  options.poll_interval = from.poll_interval;
  // Whoever has not said anything for that long does not send any more.
  options.lease = 2 * from.timeout + 10s;
  options.code_attempts = from.code_attempts;
  options.queue = from.queue;
  options.threads = from.threads;
  options.public_url = from.public_url;
  options.code_key = crypto::hmac_sha256(secrets.front(), "mail codes");
  return options;
}

std::unique_ptr<mail::MailSender> mail_sender(const config::Config& config) {
  const auto& from = config.email;
  if (!from.enabled()) return nullptr;
  return mail::make_smtp_sender({.url = from.url,
                                 .tls = from.tls == "required",
                                 .ca_file = from.ca_file,
                                 .user = from.user,
                                 .password = from.password,
                                 .from = from.from,
                                 .from_name = from.from_name,
                                 .timeout = from.timeout});
}

crypto::PasswordCost password_cost(const std::string& name) {
  if (name == "test") return crypto::PasswordCost::test;
  return name == "moderate" ? crypto::PasswordCost::moderate : crypto::PasswordCost::interactive;
}

}  // namespace netherlink::app
