#include "store/mysql/store.hpp"

#include "netherlink/core/embedded.hpp"
#include "store/mysql/database.hpp"
#include "store/mysql/messages.hpp"
#include "store/mysql/migrations.hpp"
#include "store/mysql/shard_map.hpp"
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

namespace netherlink::store::mysql {
namespace {

using core::result;

class MysqlStore final : public Store {
 public:
  MysqlStore(const Layout& layout, std::size_t readers)
      : main_(layout.main, Connection::Role::ordinary, readers),
        vital_(layout.main, Connection::Role::ordinary, 1),
        users_(main_),
        sessions_(main_),
        preferences_(main_),
        friends_(main_),
        contacts_(main_),
        messages_(layout, main_, readers),
        search_(messages_.databases(),
                [this](std::string_view id) -> sql::Database& { return messages_.database_of(id); }),
        conversations_(main_),
        notices_(main_),
        groups_(main_),
        rooms_(main_),
        attachments_(main_),
        vpn_(main_),
        mail_(main_),
        e2e_keys_(main_),
        machines_(vital_) {
    main_.use_replicas(layout.replicas, readers);
  }

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
  result<void> check() override { return vital_.check(); }

 private:
  Database main_;
  Database vital_;  // what must not wait behind the requests of people
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

using OfOne = result<std::vector<Migration>> (*)(const Address&, MigrationFiles);

result<std::vector<Migration>> of_all(const Layout& layout, OfOne of_one) {
  std::vector<Migration> all;
  for (const auto& address : layout.databases()) {
    auto migrations = of_one(address, embedded::migrations_mysql());
    if (!migrations) return migrations;
    all = combine(std::move(all), *migrations);
  }
  return all;
}

}  // namespace

result<std::unique_ptr<Store>> open(const Options& options) {
  const auto layout = make_layout(options);
  if (!layout) return layout.error();
  auto status = of_all(*layout, &migration_status);
  if (!status) return status.error();
  if (auto fine = verify(*status, false); !fine) return fine.error();
  if (auto fine = verify_partitions(*layout); !fine) return fine.error();
  return std::unique_ptr<Store>(std::make_unique<MysqlStore>(*layout, options.readers));
}

result<std::vector<Migration>> migration_status(const Options& options) {
  const auto layout = make_layout(options);
  if (!layout) return layout.error();
  return of_all(*layout, &migration_status);
}

result<std::vector<Migration>> migrate_up(const Options& options) {
  const auto layout = make_layout(options);
  if (!layout) return layout.error();
  auto migrations = of_all(*layout, &migrate_up);
  if (!migrations) return migrations;
  if (auto claimed = claim_partitions(*layout); !claimed) return claimed.error();
  return migrations;
}

}  // namespace netherlink::store::mysql
