#pragma once

#include <memory>

#include "netherlink/attachment/service.hpp"
#include "netherlink/crypto/digest.hpp"

namespace netherlink::attachment {

/// The writer of a staged upload and the digest of what it has written.
class StagedReception final : public Reception {
 public:
  StagedReception(const AttachmentService::Dependencies& deps, Attachment attachment,
                  std::unique_ptr<BlobStore::Writer> writer, crypto::Sha256 digest)
      : deps_(deps), attachment_(std::move(attachment)), writer_(std::move(writer)), digest_(digest) {}

  core::result<void> take(std::string_view bytes) override;
  core::result<Attachment> finish() override;
  void interrupt() override;

 private:
  core::result<void> save();
  core::result<Attachment> complete();
  core::result<Facts> find_facts(const std::string& hash, std::string& preview);

  const AttachmentService::Dependencies& deps_;
  Attachment attachment_;
  std::unique_ptr<BlobStore::Writer> writer_;
  crypto::Sha256 digest_;
  std::int64_t taken_ = 0;
  bool broken_ = false;  // a write failed: what lies behind received is not known
};

}  // namespace netherlink::attachment
