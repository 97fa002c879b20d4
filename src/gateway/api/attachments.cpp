#include "gateway/api/attachments.hpp"

#include "gateway/api/attachment_calls.hpp"
#include "gateway/json_input.hpp"
#include "netherlink/core/json_writer.hpp"

namespace netherlink::gateway {
namespace attachments {
namespace {

constexpr std::int64_t largest_size = std::int64_t{1} << 53;  // what every JSON reader can hold

std::optional<std::chrono::milliseconds> announce_wait(const AttachmentApi& api, core::UserId user) {
  const auto& limits = api.config.rate_limits;
  if (!limits.enabled || limits.attachment_user.burst <= 0) return std::nullopt;
  return api.cache.rate_limiter().take("attachment:" + std::to_string(user),
                                       {limits.attachment_user.burst, limits.attachment_user.per_second});
}

/// Whoever names a conversation wants to know early whether they may.
core::result<void> check_conversation(const AttachmentApi& api, core::UserId user,
                                      const std::optional<std::string>& text) {
  if (!text) return {};
  const auto id = im::ConversationId::parse(*text);
  if (!id) {
    return core::Error(errors::request_invalid,
                       std::vector<core::FieldError>{{"conversation_id", "is not a conversation id"}});
  }
  const auto view = api.chat.conversation(user, *id);
  return view ? core::result<void>() : core::result<void>(view.error());
}

Response announce(const AttachmentApi& api, const Request& request) {
  const auto object = parse_json_object(request.body, api.config.http.json_depth);
  if (!object) return Response::problem(object.error());
  JsonInput input(*object, JsonInput::Unknown::refuse);
  attachment::AttachmentService::Announced announced;
  announced.name = input.string("name");
  announced.size = input.integer("size", 1, largest_size);
  announced.content_type = input.optional_string("content_type").value_or(std::string());
  const auto conversation = input.optional_string("conversation_id");
  if (const auto read = input.finish(); !read) return Response::problem(read.error());
  const auto user = request.principal->user_id;
  if (const auto wait = announce_wait(api, user)) return Response::problem({errors::request_rate_limited, *wait});
  if (const auto fine = check_conversation(api, user, conversation); !fine) return Response::problem(fine.error());
  const auto attachment = api.service->announce(user, std::move(announced));
  if (!attachment) return Response::problem(attachment.error());
  auto response = attachment_answer(api, *attachment, *request.principal, 201);
  response.headers.emplace_back("Location", "/api/v1/attachments/" + std::to_string(attachment->id));
  return response;
}

Response get(const AttachmentApi& api, const Request& request) {
  const auto id = attachment_of(request);
  if (!id) return Response::problem(id.error());
  const auto attachment = api.service->find(request.principal->user_id, *id);
  if (!attachment) return Response::problem(attachment.error());
  return attachment_answer(api, *attachment, *request.principal, 200);
}

Response remove(const AttachmentApi& api, const Request& request) {
  const auto id = attachment_of(request);
  if (!id) return Response::problem(id.error());
  const auto removed = api.service->remove(request.principal->user_id, *id);
  return removed ? Response::no_content() : Response::problem(removed.error());
}

void write_links(core::JsonWriter& out, const AttachmentApi& api, const attachment::Attachment& attachment,
                 const user::Principal& principal) {
  const auto link = make_link(api, attachment.id, principal);
  const auto url = [&](std::string_view what) {
    std::string text("/api/v1/attachments/");
    return text.append(std::to_string(attachment.id)).append(what).append("?token=").append(link.token);
  };
  out.field("url", url("/content"));
  if (attachment.facts.preview) out.field("thumbnail_url", url("/thumbnail"));
  out.key("url_expires_at").timestamp(link.expires_at);
}

}  // namespace

core::result<attachment::AttachmentId> attachment_of(const Request& request) {
  const auto id = core::parse_id(request.path_params.find("id")->second);
  if (!id) return errors::resource_not_found;
  return *id;
}

Response attachment_answer(const AttachmentApi& api, const attachment::Attachment& attachment,
                           const user::Principal& principal, int status) {
  std::string body;
  core::JsonWriter out(body);
  const auto& facts = attachment.facts;
  const bool own = attachment.owner_id == principal.user_id;
  out.begin_object().key("attachment_id").id(attachment.id);
  out.field("name", attachment.name).field("size", attachment.size).field("offset", attachment.received);
  out.field("status", attachment.complete ? "complete" : "uploading");
  out.key("created_at").timestamp(attachment.created_at);
  if (own && attachment.expires_at > 0) out.key("expires_at").timestamp(attachment.expires_at);
  if (attachment.complete) {
    out.field("content_type", facts.content_type).field("sha256", facts.hash);
    if (facts.width > 0) out.field("width", facts.width).field("height", facts.height);
    out.field("preview", facts.preview);
    write_links(out, api, attachment, principal);
  } else {
    out.field("chunk_bytes", api.service->options().chunk_bytes);
  }
  out.end_object();
  auto response = Response::json(status, std::move(body));
  response.headers.emplace_back("Upload-Offset", std::to_string(attachment.received));
  return response;
}

}  // namespace attachments

std::vector<Route> attachment_routes(const AttachmentApi& api) {
  using Call = Response (*)(const AttachmentApi&, const Request&);
  const auto route = [&api](std::string_view method, std::string_view pattern, Lane lane, Call call) {
    Route made;
    made.method = method;
    made.pattern = pattern;
    made.lane = lane;
    made.handler = [api, call](const Request& request) {
      return api.service != nullptr ? call(api, request) : Response::problem(errors::attachment_disabled);
    };
    return made;
  };
  /// The token may be in the link: the handler asks for it.
  const auto open_route = [&](std::string_view pattern, Call call) {
    auto made = route("GET", pattern, Lane::transfer, call);
    made.access = Access::open;
    return made;
  };
  Route upload;
  upload.method = "PATCH";
  upload.pattern = "/api/v1/attachments/{id}";
  upload.lane = Lane::transfer;
  upload.sink = [api](std::shared_ptr<const Request> request) {
    return attachments::make_upload_sink(api, std::move(request));
  };
  upload.body_bytes = api.config.attachments.chunk_bytes;
  return {
      route("POST", "/api/v1/attachments", Lane::store, attachments::announce),
      route("GET", "/api/v1/attachments/{id}", Lane::store, attachments::get),
      std::move(upload),
      route("DELETE", "/api/v1/attachments/{id}", Lane::transfer, attachments::remove),
      open_route("/api/v1/attachments/{id}/content", attachments::get_content),
      open_route("/api/v1/attachments/{id}/thumbnail", attachments::get_thumbnail),
  };
}

}  // namespace netherlink::gateway
