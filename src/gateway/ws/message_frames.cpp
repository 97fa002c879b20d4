// message.send, message.received, message.read.
#include "gateway/json_input.hpp"
#include "gateway/send_input.hpp"
#include "gateway/ws/frames.hpp"
#include "gateway/ws/server_frames.hpp"

namespace netherlink::gateway::ws {
namespace {

constexpr im::Seq max_seq = im::Seq{1} << 53;  // what every JSON reader can hold

/// To be echoed in an error, whatever else is wrong with the frame.
std::string client_msg_id_of(const boost::json::object& data) {
  const auto* value = data.if_contains("client_msg_id");
  const auto* text = value != nullptr ? value->if_string() : nullptr;
  return text != nullptr && text->size() <= 64 ? std::string(text->data(), text->size()) : std::string();
}

void fail(Session& session, std::uint32_t number, const core::Error& error) {
  const auto request = session.take_request(number);
  if (!request) return;
  session.send([&](std::string& out) { append_error(out, request->id, error, request->client_msg_id); });
}

/// Only the store knows: the session waits, so that what it sends stays in order.
void submit_after_asking(Hub& hub, Session& session, std::uint32_t number, im::CommandPtr command) {
  // A continuation is copyable, a command is not.
  const auto asked = std::make_shared<im::CommandPtr>(std::move(command));
  session.pause(Session::job);
  const bool accepted = hub.run_on_store(session.handle(), [&hub, asked, number]() -> Hub::Continuation {
    auto allowed = hub.context().chat.authorise(**asked);
    return [&hub, asked, number, allowed](Session& sender) {
      sender.resume(Session::job);
      if (!allowed) return fail(sender, number, allowed.error());
      hub.batcher().add(std::move(*asked));
      hub.schedule_turn();
    };
  });
  if (accepted) return;
  session.resume(Session::job);
  fail(session, number, core::Error(errors::server_overloaded, std::chrono::milliseconds(1000)));
}

void mark(FrameCall& call, bool read) {
  JsonInput input(call.data, JsonInput::Unknown::ignore);
  im::MarkRequest request;
  request.conversation_id = input.string("conversation_id");
  request.seq = input.integer("seq", 0, max_seq);
  if (const auto complete = input.finish(); !complete) return refuse(call, complete.error());
  request.user_id = call.session.principal().user_id;
  request.read = read;
  const std::uint32_t number = call.session.add_request({std::move(call.id), {}, 0, call.hub.now()});
  request.origin = {call.session.connection(), number};
  submit(call, number, call.hub.context().chat.prepare(request));
}

std::size_t conversation_hash(const im::SendRequest& request) {
  constexpr std::hash<std::string> hash;
  if (request.to_user_id == 0) return hash(request.conversation_id);
  if (request.to_user_id == request.sender_id) return 0;  // there is no such conversation: it will be refused
  return hash(im::ConversationId::single(request.sender_id, request.to_user_id).text);
}

}  // namespace

void submit(FrameCall& call, std::uint32_t number, core::result<im::CommandPtr> prepared) {
  if (!prepared) return fail(call.session, number, prepared.error());
  const auto allowed = call.hub.context().chat.authorise_cached(**prepared);
  if (!allowed) return submit_after_asking(call.hub, call.session, number, std::move(*prepared));
  if (!*allowed) return fail(call.session, number, allowed->error());
  call.hub.batcher().add(std::move(*prepared));
  call.hub.schedule_turn();
}

std::optional<milliseconds> message_wait(Context& context, im::UserId sender) {
  if (!context.settings.rate_limits) return std::nullopt;
  return take_message_token(context.cache.rate_limiter(), context.settings.message_bucket, sender);
}

void on_message_send(FrameCall& call) {
  Context& context = call.hub.context();
  JsonInput input(call.data, JsonInput::Unknown::ignore);
  im::SendRequest request = read_send_request(input, context.chat.limits());
  if (const auto complete = input.finish(); !complete) {
    return refuse(call, complete.error(), client_msg_id_of(call.data));
  }
  request.sender_id = call.session.principal().user_id;
  request.session_id = call.session.principal().session_id;
  if (const auto wait = message_wait(context, request.sender_id)) {
    return refuse(call, core::Error(errors::request_rate_limited, *wait), request.client_msg_id);
  }
  const std::uint32_t number =
      call.session.add_request({std::move(call.id), request.client_msg_id, conversation_hash(request), call.hub.now()});
  request.origin = {call.session.connection(), number};
  submit(call, number, context.chat.prepare(std::move(request)));
}

void on_message_received(FrameCall& call) {
  mark(call, false);
}

void on_message_read(FrameCall& call) {
  mark(call, true);
}

}  // namespace netherlink::gateway::ws
