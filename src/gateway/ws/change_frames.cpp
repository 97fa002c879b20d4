// message.edit, message.recall, message.react, typing.
#include "gateway/json_input.hpp"
#include "gateway/ws/frames.hpp"
#include "gateway/ws/server_frames.hpp"

namespace netherlink::gateway::ws {
namespace {

void change(FrameCall& call, JsonInput& input, im::ChangeRequest request) {
  Context& context = call.hub.context();
  request.message_id = input.id("message_id");
  if (const auto complete = input.finish(); !complete) return refuse(call, complete.error());
  request.user_id = call.session.principal().user_id;
  if (const auto wait = message_wait(context, request.user_id)) {
    return refuse(call, core::Error(errors::request_rate_limited, *wait));
  }
  const std::uint32_t number = call.session.add_request({std::move(call.id), {}, 0, call.hub.now()});
  request.origin = {call.session.connection(), number};
  submit(call, number, context.chat.prepare(std::move(request)));
}

/// On the store pool.
core::result<void> tell_typing(im::ChatService& chat, im::UserId user, const im::ConversationId& id, bool on) {
  const auto wanted = chat.typing(user, id, on);
  if (!wanted) return wanted.error();
  if (!*wanted) return {};
  im::PeopleEvent event;
  if (id.kind == im::ConversationKind::single) {
    event.users.push_back(id.peer_of(user));
  } else {
    event.conversation = id.text;
    event.except_users.push_back(user);
  }
  event.type = "typing";
  core::JsonWriter data(event.data);
  data.begin_object().field("conversation_id", id.text).key("user_id").id(user).field("on", on).end_object();
  chat.tell(std::move(event));
  return {};
}

}  // namespace

void on_message_edit(FrameCall& call) {
  JsonInput input(call.data, JsonInput::Unknown::ignore);
  im::ChangeRequest request;
  request.kind = im::ChangeKind::edit;
  request.text = input.string("content");
  change(call, input, std::move(request));
}

void on_message_recall(FrameCall& call) {
  JsonInput input(call.data, JsonInput::Unknown::ignore);
  im::ChangeRequest request;
  request.kind = im::ChangeKind::recall;
  change(call, input, std::move(request));
}

void on_message_react(FrameCall& call) {
  JsonInput input(call.data, JsonInput::Unknown::ignore);
  im::ChangeRequest request;
  request.text = input.string("emoji");
  request.kind = input.boolean("on") ? im::ChangeKind::react : im::ChangeKind::unreact;
  change(call, input, std::move(request));
}

void on_typing(FrameCall& call) {
  JsonInput input(call.data, JsonInput::Unknown::ignore);
  const auto name = input.string("conversation_id");
  const bool on = input.boolean("on");
  const auto id = im::ConversationId::parse(name);
  if (!id && input.has("conversation_id")) input.fail("conversation_id", "is not a conversation id");
  if (const auto complete = input.finish(); !complete) return refuse(call, complete.error());
  call.session.pause(Session::job);
  const auto user = call.session.principal().user_id;
  const bool accepted = call.hub.run_on_store(
      call.session.handle(), [&hub = call.hub, user, on, id = *id, request = call.id]() -> Hub::Continuation {
        const auto told = tell_typing(hub.context().chat, user, id, on);
        return [request, told](Session& session) {
          session.resume(Session::job);
          session.send([&](std::string& out) {
            if (told) {
              append_ok(out, request);
            } else {
              append_error(out, request, told.error(), {});
            }
          });
        };
      });
  if (accepted) return;
  call.session.resume(Session::job);
  refuse(call, core::Error(errors::server_overloaded, std::chrono::milliseconds(1000)));
}

}  // namespace netherlink::gateway::ws
