#include "config/checks.hpp"
#include "config/keys.hpp"
#include "config/units.hpp"

namespace netherlink::config {
namespace {

constexpr std::int64_t s = 1000, min = 60 * s, h = 60 * min, d = 24 * h;  // durations, in milliseconds

constexpr std::string_view tls_choices[] = {"required", "none"};

// The way to a member of Config.
#define AT(path)             \
  +[](Config & c) -> auto& { \
    return c.path;           \
  }

constexpr Key table[] = {
    {.name = "email.url",
     .target = AT(email.url),
     .initial = "",
     .meaning =
         "The mail server: `smtp://host:587` (STARTTLS) or `smtps://host:465`. Empty: no mail is sent, addresses "
         "are not confirmed, and passwords are not reset. Told to clients.",
     .range = {0, 1024},
     .check = check_smtp_url},
    {.name = "email.tls",
     .target = AT(email.tls),
     .initial = "required",
     .meaning = "`required`: nothing is sent in the clear, and the server's certificate has to be valid. `none`: for a "
                "relay on a trusted network.",
     .choices = tls_choices},
    {.name = "email.ca_file",
     .target = AT(email.ca_file),
     .initial = "",
     .meaning = "PEM file with who may vouch for the mail server. Empty: whom the system trusts.",
     .check = check_file},
    {.name = "email.user",
     .target = AT(email.user),
     .initial = "",
     .meaning = "Name at the mail server. Empty: none is asked for.",
     .range = {0, 256}},
    {.name = "email.password",
     .target = AT(email.password),
     .initial = "",
     .meaning = "Password there.",
     .range = {0, 1024},
     .secrecy = Secrecy::secret},
    {.name = "email.from",
     .target = AT(email.from),
     .initial = "",
     .meaning = "Address that mail comes from.",
     .range = {0, 254},
     .check = check_mail_address},
    {.name = "email.from_name",
     .target = AT(email.from_name),
     .initial = "NetherLink",
     .meaning = "Name beside it.",
     .range = {0, 100},
     .check = check_utf8},
    {.name = "email.public_url",
     .target = AT(email.public_url),
     .initial = "",
     .meaning = "Where people reach this server (`https://play.example`): links in mails begin with it.",
     .range = {0, 1024},
     .check = check_public_url},
    {.name = "email.code_ttl",
     .target = AT(email.code_ttl),
     .initial = "30m",
     .meaning = "How long a code works, from the moment its mail is sent. Told to clients.",
     .range = {s, d}},
    {.name = "email.code_attempts",
     .target = AT(email.code_attempts),
     .initial = "5",
     .meaning = "After so many wrong guesses at a code it does not work any more. Told to clients.",
     .range = {1, 100}},
    {.name = "email.timeout",
     .target = AT(email.timeout),
     .initial = "30s",
     .meaning = "How long handing one mail to the mail server may take.",
     .range = {100, 10 * min}},
    {.name = "email.retry_after",
     .target = AT(email.retry_after),
     .initial = "30s",
     .meaning =
         "When a mail that could not be handed over is tried again; twice as long after each further failure, up "
         "to an hour.",
     .range = {10, h}},
    {.name = "email.give_up_after",
     .target = AT(email.give_up_after),
     .initial = "6h",
     .meaning = "A mail that waited for that long is not sent any more.",
     .range = {s, 12 * h}},
    {.name = "email.poll_interval",
     .target = AT(email.poll_interval),
     .initial = "5s",
     .meaning = "How often a replica looks for mails that others left behind.",
     .range = {50, h}},
    {.name = "email.queue",
     .target = AT(email.queue),
     .initial = "10000",
     .meaning = "Mails that may wait, in the database; above it 503.",
     .range = {1, 10'000'000}},
    {.name = "email.threads",
     .target = AT(email.threads),
     .initial = "2",
     .meaning = "Mails that one replica hands over at a time.",
     .range = {1, 32}},
};
#undef AT

}  // namespace

std::span<const Key> email_keys() {
  return table;
}

}  // namespace netherlink::config
