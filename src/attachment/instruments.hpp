#pragma once

#include <string_view>

#include "netherlink/metrics/metrics.hpp"

namespace netherlink::attachment {

inline void count_received(double bytes) {
  static auto& counter = metrics::counter("netherlink_attachment_received_bytes_total", "Bytes of uploads taken");
  counter.add(bytes);
}
/// complete, refused.
inline void count_upload(std::string_view result) {
  metrics::counter("netherlink_attachment_uploads_total", "Uploads that ended, by result", {{"result", result}}).add();
}
inline void count_preview(std::string_view result) {
  metrics::counter("netherlink_attachment_previews_total", "Images looked at, by result", {{"result", result}}).add();
}
/// attachment, use, content, stray_upload, stray_content.
inline void count_collected(std::string_view what) {
  metrics::counter("netherlink_attachment_collected_total", "What nobody needed any more", {{"what", what}}).add();
}

}  // namespace netherlink::attachment
