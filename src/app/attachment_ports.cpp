#include "app/attachment_ports.hpp"

#include "netherlink/core/json_writer.hpp"

namespace netherlink::app {
namespace {

core::Error refused(std::string why) {
  return {errors::request_invalid, std::vector<core::FieldError>{{"extra.attachment_id", std::move(why)}}};
}

bool refers(const im::Message& message, const attachment::Use& use) {
  return message.status != im::MessageStatus::recalled && im::attachment_of(message) == use.attachment_id;
}

/// The members of an object, each with a comma before it.
std::string describe(const attachment::Attachment& attachment) {
  const auto& facts = attachment.facts;
  std::string object;
  core::JsonWriter out(object);
  out.begin_object().field("name", attachment.name).field("size", attachment.size);
  out.field("content_type", facts.content_type);
  if (facts.width > 0) out.field("width", facts.width).field("height", facts.height);
  out.field("preview", facts.preview).end_object();
  object.front() = ',';
  object.pop_back();
  return object;
}

}  // namespace

core::result<bool> MessagesOfAttachments::readable(core::UserId reader, const attachment::Use& use) {
  const auto id = im::ConversationId::parse(use.conversation_id);
  if (!id) return false;
  const auto message = chat_.find_sent(reader, *id, use.sender_id, use.client_msg_id);
  if (message) return refers(*message, use);
  return message.error().is(errors::resource_not_found) ? core::result<bool>(false) : message.error();
}

core::result<attachment::MessageLookup::State> MessagesOfAttachments::state(const attachment::Use& use) {
  const auto id = im::ConversationId::parse(use.conversation_id);
  if (!id) return State::refers_not;
  const auto message = chat_.stored(*id, use.sender_id, use.client_msg_id);
  if (!message) return message.error();
  if (!*message) return State::unknown;
  return refers(**message, use) ? State::refers : State::refers_not;
}

core::result<std::string> AttachmentsOfMessages::attach(const Wanted& wanted) {
  if (!service_) return refused("this server has no attachments");
  attachment::Use use;
  use.attachment_id = wanted.attachment_id;
  use.sender_id = wanted.sender_id;
  use.conversation_id = wanted.conversation_id;
  use.client_msg_id = wanted.client_msg_id;
  use.created_at = use.doubted_at = core::now_ms();
  const auto found = service_->find_own(use.sender_id, use.attachment_id);
  if (!found && !found.error().is(errors::resource_not_found)) return found.error();
  if (!found || !found->complete) return refused("must be a complete upload of the sender");
  const auto& facts = found->facts;
  const bool shown = facts.content_type.starts_with("image/") && attachment::is_safe_inline(facts);
  if (wanted.kind == im::MessageKind::image && !shown) return refused("is no image that can be shown");
  const auto attached = service_->attach(use);
  if (attached) return describe(*attached);
  if (attached.error().is(errors::resource_not_found)) return refused("must be a complete upload of the sender");
  return attached.error();
}

core::result<void> AttachmentsOfMessages::doubt(const im::Message& message) {
  if (!service_) return {};
  attachment::Use use;
  use.sender_id = message.sender_id;
  use.conversation_id = message.conversation_id;
  use.client_msg_id = message.client_msg_id;
  return service_->doubt(use);
}

}  // namespace netherlink::app
