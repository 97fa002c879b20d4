#include "netherlink/attachment/service.hpp"

#include <algorithm>

#include "attachment/collector.hpp"
#include "attachment/reception.hpp"
#include "attachment/sniff.hpp"
#include "netherlink/id/snowflake.hpp"

namespace netherlink::attachment {
namespace {

/// Characters that turn the direction of what follows: "exe.gpj" would be read as "jpg.exe".
bool turns_text(std::string_view name, std::size_t at) {
  const auto three = name.substr(at, 3);
  if (three.size() < 3 || three[0] != '\xe2') return false;
  const bool embedding = three[1] == '\x80' && three[2] >= '\xaa' && three[2] <= '\xae';
  const bool isolate = three[1] == '\x81' && three[2] >= '\xa6' && three[2] <= '\xa9';
  return embedding || isolate;
}

bool is_file_name(std::string_view name) {
  if (name.empty() || name == "." || name == "..") return false;
  for (std::size_t i = 0; i < name.size(); ++i) {
    const char c = name[i];
    if ((c >= 0 && c < ' ') || c == 127 || c == '/' || c == '\\' || turns_text(name, i)) return false;
  }
  return true;
}

bool is_type(std::string_view type) {
  const auto slash = type.find('/');
  const auto plain = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '/' || c == '.' || c == '+' || c == '-';
  };
  return slash != 0 && slash != std::string_view::npos && slash + 1 < type.size() && type.size() <= 127 &&
         std::ranges::all_of(type, plain);
}

}  // namespace

struct AttachmentService::Impl {
  explicit Impl(Dependencies d) : deps(std::move(d)), collector(deps) {}

  core::result<void> check(const Announced& announced) const;
  core::result<bool> may_read(UserId reader, const Attachment& attachment) const;

  Dependencies deps;
  Collector collector;
};

core::result<void> AttachmentService::Impl::check(const Announced& announced) const {
  std::vector<core::FieldError> problems;
  if (!is_file_name(announced.name) || announced.name.size() > deps.options.name_bytes) {
    problems.push_back({"name", "must be a file name of 1 to " + std::to_string(deps.options.name_bytes) +
                                    " bytes, without folders and control characters"});
  }
  if (!announced.content_type.empty() && !is_type(announced.content_type)) {
    problems.push_back({"content_type", "must be a media type such as image/png, in lower case"});
  }
  if (!problems.empty()) return core::Error(errors::request_invalid, std::move(problems));
  if (announced.size > deps.options.max_bytes) {
    return core::Error(errors::attachment_too_large,
                       "at most " + std::to_string(deps.options.max_bytes) + " bytes are allowed");
  }
  const auto& type = announced.content_type;
  const auto& options = deps.options;
  const bool allowed = type.empty() || options.allowed_types.empty() || matches_any(options.allowed_types, type);
  if (!allowed || matches_any(options.refused_types, type)) return errors::attachment_type_refused;
  return {};
}

core::result<bool> AttachmentService::Impl::may_read(UserId reader, const Attachment& attachment) const {
  if (attachment.owner_id == reader) return true;
  if (!attachment.complete) return false;
  const auto uses = deps.repository.uses(attachment.id);
  if (!uses) return uses.error();
  for (const auto& use : *uses) {
    const auto readable = deps.messages.readable(reader, use);
    if (!readable || *readable) return readable;
  }
  return false;
}

AttachmentService::AttachmentService(Dependencies dependencies)
    : impl_(std::make_unique<Impl>(std::move(dependencies))) {}

AttachmentService::~AttachmentService() = default;

const Options& AttachmentService::options() const {
  return impl_->deps.options;
}

core::result<Attachment> AttachmentService::announce(UserId owner, Announced announced) {
  if (auto fine = impl_->check(announced); !fine) return fine.error();
  const auto& deps = impl_->deps;
  const auto id = deps.ids.next();
  if (!id) return id.error();
  Attachment attachment;
  attachment.id = *id;
  attachment.owner_id = owner;
  attachment.name = std::move(announced.name);
  attachment.size = announced.size;
  attachment.created_at = core::now_ms();
  attachment.expires_at = attachment.created_at + deps.options.upload_ttl.count();
  const AttachmentRepository::Quota quota{deps.options.user_bytes, deps.options.max_unfinished};
  if (auto created = deps.repository.create(attachment, quota); !created) return created.error();
  return attachment;
}

core::result<std::unique_ptr<Reception>> AttachmentService::receive(UserId owner, AttachmentId id,
                                                                    std::int64_t offset) {
  const auto& deps = impl_->deps;
  const auto check = [&](const core::result<Attachment>& attachment) -> core::result<void> {
    if (!attachment) return attachment.error();
    if (attachment->complete) return errors::attachment_complete;
    if (attachment->received == offset) return {};
    return core::Error(errors::attachment_wrong_offset, "goes on at " + std::to_string(attachment->received));
  };
  if (auto fine = check(find_own(owner, id)); !fine) return fine.error();
  auto writer = deps.blobs.write(id);
  if (!writer) return writer.error();
  // Whoever wrote until a moment ago may have moved on: the row counts as it is now that nobody else writes.
  auto attachment = find_own(owner, id);
  if (auto fine = check(attachment); !fine) return fine.error();
  const auto digest = crypto::Sha256::restore(attachment->digest);
  if (!digest) return errors::server_internal;
  if (auto begun = (*writer)->begin(offset); !begun) return begun.error();
  return std::unique_ptr<Reception>(
      std::make_unique<StagedReception>(deps, std::move(*attachment), std::move(*writer), *digest));
}

core::result<Attachment> AttachmentService::find(UserId reader, AttachmentId id) {
  auto found = impl_->deps.repository.find(id);
  if (!found) return found.error();
  if (!*found) return errors::resource_not_found;
  const auto readable = impl_->may_read(reader, **found);
  if (!readable) return readable.error();
  if (!*readable) return errors::resource_not_found;
  return std::move(**found);
}

core::result<Attachment> AttachmentService::find_own(UserId owner, AttachmentId id) {
  auto found = impl_->deps.repository.find(id);
  if (!found) return found.error();
  if (!*found || (*found)->owner_id != owner) return errors::resource_not_found;
  return std::move(**found);
}

core::result<void> AttachmentService::remove(UserId owner, AttachmentId id) {
  const auto removed = impl_->deps.repository.remove(id, owner);
  if (!removed) return removed.error();
  if (*removed == AttachmentRepository::Removed::unknown) return errors::resource_not_found;
  if (*removed == AttachmentRepository::Removed::in_use) return errors::attachment_in_use;
  return impl_->deps.blobs.discard(id);
}

core::result<std::unique_ptr<BlobStore::Reader>> AttachmentService::open(const Attachment& attachment) {
  if (!attachment.complete) return errors::attachment_incomplete;
  return impl_->deps.blobs.read(attachment.facts.hash);
}

core::result<std::unique_ptr<BlobStore::Reader>> AttachmentService::open_preview(const Attachment& attachment) {
  if (!attachment.complete) return errors::attachment_incomplete;
  if (!attachment.facts.preview) return errors::resource_not_found;
  return impl_->deps.blobs.read_preview(attachment.facts.hash);
}

core::result<Attachment> AttachmentService::attach(const Use& use) {
  auto attachment = find_own(use.sender_id, use.attachment_id);
  if (!attachment) return attachment;
  if (!attachment->complete) return errors::attachment_incomplete;
  const auto attached = impl_->deps.repository.attach(use);
  if (!attached) return attached.error();
  if (!*attached) return errors::resource_not_found;
  return attachment;
}

core::result<void> AttachmentService::doubt(const Use& message) {
  return impl_->deps.repository.doubt(message, core::now_ms() + impl_->deps.options.sweep_interval.count());
}

core::result<void> AttachmentService::forget(UserId user) {
  return impl_->deps.repository.forget(user, core::now_ms());
}

void AttachmentService::start() {
  impl_->collector.start();
}

void AttachmentService::stop() {
  impl_->collector.stop();
}

}  // namespace netherlink::attachment
