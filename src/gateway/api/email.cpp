// POST /auth/email/verify, /auth/email/verify/request, /auth/password/reset, /auth/password/reset/request; PUT, DELETE
// /users/me/email.
#include "gateway/api/email.hpp"

#include <algorithm>
#include <charconv>

#include "gateway/encode.hpp"
#include "gateway/http/client_address.hpp"
#include "gateway/json_input.hpp"
#include "netherlink/crypto/encoding.hpp"
#include "netherlink/log/log.hpp"
#include "netherlink/user/names.hpp"

namespace netherlink::gateway {
namespace {

constexpr std::size_t password_bytes = 1024, address_bytes = 254, code_bytes = 128;

Response pending() {
  return Response::json(202, R"({"status":"pending"})");
}

core::result<void> take(const EmailHandlers& api, const std::string& key, const config::Config::Bucket& bucket) {
  if (!api.config.rate_limits.enabled) return {};
  if (const auto wait = api.limiter.take(key, {bucket.burst, bucket.per_second})) {
    return core::Error(errors::request_rate_limited, *wait);
  }
  return {};
}

/// Mails to one address, whoever asks for them, and whether somebody has it or not.
core::result<void> take_address(const EmailHandlers& api, const std::string& address) {
  const auto key = user::email_key(address);
  if (!key) return key.error();
  // What is shared with a cache needs not hold the address.
  return take(api, "email_address:" + crypto::to_hex(crypto::sha256(*key)), api.config.rate_limits.email_address);
}

core::result<void> take_user(const EmailHandlers& api, user::UserId user) {
  return take(api, "email_user:" + std::to_string(user), api.config.rate_limits.email_ip);
}

/// Guesses at the password of somebody who is signed in.
core::result<void> take_account(const EmailHandlers& api, user::UserId user) {
  return take(api, "login_account:" + std::to_string(user), api.config.rate_limits.login_account);
}

mail::Language language_of(const Request& request) {
  return gateway::language_of(request.header("accept-language"));
}

Response request_verification(const EmailHandlers& api, const Request& request) {
  const auto user = request.principal->user_id;
  if (auto taken = take_user(api, user); !taken) return Response::problem(taken.error());
  const auto asked = api.mail.request_verification(user, language_of(request));
  return asked ? pending() : Response::problem(asked.error());
}

Response verify(const EmailHandlers& api, const Request& request) {
  const auto object = parse_json_object(request.body, api.config.http.json_depth);
  if (!object) return Response::problem(object.error());
  JsonInput input(*object, JsonInput::Unknown::refuse);
  const std::string code = input.string("code", {.min = 1, .max = code_bytes});
  if (auto read = input.finish(); !read) return Response::problem(read.error());
  const auto user = api.mail.verify(code);
  if (!user) return Response::problem(user.error());
  api.users.forget(*user);
  return Response::no_content();
}

Response request_reset(const EmailHandlers& api, const Request& request) {
  const auto object = parse_json_object(request.body, api.config.http.json_depth);
  if (!object) return Response::problem(object.error());
  JsonInput input(*object, JsonInput::Unknown::refuse);
  const std::string address = input.string("email", {.min = 1, .max = address_bytes});
  if (auto read = input.finish(); !read) return Response::problem(read.error());
  if (!api.mail.enabled()) return Response::problem(errors::email_disabled);
  if (auto taken = take_address(api, address); !taken) return Response::problem(taken.error());
  const auto asked = api.mail.request_reset(address, language_of(request));
  return asked ? pending() : Response::problem(asked.error());
}

Response reset(const EmailHandlers& api, const Request& request) {
  const auto object = parse_json_object(request.body, api.config.http.json_depth);
  if (!object) return Response::problem(object.error());
  JsonInput input(*object, JsonInput::Unknown::refuse);
  const std::string code = input.string("code", {.min = 1, .max = code_bytes});
  const std::string password = input.string("password");
  if (auto read = input.finish(); !read) return Response::problem(read.error());
  const auto user = api.mail.reset(code, password, language_of(request));
  return user ? Response::no_content() : Response::problem(user.error());
}

Response change_address(const EmailHandlers& api, const Request& request) {
  const auto object = parse_json_object(request.body, api.config.http.json_depth);
  if (!object) return Response::problem(object.error());
  JsonInput input(*object, JsonInput::Unknown::refuse);
  const std::string address = input.string("email", {.min = 1, .max = address_bytes});
  const std::string password = input.string("password", {.min = 0, .max = password_bytes});
  if (auto read = input.finish(); !read) return Response::problem(read.error());
  if (!api.mail.enabled()) return Response::problem(errors::email_disabled);
  const auto id = request.principal->user_id;
  auto taken = take_account(api, id);
  if (taken) taken = take_address(api, address);
  if (taken) taken = take_user(api, id);
  if (!taken) return Response::problem(taken.error());
  const auto user = api.mail.change(id, password, address, language_of(request));
  if (!user) return Response::problem(user.error());
  api.users.forget(id);
  std::string body;
  core::JsonWriter out(body);
  write_user(out, *user, true);
  return Response::json(202, std::move(body));
}

Response remove_address(const EmailHandlers& api, const Request& request) {
  const auto object = parse_json_object(request.body, api.config.http.json_depth);
  if (!object) return Response::problem(object.error());
  JsonInput input(*object, JsonInput::Unknown::refuse);
  const std::string password = input.string("password", {.min = 0, .max = password_bytes});
  if (auto read = input.finish(); !read) return Response::problem(read.error());
  const auto id = request.principal->user_id;
  if (auto taken = take_account(api, id); !taken) return Response::problem(taken.error());
  const auto removed = api.mail.remove(id, password, language_of(request));
  if (!removed) return Response::problem(removed.error());
  api.users.forget(id);
  return Response::no_content();
}

std::string_view trimmed(std::string_view text) {
  while (text.starts_with(' ') || text.starts_with('\t')) text.remove_prefix(1);
  while (text.ends_with(' ') || text.ends_with('\t')) text.remove_suffix(1);
  return text;
}

/// The weight of `;q=0.5`, in thousandths; without one 1000.
int weight_of(std::string_view parameters) {
  const auto begin = parameters.find("q=");
  if (begin == parameters.npos) return 1000;
  double weight = 0;
  const auto text = parameters.substr(begin + 2);
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), weight);
  return problem == std::errc{} && weight >= 0 && weight <= 1 ? static_cast<int>(weight * 1000) : 0;
}

using Call = Response (*)(const EmailHandlers&, const Request&);

}  // namespace

mail::Language language_of(std::string_view accept_language) {
  auto best = mail::Language::english;
  int best_weight = 0;
  while (!accept_language.empty()) {
    const auto end = std::min(accept_language.find(','), accept_language.size());
    const auto one = trimmed(accept_language.substr(0, end));
    accept_language.remove_prefix(std::min(end + 1, accept_language.size()));
    const auto range_end = std::min(one.find(';'), one.size());
    std::string range(trimmed(one.substr(0, range_end)));
    std::ranges::transform(range, range.begin(),
                           [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 32) : c; });
    const bool chinese = range == "zh" || range.starts_with("zh-"), english = range == "en" || range.starts_with("en-");
    const int weight = weight_of(one.substr(range_end));
    if ((chinese || english) && weight > best_weight) {
      best = chinese ? mail::Language::chinese : mail::Language::english;
      best_weight = weight;
    }
  }
  return best;
}

void greet_by_mail(const EmailHandlers& api, const user::User& user, const Request& request) {
  if (!api.mail.enabled() || user.email.empty() || user.email_verified) return;
  auto asked =
      take(api, std::string("email_ip:").append(rate_key(request.remote_address)), api.config.rate_limits.email_ip);
  if (asked) asked = take_address(api, user.email);
  if (asked) asked = api.mail.request_verification(user.id, language_of(request));
  if (!asked)
    log::warn("address of a new account not asked about",
              {{"user_id", user.id}, {"reason", asked.error().code().name}});
}

std::vector<Route> email_routes(const EmailHandlers& handlers) {
  const auto route = [&handlers](std::string_view method, std::string_view pattern, Access access, Lane lane, Call call,
                                 RateClass rate_class) {
    return Route{.method = method,
                 .pattern = pattern,
                 .access = access,
                 .lane = lane,
                 .handler = [handlers, call](const Request& request) { return call(handlers, request); },
                 .async_handler = {},
                 .rate_class = rate_class};
  };
  constexpr Access open = Access::open, token = Access::token;
  constexpr Lane store = Lane::store, password = Lane::password;
  constexpr RateClass mails = RateClass::mail, codes = RateClass::mail_code, none = RateClass::none;
  return {
      route("POST", "/api/v1/auth/email/verify/request", token, store, request_verification, mails),
      route("POST", "/api/v1/auth/email/verify", open, store, verify, codes),
      route("POST", "/api/v1/auth/password/reset/request", open, store, request_reset, mails),
      route("POST", "/api/v1/auth/password/reset", open, password, reset, codes),
      route("PUT", "/api/v1/users/me/email", token, password, change_address, mails),
      route("DELETE", "/api/v1/users/me/email", token, password, remove_address, none),
  };
}

}  // namespace netherlink::gateway
