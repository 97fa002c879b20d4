#pragma once

#include <string>

#include "gateway/api/attachments.hpp"
#include "netherlink/user/types.hpp"

namespace netherlink::gateway::attachments {

// What the calls about attachments have in common.

/// Of the path; whatever is not an id is none.
core::result<attachment::AttachmentId> attachment_of(const Request& request);

// attachment_links.cpp: links that carry who asks, for <img src> and players, which cannot send a header.

struct Link {
  std::string token;
  core::Timestamp expires_at = 0;
};
/// For a time between half of attachments.link_ttl and all of it: those made soon after each other are the same, so
/// that browsers know what they have.
Link make_link(const AttachmentApi& api, attachment::AttachmentId id, const user::Principal& principal);
/// Who asks: by bearer token, or by the `token` of a link to this attachment. A link is worth no more than its session,
/// and opens nothing that its person may not read now.
core::result<user::Principal> reader_of(const AttachmentApi& api, const Request& request, attachment::AttachmentId id);

// attachment_content.cpp

Response get_content(const AttachmentApi& api, const Request& request);
Response get_thumbnail(const AttachmentApi& api, const Request& request);

// attachment_upload.cpp

std::unique_ptr<BodySink> make_upload_sink(const AttachmentApi& api, std::shared_ptr<const Request> request);

Response attachment_answer(const AttachmentApi& api, const attachment::Attachment& attachment,
                           const user::Principal& principal, int status);

}  // namespace netherlink::gateway::attachments
