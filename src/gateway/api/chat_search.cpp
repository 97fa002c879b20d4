// GET /chat/search.
#include "gateway/api/chat_calls.hpp"

namespace netherlink::gateway {
namespace {

void write_hit(core::JsonWriter& out, const im::SearchHit& hit) {
  out.begin_object().key("message");
  write_message(out, hit.message);
  out.key("highlights").begin_array();
  for (const auto& piece : hit.highlights) out.value(piece);
  out.end_array().end_object();
}

}  // namespace

Response search_messages(const ChatApi& api, const Request& request) {
  QueryInput query(request, {"q", "conversation_id", "limit", "cursor"});
  im::SearchRequest wanted;
  wanted.user_id = request.principal->user_id;
  wanted.text = query.required_text("q");
  if (const auto name = query.text("conversation_id")) {
    wanted.conversation = im::ConversationId::parse(*name);
    if (!wanted.conversation) query.fail("conversation_id", "is not a conversation id");
  }
  wanted.limit = query.page_limit();
  wanted.before = query.id_cursor().value_or(0);
  if (const auto read = query.finish(); !read) return Response::problem(read.error());
  const auto page = api.chat.search(wanted);
  if (!page) return Response::problem(page.error());
  const auto next = page->next == 0 ? std::string() : std::to_string(page->next);
  return Response::json(200, list_body(page->hits, next, write_hit));
}

}  // namespace netherlink::gateway
