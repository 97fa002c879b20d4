#pragma once

#include "netherlink/attachment/ports.hpp"
#include "store/sql/database.hpp"

namespace netherlink::store::sql {

class Attachments final : public attachment::AttachmentRepository {
 public:
  explicit Attachments(Database& database) : database_(database) {}

  core::result<void> create(const attachment::Attachment& attachment, const Quota& quota) override;
  core::result<std::optional<attachment::Attachment>> find(attachment::AttachmentId id) override;
  core::result<bool> advance(const attachment::Attachment& attachment, std::int64_t from) override;
  core::result<std::optional<attachment::Facts>> find_content(std::string_view hash) override;
  core::result<bool> complete(attachment::AttachmentId id, const attachment::Facts& facts, core::Timestamp expires_at,
                              const std::function<core::result<void>()>& place) override;
  core::result<Removed> remove(attachment::AttachmentId id, core::UserId owner) override;
  core::result<bool> attach(const attachment::Use& use) override;
  core::result<std::vector<attachment::Use>> uses(attachment::AttachmentId id) override;
  core::result<void> doubt(const attachment::Use& message, core::Timestamp at) override;
  core::result<std::vector<attachment::Use>> doubted(core::Timestamp now, std::size_t limit) override;
  core::result<void> keep(const attachment::Use& use, core::Timestamp again) override;
  core::result<void> drop(const attachment::Use& use, core::Timestamp now) override;
  core::result<std::vector<attachment::AttachmentId>> expired(core::Timestamp now, std::size_t limit) override;
  core::result<bool> expire(attachment::AttachmentId id, core::Timestamp now) override;
  core::result<void> forget(core::UserId owner, core::Timestamp now) override;
  core::result<std::vector<std::string>> unreferenced(std::size_t limit) override;
  core::result<void> collect(std::string_view hash, const std::function<core::result<void>()>& remove) override;

 private:
  core::result<std::vector<attachment::Use>> select_uses(const std::string& rest);

  Database& database_;
};

}  // namespace netherlink::store::sql
