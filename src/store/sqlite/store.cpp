#include "store/sqlite/store.hpp"

#include "netherlink/core/embedded.hpp"
#include "store/sql/attachments.hpp"
#include "store/sql/contacts.hpp"
#include "store/sql/conversations.hpp"
#include "store/sql/e2e_keys.hpp"
#include "store/sql/friends.hpp"
#include "store/sql/groups.hpp"
#include "store/sql/machine_leases.hpp"
#include "store/sql/mail.hpp"
#include "store/sql/notices.hpp"
#include "store/sql/preferences.hpp"
#include "store/sql/rooms.hpp"
#include "store/sql/search_index.hpp"
#include "store/sql/sessions.hpp"
#include "store/sql/users.hpp"
#include "store/sql/vpn.hpp"
#include "store/sqlite/database.hpp"
#include "store/sqlite/lock_file.hpp"
#include "store/sqlite/messages.hpp"
#include "store/sqlite/migrations.hpp"

namespace netherlink::store::sqlite {
namespace {

constexpr std::chrono::seconds lock_patience{2};  // a server that is being replaced may still be closing

class SqliteStore final : public Store {
 public:
  SqliteStore(LockFile lock, const std::string& path, std::size_t readers)
      : lock_(std::move(lock)),
        database_(path, readers),
        users_(database_),
        sessions_(database_),
        preferences_(database_),
        friends_(database_),
        contacts_(database_),
        messages_(database_),
        search_({&database_}, [this](std::string_view) -> sql::Database& { return database_; }),
        conversations_(database_),
        notices_(database_),
        groups_(database_),
        rooms_(database_),
        attachments_(database_),
        vpn_(database_),
        mail_(database_),
        e2e_keys_(database_),
        machines_(database_) {}

  user::UserRepository& users() override { return users_; }
  user::SessionRepository& sessions() override { return sessions_; }
  user::PreferenceRepository& preferences() override { return preferences_; }
  friends::FriendRepository& friends() override { return friends_; }
  friends::ContactRepository& contacts() override { return contacts_; }
  im::MessageStore& messages() override { return messages_; }
  im::SearchIndex& search() override { return search_; }
  im::ConversationRepository& conversations() override { return conversations_; }
  im::NoticeRepository& notices() override { return notices_; }
  im::GroupRepository& groups() override { return groups_; }
  room::RoomRepository& rooms() override { return rooms_; }
  attachment::AttachmentRepository& attachments() override { return attachments_; }
  vpn::VpnRepository& vpn() override { return vpn_; }
  mail::MailRepository& mail() override { return mail_; }
  e2e::KeyRepository& e2e_keys() override { return e2e_keys_; }
  id::MachineLeases& machines() override { return machines_; }
  core::result<void> check() override { return database_.check(); }

 private:
  LockFile lock_;
  Database database_;
  sql::Users users_;
  sql::Sessions sessions_;
  sql::Preferences preferences_;
  sql::Friends friends_;
  sql::Contacts contacts_;
  Messages messages_;
  sql::SearchIndex search_;
  sql::Conversations conversations_;
  sql::Notices notices_;
  sql::Groups groups_;
  sql::Rooms rooms_;
  sql::Attachments attachments_;
  sql::Vpn vpn_;
  sql::Mail mail_;
  sql::E2eKeys e2e_keys_;
  sql::MachineLeases machines_;
};

}  // namespace

core::result<std::unique_ptr<Store>> open(const std::string& path, const Options& options) {
  auto status = migration_status(path, embedded::migrations_sqlite());
  if (!status) return status.error();
  if (auto fine = verify(*status, false); !fine) return fine.error();
  auto lock = LockFile::acquire(path, lock_patience);
  if (!lock) return lock.error();
  return std::unique_ptr<Store>(std::make_unique<SqliteStore>(std::move(*lock), path, options.readers));
}

}  // namespace netherlink::store::sqlite
