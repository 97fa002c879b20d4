#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "netherlink/attachment/types.hpp"
#include "netherlink/core/attachment_errors.hpp"
#include "netherlink/core/result.hpp"

namespace netherlink::attachment {

/// Which attachments there are: the main database. Calls block. Thread-safe. Content lies in the BlobStore; what of it
/// may go is decided here, under the lock of one row for each content.
class AttachmentRepository {
 public:
  virtual ~AttachmentRepository() = default;

  struct Quota {
    std::int64_t user_bytes = 0;
    std::size_t max_unfinished = 0;
  };
  /// attachment.quota_exceeded, attachment.too_many_unfinished, user.not_found.
  virtual core::result<void> create(const Attachment& attachment, const Quota& quota) = 0;
  virtual core::result<std::optional<Attachment>> find(AttachmentId id) = 0;
  /// `received` moves on from `from` to that of `attachment`, with its digest and expires_at. False: it was not at
  /// `from`, or the upload is over.
  virtual core::result<bool> advance(const Attachment& attachment, std::int64_t from) = 0;

  /// Of content that is referred to.
  virtual core::result<std::optional<Facts>> find_content(std::string_view hash) = 0;
  /// The upload is complete and refers to its content. `place` brings the content to where it stays; it runs inside the
  /// transaction, under the lock of the content, perhaps more than once. False: it is not there any more.
  virtual core::result<bool> complete(AttachmentId id, const Facts& facts, Timestamp expires_at,
                                      const std::function<core::result<void>()>& place) = 0;

  enum class Removed { removed, in_use, unknown };
  virtual core::result<Removed> remove(AttachmentId id, UserId owner) = 0;
  /// False: not complete, or not this sender's.
  virtual core::result<bool> attach(const Use& use) = 0;
  virtual core::result<std::vector<Use>> uses(AttachmentId id) = 0;

  /// The uses by this message are looked at again from `at` on.
  virtual core::result<void> doubt(const Use& message, Timestamp at) = 0;
  virtual core::result<std::vector<Use>> doubted(Timestamp now, std::size_t limit) = 0;
  // The next two do nothing when the use was doubted again meanwhile.
  /// The use stands; looked at again at `again` (0: never).
  virtual core::result<void> keep(const Use& use, Timestamp again) = 0;
  /// The use is over. An attachment without any expires now.
  virtual core::result<void> drop(const Use& use, Timestamp now) = 0;

  virtual core::result<std::vector<AttachmentId>> expired(Timestamp now, std::size_t limit) = 0;
  /// False: it is in use now, or its time was prolonged.
  virtual core::result<bool> expire(AttachmentId id, Timestamp now) = 0;
  /// Of a deleted account: what no message refers to expires at once. Idempotent.
  virtual core::result<void> forget(UserId owner, Timestamp now) = 0;

  /// Content that nothing refers to.
  virtual core::result<std::vector<std::string>> unreferenced(std::size_t limit) = 0;
  /// Under the lock of the content: `remove` runs unless something refers to it. Also for content that is not known.
  virtual core::result<void> collect(std::string_view hash, const std::function<core::result<void>()>& remove) = 0;
};

/// Where bytes lie. Unfinished uploads by attachment id ("staged"), content by its hash, with its preview. Calls block;
/// errors: server.unavailable. Thread-safe; what it hands out is for one thread at a time.
class BlobStore {
 public:
  virtual ~BlobStore() = default;

  /// The one writer of a staged upload, on any replica, as long as it lives.
  class Writer {
   public:
    virtual ~Writer() = default;
    /// To go on at `offset`: what lies behind it is cut off. resource.not_found: less than that is there.
    virtual core::result<void> begin(std::int64_t offset) = 0;
    virtual core::result<void> append(std::string_view bytes) = 0;
    /// What was appended survives a loss of power.
    virtual core::result<void> sync() = 0;
  };
  /// attachment.busy: somebody else writes.
  virtual core::result<std::unique_ptr<Writer>> write(AttachmentId id) = 0;

  class Reader {
   public:
    virtual ~Reader() = default;
    virtual std::int64_t size() const = 0;
    /// Up to into.size() bytes from `offset` on, fewer only at the end.
    virtual core::result<std::size_t> read(std::int64_t offset, std::span<char> into) = 0;
    /// A descriptor that reads the content, or -1: for the process that looks at images. Lives as long as this.
    virtual int descriptor() const = 0;
  };
  virtual core::result<std::unique_ptr<Reader>> read_staged(AttachmentId id) = 0;
  /// resource.not_found.
  virtual core::result<std::unique_ptr<Reader>> read(std::string_view hash) = 0;
  virtual core::result<std::unique_ptr<Reader>> read_preview(std::string_view hash) = 0;

  /// The staged upload is (also) the content `hash`, for good: it survives a loss of power. Idempotent, also when the
  /// content is there already.
  virtual core::result<void> publish(AttachmentId id, std::string_view hash, std::string_view preview) = 0;
  /// Of a staged upload; of content and its preview. Idempotent.
  virtual core::result<void> discard(AttachmentId id) = 0;
  virtual core::result<void> remove(std::string_view hash) = 0;

  /// Staged uploads that nobody has written to since `before`.
  virtual core::result<std::vector<AttachmentId>> staged(Timestamp before) = 0;
  /// Content in one of `content_parts` parts, made before `before`.
  static constexpr std::size_t content_parts = 256;
  virtual core::result<std::vector<std::string>> content(std::size_t part, Timestamp before) = 0;
};

/// Looks at images, whatever they hold, without harm.
class ImageInspector {
 public:
  virtual ~ImageInspector() = default;
  struct Image {
    std::int64_t width = 0, height = 0;
    std::string preview;  // encoded; empty: none could be made
  };
  /// nullopt: no image that can be shown. Blocks for seconds at most.
  virtual std::optional<Image> inspect(const BlobStore::Reader& content, std::string_view content_type) = 0;
};

/// What attachments ask about messages.
class MessageLookup {
 public:
  virtual ~MessageLookup() = default;
  /// Whether this person may read the message of `use` now, and it refers to the attachment.
  virtual core::result<bool> readable(UserId reader, const Use& use) = 0;
  enum class State { refers, refers_not, unknown };  // unknown: there is no such message, or not yet
  virtual core::result<State> state(const Use& use) = 0;
};

}  // namespace netherlink::attachment
