#include "gateway/send_input.hpp"

#include <array>
#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>
#include <string>

namespace netherlink::gateway {
namespace {

/// Ids of people, and "all".
std::vector<im::UserId> read_mentions(JsonInput& input, std::size_t max_count) {
  std::vector<im::UserId> mentions;
  const auto* items = input.array("mentions", max_count);
  for (std::size_t i = 0; items != nullptr && i < items->size(); ++i) {
    const auto* text = (*items)[i].if_string();
    const auto id = text ? core::parse_id({text->data(), text->size()}) : std::nullopt;
    if (id) {
      mentions.push_back(*id);
    } else if (text && *text == "all") {
      mentions.push_back(im::mention_all);
    } else {
      input.fail("mentions[" + std::to_string(i) + "]", "must be the id of a user, or all");
    }
  }
  return mentions;
}

/// What the server says of an attachment, whatever the client says of it.
constexpr std::array<std::string_view, 7> said_by_server{"attachment_id", "name",   "size",   "content_type",
                                                         "width",         "height", "preview"};

/// `attachment_id` of an image or file, and the rest of extra.
void read_attachment(JsonInput& input, im::SendRequest& request) {
  if (request.kind != "image" && request.kind != "file") return;
  const auto* const extra = input.optional_object("extra");
  const auto* const value = extra != nullptr ? extra->if_contains("attachment_id") : nullptr;
  if (value == nullptr) return;
  const auto* const text = value->if_string();
  const auto id = text != nullptr ? core::parse_id({text->data(), text->size()}) : std::nullopt;
  if (!id) return input.fail("extra.attachment_id", "must be the id of an attachment");
  request.attachment_id = *id;
  auto rest = *extra;
  for (const auto name : said_by_server) rest.erase(boost::json::string_view(name.data(), name.size()));
  request.extra = rest.empty() ? std::string() : boost::json::serialize(rest);
}

}  // namespace

im::SendRequest read_send_request(JsonInput& input, const im::Limits& limits) {
  im::SendRequest request;
  request.conversation_id = input.optional_string("conversation_id").value_or(std::string());
  request.to_user_id = input.optional_id("to_user_id").value_or(0);
  request.client_msg_id = input.string("client_msg_id");
  request.kind = input.string("kind");
  request.content = input.string("content");
  request.extra = input.optional_object_text("extra", limits.extra_bytes);
  read_attachment(input, request);
  request.reply_to = input.optional_id("reply_to").value_or(0);
  request.mentions = read_mentions(input, limits.mentions);
  request.client_time = input.optional_timestamp("client_time");
  request.signature = input.optional_string("signature").value_or(std::string());
  return request;
}

std::optional<std::chrono::milliseconds> take_message_token(cache::RateLimiter& limiter, cache::BucketSize bucket,
                                                            im::UserId user) {
  if (bucket.burst <= 0) return std::nullopt;
  return limiter.take("message:" + std::to_string(user), bucket);
}

}  // namespace netherlink::gateway
