// PATCH, DELETE /chat/messages/{message_id}, GET …/receipts, PATCH /conversations/{id}.
#include "gateway/api/chat_calls.hpp"
#include "gateway/json_input.hpp"
#include "gateway/send_input.hpp"

namespace netherlink::gateway {
namespace {

Response message_answer(const CommandOutcome& outcome) {
  if (outcome.error) return Response::problem(*outcome.error);
  return json_answer(200, [&](core::JsonWriter& out) { write_message(out, *outcome.message); });
}

void change(const ChatApi& api, const Request& request, im::ChangeRequest wanted, const Responder& respond) {
  const auto id = message_of(request);
  if (!id) return respond(Response::problem(id.error()));
  wanted.message_id = *id;
  wanted.user_id = request.principal->user_id;
  if (const auto wait = message_wait(api, wanted.user_id)) {
    return respond(Response::problem({errors::request_rate_limited, *wait}));
  }
  submit(api, std::move(wanted), [respond](const CommandOutcome& outcome) { respond(message_answer(outcome)); });
}

}  // namespace

core::result<im::ConversationId> conversation_of(const Request& request) {
  auto id = im::ConversationId::parse(request.path_params.find("id")->second);
  if (!id) return errors::resource_not_found;
  return std::move(*id);
}

core::result<im::MessageId> message_of(const Request& request) {
  const auto id = core::parse_id(request.path_params.find("message_id")->second);
  if (!id) return errors::resource_not_found;
  return *id;
}

std::optional<std::chrono::milliseconds> message_wait(const ChatApi& api, im::UserId user) {
  const auto& limits = api.config.rate_limits;
  if (!limits.enabled) return std::nullopt;
  return take_message_token(api.limiter, {limits.message_user.burst, limits.message_user.per_second}, user);
}

void edit_message(const ChatApi& api, const std::shared_ptr<const Request>& request, const Responder& respond) {
  const auto object = parse_json_object(request->body, api.config.http.json_depth);
  if (!object) return respond(Response::problem(object.error()));
  JsonInput input(*object, JsonInput::Unknown::refuse);
  im::ChangeRequest edit;
  edit.kind = im::ChangeKind::edit;
  edit.text = input.string("content");
  if (const auto read = input.finish(); !read) return respond(Response::problem(read.error()));
  change(api, *request, std::move(edit), respond);
}

void delete_message(const ChatApi& api, const std::shared_ptr<const Request>& request, const Responder& respond) {
  QueryInput query(*request, {"scope"});
  const auto scope = query.text("scope").value_or("me");
  if (scope != "me" && scope != "all") query.fail("scope", "must be me or all");
  if (const auto read = query.finish(); !read) return respond(Response::problem(read.error()));
  im::ChangeRequest removal;
  removal.kind = scope == "all" ? im::ChangeKind::recall : im::ChangeKind::remove;
  change(api, *request, std::move(removal), respond);
}

Response get_receipts(const ChatApi& api, const Request& request) {
  const auto id = message_of(request);
  if (!id) return Response::problem(id.error());
  QueryInput query(request, {"limit", "cursor"});
  const std::size_t limit = query.page_limit();
  const auto after = query.id_cursor();
  if (const auto read = query.finish(); !read) return Response::problem(read.error());
  const auto receipts = api.chat.receipts(request.principal->user_id, *id, after.value_or(0), limit);
  if (!receipts) return Response::problem(receipts.error());
  return json_answer(200, [&](core::JsonWriter& out) {
    out.begin_object().field("delivered_count", receipts->delivered_count).field("read_count", receipts->read_count);
    out.key("items").begin_array();
    for (const auto& person : receipts->people) {
      out.begin_object().key("user_id").id(person.user_id);
      out.field("state", person.read ? "read" : "delivered").end_object();
    }
    out.end_array().key("next_cursor");
    if (receipts->next != 0) {
      out.id(receipts->next);
    } else {
      out.null();
    }
    out.end_object();
  });
}

Response set_flags(const ChatApi& api, const Request& request) {
  const auto id = conversation_of(request);
  if (!id) return Response::problem(id.error());
  const auto object = parse_json_object(request.body, api.config.http.json_depth);
  if (!object) return Response::problem(object.error());
  JsonInput input(*object, JsonInput::Unknown::refuse);
  const auto pinned = input.optional_boolean("pinned"), muted = input.optional_boolean("muted");
  if (const auto read = input.finish(); !read) return Response::problem(read.error());
  const auto user = request.principal->user_id;
  const auto view = api.chat.set_flags(user, *id, pinned, muted);
  if (!view) return Response::problem(view.error());
  std::string body;
  core::JsonWriter out(body);
  write_conversation(out, *view);
  im::PeopleEvent event;
  event.users = {user};
  event.type = "conversation.updated";
  event.data = R"({"conversation":)" + body + "}";
  api.chat.tell(std::move(event));
  return Response::json(200, std::move(body));
}

}  // namespace netherlink::gateway
