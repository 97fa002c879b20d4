#include "attachment/reception.hpp"

#include <array>

#include "attachment/instruments.hpp"
#include "attachment/sniff.hpp"

namespace netherlink::attachment {

core::result<void> StagedReception::take(std::string_view bytes) {
  const auto count = static_cast<std::int64_t>(bytes.size());
  if (count > attachment_.size - attachment_.received - taken_) {
    broken_ = true;  // what this request brought is not what was announced: none of it counts
    return errors::request_too_large;
  }
  if (auto written = writer_->append(bytes); !written) {
    broken_ = true;
    return written;
  }
  digest_.update(bytes);
  taken_ += count;
  count_received(static_cast<double>(count));
  return {};
}

/// Safe on disk before the database says so.
core::result<void> StagedReception::save() {
  if (taken_ == 0) return {};
  if (auto synced = writer_->sync(); !synced) return synced;
  const auto from = attachment_.received;
  attachment_.received += std::exchange(taken_, 0);
  attachment_.digest = digest_.save();
  attachment_.expires_at = core::now_ms() + deps_.options.upload_ttl.count();
  const auto advanced = deps_.repository.advance(attachment_, from);
  if (!advanced) return advanced.error();
  return *advanced ? core::result<void>() : core::result<void>(errors::resource_not_found);
}

core::result<Attachment> StagedReception::finish() {
  if (auto saved = save(); !saved) return saved.error();
  if (attachment_.received < attachment_.size) return attachment_;
  return complete();
}

void StagedReception::interrupt() {
  if (!broken_) (void)save();
}

core::result<Attachment> StagedReception::complete() {
  const auto hash = digest_.finish();
  std::string preview;
  auto facts = find_facts(hash, preview);
  if (!facts) {
    if (!facts.error().is(errors::attachment_type_refused)) return facts.error();
    count_upload("refused");
    (void)deps_.repository.remove(attachment_.id, attachment_.owner_id);
    (void)deps_.blobs.discard(attachment_.id);
    return facts.error();
  }
  const auto place = [&]() -> core::result<void> {
    if (auto placed = deps_.blobs.publish(attachment_.id, hash, preview); !placed) return placed;
    // Content that was there a moment ago may have been collected since, with its preview.
    const bool lost = facts->preview && preview.empty() && !deps_.blobs.read_preview(hash);
    return lost ? core::result<void>(errors::server_unavailable) : core::result<void>();
  };
  const auto expires_at = core::now_ms() + deps_.options.unused_ttl.count();
  const auto completed = deps_.repository.complete(attachment_.id, *facts, expires_at, place);
  if (!completed) return completed.error();
  if (!*completed) return errors::resource_not_found;
  writer_.reset();
  (void)deps_.blobs.discard(attachment_.id);  // what is left of it is found by the collector
  count_upload("complete");
  attachment_.complete = true;
  attachment_.facts = std::move(*facts);
  attachment_.expires_at = expires_at;
  return attachment_;
}

core::result<Facts> StagedReception::find_facts(const std::string& hash, std::string& preview) {
  const auto known = deps_.repository.find_content(hash);
  if (!known) return known.error();
  Facts facts = known->value_or(Facts());
  const auto staged = deps_.blobs.read_staged(attachment_.id);
  if (!staged) return staged.error();
  if (!*known) {
    std::array<char, sniffed_bytes> head{};
    const auto got = (*staged)->read(0, head);
    if (!got) return got.error();
    facts.hash = hash;
    facts.content_type = sniff({head.data(), *got});
  }
  const auto& options = deps_.options;
  const bool allowed = options.allowed_types.empty() || matches_any(options.allowed_types, facts.content_type);
  if (!allowed || matches_any(options.refused_types, facts.content_type)) return errors::attachment_type_refused;
  if (*known || !facts.content_type.starts_with("image/")) return facts;
  if (auto image = deps_.images.inspect(**staged, facts.content_type)) {
    facts.width = image->width;
    facts.height = image->height;
    facts.preview = !image->preview.empty();
    preview = std::move(image->preview);
  }
  count_preview(facts.preview ? "made" : facts.width > 0 ? "measured" : "refused");
  return facts;
}

}  // namespace netherlink::attachment
