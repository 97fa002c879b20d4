#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "netherlink/core/ids.hpp"

namespace netherlink::attachment {

using core::Timestamp;
using core::UserId;
using AttachmentId = std::int64_t;

/// What content is, found out from its bytes alone.
struct Facts {
  std::string hash;                    // SHA-256, 64 hexadecimal digits
  std::string content_type;            // sniffed
  std::int64_t width = 0, height = 0;  // as it is shown (turned by its EXIF orientation); 0: no image that can be shown
  bool preview = false;
  bool operator==(const Facts&) const = default;
};

struct Attachment {
  AttachmentId id = 0;
  UserId owner_id = 0;
  std::string name;           // a file name, for people
  std::int64_t size = 0;      // declared; what arrives is as long, or the upload never completes
  std::int64_t received = 0;  // bytes that are safe on disk
  std::string digest;         // of those: crypto::Sha256::save()
  bool complete = false;
  Facts facts;  // once complete
  Timestamp created_at = 0;
  Timestamp expires_at = 0;  // 0: a message refers to it
};

/// That a message, about to be sent or sent, refers to an attachment. Named by what its sender called it: that is known
/// before there is a message, and for ever.
struct Use {
  AttachmentId attachment_id = 0;
  UserId sender_id = 0;
  std::string conversation_id, client_msg_id;
  Timestamp created_at = 0;
  Timestamp doubted_at = 0;  // since when it is to be looked at; 0: it stands
};

/// What a download may be shown as in a page of the server's own origin: raster images, video and audio.
bool is_safe_inline(const Facts& facts);

struct Options {
  std::int64_t max_bytes = 0, chunk_bytes = 0, user_bytes = 0;
  std::size_t max_unfinished = 0, name_bytes = 0;
  std::vector<std::string> allowed_types, refused_types;  // image/png, image/*; allowed empty: all
  std::chrono::milliseconds upload_ttl{}, unused_ttl{}, sweep_interval{};
};

}  // namespace netherlink::attachment
