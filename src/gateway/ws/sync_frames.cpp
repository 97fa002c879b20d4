// sync, lobby.join, lobby.leave.
#include <algorithm>
#include <memory>

#include "gateway/encode.hpp"
#include "gateway/json_input.hpp"
#include "gateway/ws/frames.hpp"
#include "gateway/ws/server_frames.hpp"

namespace netherlink::gateway::ws {
namespace {

constexpr std::size_t default_page = 100;
constexpr im::Seq max_seq = im::Seq{1} << 53;  // what every JSON reader can hold

struct SyncInput {
  std::vector<im::SyncRequest> requests;
  std::vector<std::string> unknown;  // not even the form of a conversation id
  std::size_t limit = default_page;
};

core::result<SyncInput> read_sync(const boost::json::object& data, const im::Limits& limits) {
  JsonInput input(data, JsonInput::Unknown::ignore);
  SyncInput sync;
  sync.limit = static_cast<std::size_t>(
      input.optional_integer("limit", 1, static_cast<std::int64_t>(limits.sync_page)).value_or(default_page));
  const auto* items = input.array("conversations", limits.sync_conversations);
  if (items == nullptr && !input.has("conversations")) input.fail("conversations", "is required");
  for (std::size_t i = 0; items != nullptr && i < items->size(); ++i) {
    const std::string path = "conversations[" + std::to_string(i) + "]";
    const auto* object = (*items)[i].if_object();
    if (object == nullptr) {
      input.fail(path, "must be an object");
      continue;
    }
    JsonInput item(*object, JsonInput::Unknown::ignore, path);
    const std::string id = item.string("conversation_id");
    im::SyncRequest request;
    request.after_seq = item.integer("after_seq", 0, max_seq);
    request.after_revision = item.optional_integer("after_revision", 0, max_seq);
    input.merge(std::move(item));
    if (auto parsed = im::ConversationId::parse(id)) {
      request.id = std::move(*parsed);
      sync.requests.push_back(std::move(request));
    } else {
      sync.unknown.push_back(id);
    }
  }
  if (const auto complete = input.finish(); !complete) return complete.error();
  return sync;
}

void write_refusal(core::JsonWriter& out, std::string_view conversation, const core::ErrorCode& code) {
  out.begin_object().field("conversation_id", conversation);
  out.key("error").begin_object().field("code", code.name).end_object().end_object();
}

/// One conversation's part, its messages cut (and `complete` false) once the frame holds `budget` bytes: an answer must
/// fit into the queue of a session. Answers whether it is complete.
bool write_item(core::JsonWriter& out, const im::SyncItem& item, std::size_t budget) {
  bool cut = false;
  const auto write_some = [&](const std::vector<im::Message>& messages) {
    out.begin_array();
    for (std::size_t i = 0; i < messages.size() && !cut; ++i) {
      write_message(out, messages[i]);
      cut = out.out().size() >= budget && i + 1 < messages.size();
    }
    out.end_array();
  };
  out.begin_object().field("conversation_id", item.conversation_id).key("messages");
  write_some(item.messages);
  out.key("updates");
  // Without all the messages the client asks again from the same revision.
  write_some(cut ? std::vector<im::Message>() : item.updates);
  out.field("last_seq", item.head.last_seq).field("revision", item.head.revision);
  out.field("complete", item.complete && !cut).end_object();
  return item.complete && !cut;
}

struct SyncAnswer {
  std::string frame;
  bool complete = true;
};

/// One conversation after the other, so that never more than one page is in memory; behind the budget, one message
/// each.
core::result<SyncAnswer> answer_sync(Context& context, user::UserId user, std::string_view id, const SyncInput& sync) {
  const std::size_t budget = context.settings.send_queue_bytes / 2;
  SyncAnswer answer;
  const std::size_t start = begin_json_frame(answer.frame, "sync.result", id);
  core::JsonWriter out(answer.frame);
  out.begin_object().key("conversations").begin_array();
  for (const auto& request : sync.requests) {
    const std::size_t limit = answer.frame.size() < budget ? sync.limit : 1;
    const auto items = context.chat.sync(user, std::span(&request, 1), limit);
    if (!items) return items.error();
    for (const auto& item : *items) {
      if (item.error) {
        write_refusal(out, item.conversation_id, item.error->code());
      } else if (!write_item(out, item, budget)) {
        answer.complete = false;
      }
    }
  }
  for (const auto& conversation : sync.unknown) write_refusal(out, conversation, errors::resource_not_found);
  out.end_array().end_object();
  end_json_frame(answer.frame, start);
  return answer;
}

}  // namespace

void on_sync(FrameCall& call) {
  Context& context = call.hub.context();
  auto sync = read_sync(call.data, context.chat.limits());
  if (!sync) return refuse(call, sync.error());
  call.session.pause(Session::job);
  const user::UserId user = call.session.principal().user_id;
  const bool accepted = call.hub.run_on_store(
      call.session.handle(), [&context, user, id = call.id, sync = std::move(*sync)]() -> Hub::Continuation {
        auto answer = std::make_shared<core::result<SyncAnswer>>(answer_sync(context, user, id, sync));
        return [&context, id, answer](Session& session) {
          session.resume(Session::job);
          if (!*answer) return session.send([&](std::string& out) { append_error(out, id, answer->error(), {}); });
          ((*answer)->complete ? context.metrics.resumed : context.metrics.resumed_in_part).add();
          session.send_big(std::move((*answer)->frame));
        };
      });
  if (accepted) return;
  call.session.resume(Session::job);
  refuse(call, core::Error(errors::server_overloaded, std::chrono::milliseconds(1000)));
}

void on_lobby_join(FrameCall& call) {
  const im::ConversationId world = im::ConversationId::world();
  Topics& topics = call.hub.topics();
  const Topic* const known = topics.find(world.text);
  const auto done = [](Session& session, std::string_view id) {
    session.send([&](std::string& out) { append_ok(out, id); });
  };
  if (known != nullptr && Topics::is_subscribed(call.session, *known)) return done(call.session, call.id);

  // As at the start: first subscribe, then read where the lobby is; the session waits, and hears what follows.
  Topic& topic = topics.find_or_add(world, Topic::from_head);
  topics.subscribe(call.session, topic, std::max<im::Seq>(topic.last_seq, 0));
  if (topic.last_seq >= 0) return done(call.session, call.id);
  call.session.pause(Session::job);
  const bool accepted =
      call.hub.run_on_store(call.session.handle(), [&hub = call.hub, id = call.id, done]() -> Hub::Continuation {
        const std::string name = im::ConversationId::world().text;
        auto heads =
            std::make_shared<core::result<std::vector<im::Head>>>(hub.context().chat.heads(std::span(&name, 1)));
        return [&hub, id, done, heads](Session& session) {
          session.resume(Session::job);
          if (Topic* const joined = hub.topics().find(im::ConversationId::world().text)) {
            if (*heads) {
              hub.fan_out().set_baseline(*joined, (**heads)[0]);
            } else {
              hub.fan_out().forget_head(*joined);
            }
          }
          done(session, id);
        };
      });
  if (!accepted) {
    call.session.resume(Session::job);
    call.hub.fan_out().forget_head(topic);
    done(call.session, call.id);
  }
}

void on_lobby_leave(FrameCall& call) {
  Topics& topics = call.hub.topics();
  if (Topic* const world = topics.find(im::ConversationId::world().text)) topics.unsubscribe(call.session, *world);
  call.session.send([&](std::string& out) { append_ok(out, call.id); });
}

}  // namespace netherlink::gateway::ws
