// POST /auth/register, /login, /refresh, /logout.
#include <algorithm>
#include <iterator>

#include "gateway/api/account_calls.hpp"
#include "gateway/encode.hpp"
#include "gateway/json_input.hpp"
#include "gateway/vpn_json.hpp"
#include "netherlink/log/log.hpp"
#include "netherlink/user/names.hpp"

namespace netherlink::gateway::accounts {
namespace {

constexpr std::size_t overview_conversations = 100, overview_messages = 20;
constexpr std::size_t password_bytes = 1024;

user::Device read_device(JsonInput& input) {
  const auto* object = input.optional_object("device");
  if (!object) return {};
  JsonInput nested(*object, JsonInput::Unknown::refuse, input.path_of("device"));
  user::Device device{.id = nested.optional_string("id").value_or(""),
                      .name = nested.optional_string("name").value_or(""),
                      .platform = nested.optional_string("platform").value_or("")};
  input.merge(std::move(nested));
  return device;
}

/// Also what is wrong with the fields that could be read.
core::Error with_problems(const core::Error& error, std::vector<core::FieldError> more) {
  std::vector<core::FieldError> all = error.fields();
  std::erase_if(more, [&](const core::FieldError& problem) {
    return std::ranges::find(error.fields(), problem.field, &core::FieldError::field) != error.fields().end();
  });
  all.insert(all.end(), std::make_move_iterator(more.begin()), std::make_move_iterator(more.end()));
  return {error.code(), std::move(all)};
}

void write_tokens(core::JsonWriter& out, const user::Tokens& tokens) {
  out.field("access_token", tokens.access_token).field("refresh_token", tokens.refresh_token);
  out.field("token_type", "Bearer").field("expires_in", tokens.expires_in);
  out.key("session_id").id(tokens.session_id);
}

/// What is new for the person. An account is usable while messages are not: then there is nothing, and `welcome` tells.
void write_overview(core::JsonWriter& out, im::ChatService& chat, user::UserId user) {
  const auto page = chat.conversations(user, {}, overview_conversations);
  const auto recent = chat.recent_messages(user, overview_messages);
  if (!page || !recent) log::warn("login answered without messages", {{"user_id", user}});
  out.key("unread_counts").begin_object();
  if (page) {
    for (const im::ConversationView& conversation : page->items) {
      if (conversation.unread() > 0) out.field(conversation.id.text, conversation.unread());
    }
  }
  out.end_object().key("recent_messages");
  write_messages(out, recent ? std::span<const im::Message>(*recent) : std::span<const im::Message>());
}

Response login_answer(const AccountHandlers& api, int status, const user::Login& login, const user::Device& device) {
  std::string body;
  core::JsonWriter out(body);
  out.begin_object().key("user");
  write_user(out, login.user, true);
  write_tokens(out, login.tokens);
  out.key("heartbeat");
  write_heartbeat(out, api.config.heartbeat);
  write_overview(out, api.chat, login.user.id);
  out.key("vpn");
  write_vpn_access(out, api.greet({login.user.id, login.tokens.session_id, device.id}));
  out.end_object();
  return Response::json(status, std::move(body));
}

}  // namespace

core::result<void> take_account_bucket(const AccountHandlers& api, const std::string& account) {
  const auto& limits = api.config.rate_limits;
  if (!limits.enabled) return {};
  const cache::BucketSize size{limits.login_account.burst, limits.login_account.per_second};
  if (const auto wait = api.limiter.take("login_account:" + account, size)) {
    return core::Error(errors::request_rate_limited, *wait);
  }
  return {};
}

Response register_user(const AccountHandlers& api, const Request& request) {
  const auto object = parse_json_object(request.body, api.config.http.json_depth);
  if (!object) return Response::problem(object.error());
  JsonInput input(*object, JsonInput::Unknown::refuse);
  user::Registration registration;
  registration.username = input.string("username");
  registration.password = input.string("password");
  registration.nickname = input.optional_string("nickname");
  registration.email = input.optional_string("email");
  registration.device = read_device(input);
  if (auto read = input.finish(); !read) {
    return Response::problem(with_problems(read.error(), api.accounts.problems(registration)));
  }
  const auto login = api.accounts.register_user(registration);
  if (!login) return Response::problem(login.error());
  api.welcome(login->user, request);
  return login_answer(api, 201, *login, registration.device);
}

Response login(const AccountHandlers& api, const Request& request) {
  const auto object = parse_json_object(request.body, api.config.http.json_depth);
  if (!object) return Response::problem(object.error());
  JsonInput input(*object, JsonInput::Unknown::refuse);
  const std::string name = input.string("username");
  const std::string password = input.string("password", {.min = 0, .max = password_bytes});
  const user::Device device = read_device(input);
  if (auto read = input.finish(); !read) return Response::problem(read.error());
  if (const auto key = user::login_key(name)) {
    if (auto taken = take_account_bucket(api, *key); !taken) return Response::problem(taken.error());
  }
  const auto login = api.accounts.login(name, password, device);
  if (!login) return Response::problem(login.error());
  return login_answer(api, 200, *login, device);
}

Response register_guest(const AccountHandlers& api, const Request& request) {
  if (!api.config.guests.enabled) return Response::problem(errors::resource_not_found);
  const auto object = parse_json_object(request.body, api.config.http.json_depth);
  if (!object) return Response::problem(object.error());
  JsonInput input(*object, JsonInput::Unknown::refuse);
  const std::string nickname = input.string("nickname");
  const auto code = input.optional_string("code");
  const user::Device device = read_device(input);
  if (auto read = input.finish(); !read) return Response::problem(read.error());
  const auto login = api.accounts.register_guest(nickname, device);
  if (!login) return Response::problem(login.error());
  if (code) {
    if (auto entered = api.enter(login->user.id, *code); !entered) {
      api.accounts.forget_guest(login->user.id);
      return Response::problem(entered.error());
    }
  }
  return login_answer(api, 201, *login, device);
}

Response upgrade(const AccountHandlers& api, const Request& request) {
  const auto object = parse_json_object(request.body, api.config.http.json_depth);
  if (!object) return Response::problem(object.error());
  JsonInput input(*object, JsonInput::Unknown::refuse);
  user::Registration registration;
  registration.username = input.string("username");
  registration.password = input.string("password");
  registration.email = input.optional_string("email");
  if (auto read = input.finish(); !read) {
    return Response::problem(with_problems(read.error(), api.accounts.problems(registration)));
  }
  const auto user = api.accounts.upgrade(request.principal->user_id, registration);
  if (!user) return Response::problem(user.error());
  api.users.forget(user->id);
  api.welcome(*user, request);
  std::string body;
  core::JsonWriter out(body);
  write_user(out, *user, true);
  return Response::json(200, std::move(body));
}

Response refresh(const AccountHandlers& api, const Request& request) {
  const auto object = parse_json_object(request.body, api.config.http.json_depth);
  if (!object) return Response::problem(object.error());
  JsonInput input(*object, JsonInput::Unknown::refuse);
  const std::string token = input.string("refresh_token");
  if (auto read = input.finish(); !read) return Response::problem(read.error());
  const auto tokens = api.accounts.refresh(token);
  if (!tokens) return Response::problem(tokens.error());
  std::string body;
  core::JsonWriter out(body);
  out.begin_object();
  write_tokens(out, *tokens);
  out.end_object();
  return Response::json(200, std::move(body));
}

Response logout(const AccountHandlers& api, const Request& request) {
  const auto ended = api.accounts.logout(*request.principal);
  return ended ? Response::no_content() : Response::problem(ended.error());
}

}  // namespace netherlink::gateway::accounts
