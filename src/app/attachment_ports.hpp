#pragma once

#include <memory>

#include "netherlink/attachment/service.hpp"
#include "netherlink/im/service.hpp"

namespace netherlink::app {

/// What attachments ask about messages.
class MessagesOfAttachments final : public attachment::MessageLookup {
 public:
  explicit MessagesOfAttachments(im::ChatService& chat) : chat_(chat) {}

  core::result<bool> readable(core::UserId reader, const attachment::Use& use) override;
  core::result<State> state(const attachment::Use& use) override;

 private:
  im::ChatService& chat_;
};

/// What messages ask about attachments.
class AttachmentsOfMessages final : public im::MessageAttachments {
 public:
  /// `service` is asked for when it is needed; it may hold nothing then: there are no attachments.
  explicit AttachmentsOfMessages(const std::unique_ptr<attachment::AttachmentService>& service) : service_(service) {}

  core::result<std::string> attach(const Wanted& wanted) override;
  core::result<void> doubt(const im::Message& message) override;

 private:
  const std::unique_ptr<attachment::AttachmentService>& service_;
};

}  // namespace netherlink::app
