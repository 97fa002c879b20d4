#pragma once

#include "netherlink/mail/ports.hpp"
#include "store/sql/database.hpp"

namespace netherlink::store::sql {

class Mail final : public mail::MailRepository {
 public:
  explicit Mail(Database& database) : database_(database) {}

  core::result<void> accept(std::span<const mail::Letter> letters, std::size_t most) override;
  core::result<std::optional<mail::Letter>> take(std::chrono::milliseconds lease) override;
  core::result<void> done(const mail::Letter& letter) override;
  core::result<void> put_back(const mail::Letter& letter, std::chrono::milliseconds delay) override;
  core::result<std::int64_t> waiting() override;

  core::result<bool> issue(const mail::Code& code, std::chrono::milliseconds ttl) override;
  core::result<core::UserId> owner(const mail::Code& code, std::size_t most) override;
  core::result<core::UserId> confirm(const mail::Code& code, std::size_t most) override;
  core::result<Reset> reset(const mail::Code& code, std::size_t most, std::string_view password_hash,
                            const mail::Letter& notice) override;

  core::result<void> propose(core::UserId user, std::string_view address, std::span<const mail::Letter> letters,
                             std::size_t most) override;
  core::result<void> remove(core::UserId user, std::span<const mail::Letter> letters, std::size_t most) override;
  core::result<void> purge(std::chrono::milliseconds age) override;

 private:
  core::result<void> insert(soci::session& session, std::span<const mail::Letter> letters, std::size_t most);
  bool use(soci::session& session, const mail::Code& code, std::size_t most);

  Database& database_;
};

}  // namespace netherlink::store::sql
