#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "gateway/api/chat.hpp"
#include "gateway/api/query_input.hpp"
#include "gateway/encode.hpp"

namespace netherlink::gateway {

// What the calls about conversations and messages have in common.

template <class Write>
Response json_answer(int status, Write write) {
  std::string body;
  core::JsonWriter out(body);
  write(out);
  return Response::json(status, std::move(body));
}

/// Of the path. Whatever is not the id of a conversation, or of a message, is none.
core::result<im::ConversationId> conversation_of(const Request& request);
core::result<im::MessageId> message_of(const Request& request);

/// Takes one message off the user's budget, or says how long to wait.
std::optional<std::chrono::milliseconds> message_wait(const ChatApi& api, im::UserId user);

/// Hands the command to its partition; `handler` hears how it ended.
template <class CommandRequest>
void submit(const ChatApi& api, CommandRequest command_request, PendingReplies::Handler handler) {
  const im::Origin origin = api.pending.add(std::move(handler));
  command_request.origin = origin;
  const auto refuse = [&](const core::Error& error) { api.pending.complete(origin, {.error = &error}); };
  auto command = api.chat.prepare(std::move(command_request));
  if (!command) return refuse(command.error());
  if (const auto allowed = api.chat.authorise(**command); !allowed) return refuse(allowed.error());
  // Batchers belong to threads of the event loop; a single command makes a batch of its own.
  const auto batcher = api.chat.make_batcher();
  batcher->add(std::move(*command));
  batcher->flush();
}

// chat_search.cpp
Response search_messages(const ChatApi& api, const Request& request);

// chat_changes.cpp
void edit_message(const ChatApi& api, const std::shared_ptr<const Request>& request, const Responder& respond);
void delete_message(const ChatApi& api, const std::shared_ptr<const Request>& request, const Responder& respond);
Response get_receipts(const ChatApi& api, const Request& request);
Response set_flags(const ChatApi& api, const Request& request);

}  // namespace netherlink::gateway
