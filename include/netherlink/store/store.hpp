#pragma once

#include <memory>
#include <string>
#include <vector>

#include "netherlink/attachment/ports.hpp"
#include "netherlink/core/result.hpp"
#include "netherlink/e2e/ports.hpp"
#include "netherlink/friend/ports.hpp"
#include "netherlink/id/machine_lease.hpp"
#include "netherlink/im/group_ports.hpp"
#include "netherlink/im/ports.hpp"
#include "netherlink/mail/ports.hpp"
#include "netherlink/room/ports.hpp"
#include "netherlink/user/ports.hpp"
#include "netherlink/vpn/ports.hpp"

namespace netherlink::store {

struct Options {
  std::string url;          // sqlite:///absolute or sqlite:///./relative/path.db, mysql://user:password@host:port/name
  std::size_t readers = 2;  // sessions kept for reading; of a server: for everything
  // Of a server only.
  std::vector<std::string> replica_urls = {};  // read what may be a moment old
  std::vector<std::string> shard_urls = {};    // message shards, each with ?partitions=0-7; none: the main database
  std::size_t partitions = 16;                 // of messages
};

/// Every repository, on one database. Thread-safe; calls block.
class Store {
 public:
  virtual ~Store() = default;
  virtual user::UserRepository& users() = 0;
  virtual user::SessionRepository& sessions() = 0;
  virtual user::PreferenceRepository& preferences() = 0;
  virtual friends::FriendRepository& friends() = 0;
  virtual friends::ContactRepository& contacts() = 0;
  virtual im::MessageStore& messages() = 0;
  virtual im::SearchIndex& search() = 0;
  virtual im::ConversationRepository& conversations() = 0;
  virtual im::NoticeRepository& notices() = 0;
  virtual im::GroupRepository& groups() = 0;
  virtual room::RoomRepository& rooms() = 0;
  virtual attachment::AttachmentRepository& attachments() = 0;
  virtual vpn::VpnRepository& vpn() = 0;
  virtual mail::MailRepository& mail() = 0;
  virtual e2e::KeyRepository& e2e_keys() = 0;
  virtual id::MachineLeases& machines() = 0;
  /// One cheap round trip that also finds out whether writing works (disk full, read-only).
  virtual core::result<void> check() = 0;
};

/// The error's detail is for the operator: it may name paths.
core::result<std::unique_ptr<Store>> open(const Options& options);

/// Numbered, immutable SQL files of migrations/<engine>/, compiled in.
struct Migration {
  int number = 0;
  std::string name;
  enum class State { applied, pending, edited, unknown } state = State::pending;  // unknown: of a newer version
  core::Timestamp applied_at = 0;
};
core::result<std::vector<Migration>> migration_status(const Options& options);
/// Applies what is pending, each in a transaction. Refuses (an error that names the file) if any is edited or unknown.
core::result<std::vector<Migration>> migrate_up(const Options& options);

/// The folder of an embedded database, where other data of the instance belongs too; empty for a server.
std::string data_folder(const Options& options);

}  // namespace netherlink::store
