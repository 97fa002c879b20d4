#pragma once

#include "netherlink/core/error.hpp"

namespace netherlink::errors {

inline constexpr ErrorCode attachment_disabled{"attachment.disabled", 404, "This server takes no attachments"};
inline constexpr ErrorCode attachment_too_large{"attachment.too_large", 413, "The file is too large"};
inline constexpr ErrorCode attachment_type_refused{"attachment.type_refused", 415,
                                                   "Files of this type are not taken here"};
inline constexpr ErrorCode attachment_wrong_offset{"attachment.wrong_offset", 409, "The upload goes on elsewhere"};
inline constexpr ErrorCode attachment_busy{"attachment.busy", 409, "Another request is sending this upload"};
inline constexpr ErrorCode attachment_complete{"attachment.complete", 409, "The upload is complete"};
inline constexpr ErrorCode attachment_incomplete{"attachment.incomplete", 409, "The upload is not complete"};
inline constexpr ErrorCode attachment_in_use{"attachment.in_use", 409, "A message refers to the attachment"};
inline constexpr ErrorCode attachment_quota_exceeded{"attachment.quota_exceeded", 409,
                                                     "There is no room for this file any more"};
inline constexpr ErrorCode attachment_too_many_unfinished{"attachment.too_many_unfinished", 409,
                                                          "There are too many unfinished uploads"};
inline constexpr ErrorCode attachment_range_unsatisfiable{"attachment.range_unsatisfiable", 416,
                                                          "The range lies behind the end"};

}  // namespace netherlink::errors
