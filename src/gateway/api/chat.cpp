#include "gateway/api/chat.hpp"

#include <utility>

#include "gateway/api/chat_calls.hpp"
#include "gateway/json_input.hpp"
#include "gateway/send_input.hpp"

namespace netherlink::gateway {
namespace {

constexpr im::Seq max_seq = im::Seq{1} << 53;  // what every JSON reader can hold

Response list_conversations(const ChatApi& api, const Request& request) {
  QueryInput query(request, {"limit", "cursor"});
  const std::size_t limit = query.page_limit();
  const std::string_view cursor = query.cursor();
  if (const auto read = query.finish(); !read) return Response::problem(read.error());
  const auto page = api.chat.conversations(request.principal->user_id, cursor, limit);
  if (!page) return Response::problem(page.error());
  return Response::json(200, list_body(page->items, page->next_cursor, write_conversation));
}

Response get_conversation(const ChatApi& api, const Request& request) {
  const auto id = conversation_of(request);
  if (!id) return Response::problem(id.error());
  const auto view = api.chat.conversation(request.principal->user_id, *id);
  if (!view) return Response::problem(view.error());
  return json_answer(200, [&](core::JsonWriter& out) { write_conversation(out, *view); });
}

Response get_message(const ChatApi& api, const Request& request) {
  const auto id = message_of(request);
  if (!id) return Response::problem(id.error());
  const auto message = api.chat.find(request.principal->user_id, *id);
  if (!message) return Response::problem(message.error());
  return json_answer(200, [&](core::JsonWriter& out) { write_message(out, *message); });
}

Response get_history(const ChatApi& api, const Request& request) {
  QueryInput query(request, {"conversation_id", "before_seq", "after_seq", "limit"});
  const auto id = im::ConversationId::parse(query.required_text("conversation_id"));
  if (!id && query.text("conversation_id")) query.fail("conversation_id", "is not a conversation id");
  const auto before = query.number("before_seq", 1, max_seq), after = query.number("after_seq", 0, max_seq);
  const std::size_t limit = query.page_limit();
  if (query.text("before_seq") && query.text("after_seq")) {
    query.fail("after_seq", "at most one of before_seq and after_seq may be given");
  }
  if (const auto read = query.finish(); !read) return Response::problem(read.error());
  const auto page = api.chat.history(request.principal->user_id, *id, before, after, limit);
  if (!page) return Response::problem(page.error());
  return json_answer(200, [&](core::JsonWriter& out) {
    out.begin_object().key("messages");
    write_messages(out, page->messages);
    out.field("has_more", page->has_more).end_object();
  });
}

Response ack_answer(const CommandOutcome& outcome) {
  if (outcome.error) return Response::problem(*outcome.error);
  return json_answer(outcome.duplicate ? 200 : 201,
                     [&](core::JsonWriter& out) { write_ack(out, *outcome.message, outcome.duplicate); });
}

void send_message(const ChatApi& api, const std::shared_ptr<const Request>& request, const Responder& respond) {
  const auto object = parse_json_object(request->body, api.config.http.json_depth);
  if (!object) return respond(Response::problem(object.error()));
  JsonInput input(*object, JsonInput::Unknown::refuse);
  im::SendRequest message = read_send_request(input, api.chat.limits());
  if (const auto read = input.finish(); !read) return respond(Response::problem(read.error()));
  message.sender_id = request->principal->user_id;
  if (const auto wait = message_wait(api, message.sender_id)) {
    return respond(Response::problem({errors::request_rate_limited, *wait}));
  }
  submit(api, std::move(message), [respond](const CommandOutcome& outcome) { respond(ack_answer(outcome)); });
}

void pull_lobby(const ChatApi& api, const std::shared_ptr<const Request>& request, const Responder& respond) {
  api.lobby->pull(*request, respond);
}

Response read_answer(const CommandOutcome& outcome) {
  // What one is not a member of, one may not know of.
  if (outcome.error) {
    return Response::problem(outcome.error->is(errors::chat_not_member) ? errors::resource_not_found : *outcome.error);
  }
  const im::MarkResult& marked = *outcome.marked;
  return json_answer(200, [&](core::JsonWriter& out) {
    out.begin_object().field("conversation_id", marked.conversation_id).field("read_seq", marked.marks.read_seq);
    out.field("unread", std::max<im::Seq>(0, marked.last_seq - marked.marks.read_seq)).end_object();
  });
}

void mark_read(const ChatApi& api, const std::shared_ptr<const Request>& request, const Responder& respond) {
  const auto id = conversation_of(*request);
  if (!id) return respond(Response::problem(id.error()));
  const auto object = parse_json_object(request->body, api.config.http.json_depth);
  if (!object) return respond(Response::problem(object.error()));
  JsonInput input(*object, JsonInput::Unknown::refuse);
  im::MarkRequest mark;
  mark.seq = input.integer("seq", 0, max_seq);
  if (const auto read = input.finish(); !read) return respond(Response::problem(read.error()));
  mark.user_id = request->principal->user_id;
  mark.conversation_id = id->text;
  mark.read = true;
  submit(api, std::move(mark), [respond](const CommandOutcome& outcome) { respond(read_answer(outcome)); });
}

}  // namespace

std::vector<Route> chat_routes(const ChatApi& api) {
  const auto on_store = [api](Response (*handle)(const ChatApi&, const Request&)) {
    return Handler([api, handle](const Request& request) { return handle(api, request); });
  };
  const auto async = [api](void (*handle)(const ChatApi&, const std::shared_ptr<const Request>&, const Responder&)) {
    return AsyncHandler([api, handle](const std::shared_ptr<const Request>& request, const Responder& respond) {
      handle(api, request, respond);
    });
  };
  const auto get = [&](std::string_view pattern, Handler handler) {
    Route route;
    route.method = "GET";
    route.pattern = pattern;
    route.handler = std::move(handler);
    return route;
  };
  const auto patch = [&](std::string_view pattern, Handler handler) {
    auto route = get(pattern, std::move(handler));
    route.method = "PATCH";
    return route;
  };
  const auto submitted = [&](std::string_view method, std::string_view pattern, AsyncHandler handler) {
    Route route;
    route.method = method;
    route.pattern = pattern;
    route.async_handler = std::move(handler);
    return route;
  };
  return {
      get("/api/v1/conversations", on_store(list_conversations)),
      get("/api/v1/conversations/{id}", on_store(get_conversation)),
      patch("/api/v1/conversations/{id}", on_store(set_flags)),
      submitted("POST", "/api/v1/conversations/{id}/read", async(mark_read)),
      submitted("POST", "/api/v1/chat/messages", async(send_message)),
      get("/api/v1/chat/messages/{message_id}", on_store(get_message)),
      submitted("PATCH", "/api/v1/chat/messages/{message_id}", async(edit_message)),
      submitted("DELETE", "/api/v1/chat/messages/{message_id}", async(delete_message)),
      get("/api/v1/chat/messages/{message_id}/receipts", on_store(get_receipts)),
      get("/api/v1/chat/history", on_store(get_history)),
      get("/api/v1/chat/search", on_store(search_messages)),
      submitted("GET", "/api/v1/chat/pull/lobby", async(pull_lobby)),
  };
}

}  // namespace netherlink::gateway
