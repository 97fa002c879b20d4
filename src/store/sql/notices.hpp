#pragma once

#include "netherlink/im/ports.hpp"
#include "store/sql/database.hpp"

namespace netherlink::store::sql {

/// They are added by add_notice() (members.hpp), in the transactions they tell about.
class Notices final : public im::NoticeRepository {
 public:
  explicit Notices(Database& database) : database_(database) {}

  core::result<std::vector<im::Notice>> find(std::span<const std::int64_t> ids) override;
  core::result<std::vector<im::Notice>> pending(im::Timestamp before, std::size_t limit) override;
  core::result<void> remove(std::span<const std::int64_t> ids) override;

 private:
  Database& database_;
};

}  // namespace netherlink::store::sql
