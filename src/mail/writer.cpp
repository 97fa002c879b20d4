#include "mail/writer.hpp"

#include <algorithm>
#include <utility>

#include "mail/codes.hpp"
#include "mail/templates.hpp"

namespace netherlink::mail {
namespace {

std::string host_of(std::string_view url) {
  const auto begin = url.find("://");
  if (begin != url.npos) url.remove_prefix(begin + 3);
  return std::string(url.substr(0, url.find('/')));
}

bool has_code(Topic topic) {
  return topic == Topic::verify || topic == Topic::reset;
}

/// The code stands behind the #, which browsers send to nobody: no log and no Referer holds it.
std::string link_to(std::string_view base, Topic topic, std::string_view code) {
  while (base.ends_with('/')) base.remove_suffix(1);
  std::string link(base);
  if (topic == Topic::verify) return link.append("/verify-email#").append(code);
  if (topic == Topic::reset) return link.append("/reset-password#").append(code);
  return link.append("/");
}

}  // namespace

Writer::Writer(const Options& options, MailRepository& repository, user::UserRepository& users)
    : options_(options), repository_(repository), users_(users), server_(host_of(options.public_url)) {}

/// nullopt: nobody, or nobody who still wants it.
core::result<std::optional<user::User>> Writer::receiver(const Letter& letter) {
  auto found = letter.topic == Topic::reset ? users_.find_by_name_or_email(letter.address_key)
                                            : users_.find_credentials(letter.user_id);
  if (!found) return found.error();
  if (!*found) return std::optional<user::User>();
  user::User& user = (*found)->user;
  const bool waits = user.email_verified ? user.email_pending == letter.address : user.email == letter.address;
  const bool wanted = letter.topic == Topic::reset ? user.email_verified : letter.topic != Topic::verify || waits;
  if (!wanted) return std::optional<user::User>();
  return std::optional<user::User>(std::move(user));
}

core::result<bool> Writer::is_taken(const Letter& letter) {
  const auto holder = users_.find_by_name_or_email(letter.address_key);
  if (!holder) return holder.error();
  return *holder && (*holder)->user.email_verified && (*holder)->user.id != letter.user_id;
}

Message Writer::message(const Letter& letter, Topic topic, const user::User& user, const std::string& code) const {
  const auto minutes = std::to_string(
      std::max<std::int64_t>(std::chrono::duration_cast<std::chrono::minutes>(options_.code_ttl).count(), 1));
  const Word words[] = {{"username", user.username}, {"server", server_}, {"minutes", minutes}};
  auto parts = mail::write(topic, letter.language, words, link_to(options_.public_url, topic, code), grouped(code));
  return {.id = std::to_string(letter.id),
          // Where it is kept as its owner wrote it, if it is the account's own.
          .to = topic == Topic::reset ? user.email : letter.address,
          .subject = std::move(parts.subject),
          .text = std::move(parts.text),
          .html = std::move(parts.html)};
}

core::result<std::optional<Message>> Writer::write(const Letter& letter) {
  const auto user = receiver(letter);
  if (!user) return user.error();
  if (!*user) return std::optional<Message>();
  if (!has_code(letter.topic)) return std::optional<Message>(message(letter, letter.topic, **user, {}));
  if (letter.topic == Topic::verify) {
    const auto taken = is_taken(letter);
    if (!taken) return taken.error();
    if (*taken) return std::optional<Message>(message(letter, Topic::taken, **user, {}));
  }
  const std::string text = make_code(options_.code_key, letter.id);
  auto code = *read_code(text, letter.topic);
  code.user_id = (*user)->id;
  code.address = letter.topic == Topic::reset ? (*user)->email : letter.address;
  code.address_key = letter.address_key;
  const auto usable = repository_.issue(code, options_.code_ttl);
  if (!usable) return usable.error();
  if (!*usable) return std::optional<Message>();
  return std::optional<Message>(message(letter, letter.topic, **user, text));
}

}  // namespace netherlink::mail
