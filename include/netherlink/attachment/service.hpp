#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "netherlink/attachment/ports.hpp"
#include "netherlink/core/result.hpp"

namespace netherlink::id {
class Generator;
}

namespace netherlink::attachment {

/// The rest of an upload on its way in: one request's body. For one thread at a time; blocks.
class Reception {
 public:
  virtual ~Reception() = default;
  /// request.too_large: more than the upload was said to have.
  virtual core::result<void> take(std::string_view bytes) = 0;
  /// All of this request is here: what was taken is safe, and the upload complete if it was the last part. After an
  /// error of take() it must not be called.
  virtual core::result<Attachment> finish() = 0;
  /// The client went away: what was taken is kept, and is where it goes on. Not after finish().
  virtual void interrupt() = 0;
};

/// M19. Thread-safe; calls block: transfer pool or store pool. Unknown attachments, and those that one may not know of,
/// are resource.not_found.
class AttachmentService {
 public:
  struct Dependencies {
    Options options;
    AttachmentRepository& repository;
    BlobStore& blobs;
    ImageInspector& images;
    MessageLookup& messages;
    id::Generator& ids;
  };
  explicit AttachmentService(Dependencies dependencies);
  ~AttachmentService();

  const Options& options() const;

  struct Announced {
    std::string name, content_type;  // content_type: what the client believes; empty: nothing
    std::int64_t size = 0;
  };
  core::result<Attachment> announce(UserId owner, Announced announced);
  /// attachment.wrong_offset (its detail says where to go on), attachment.busy, attachment.complete.
  core::result<std::unique_ptr<Reception>> receive(UserId owner, AttachmentId id, std::int64_t offset);
  /// For its owner, and those who can read a message that refers to it.
  core::result<Attachment> find(UserId reader, AttachmentId id);
  /// For its owner alone.
  core::result<Attachment> find_own(UserId owner, AttachmentId id);
  /// attachment.in_use: a message refers to it.
  core::result<void> remove(UserId owner, AttachmentId id);

  /// Of an attachment that find() gave. attachment.incomplete.
  core::result<std::unique_ptr<BlobStore::Reader>> open(const Attachment& attachment);
  core::result<std::unique_ptr<BlobStore::Reader>> open_preview(const Attachment& attachment);

  /// A message of its owner is about to refer to it. resource.not_found, attachment.incomplete. What it says about the
  /// attachment comes from here.
  core::result<Attachment> attach(const Use& use);
  /// This message may be about to vanish: soon somebody looks.
  core::result<void> doubt(const Use& message);
  /// After an account was deleted. Idempotent.
  core::result<void> forget(UserId user);

  /// Begins to collect what nobody needs, on a thread of its own.
  void start();
  void stop();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace netherlink::attachment
