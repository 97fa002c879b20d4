#include "store/mysql/messages.hpp"

#include <algorithm>
#include <map>
#include <optional>

#include "netherlink/log/log.hpp"
#include "store/mysql/append.hpp"
#include "store/sql/message_row.hpp"

namespace netherlink::store::mysql {
namespace {

using namespace std::chrono_literals;
using core::result;
using Mode = Database::Mode;

constexpr std::size_t names_per_statement = 500;
constexpr auto writer_patience = 5s;

constexpr std::string_view select_heads =
    "SELECT conversation_id, id, last_seq, revision, updated_at FROM conversations WHERE conversation_id IN (";

std::int64_t revision_of(Connection& connection, std::string_view conversation_id) {
  std::int64_t revision = 0;
  SqlText select;
  select << "SELECT revision FROM conversations WHERE conversation_id = ";
  select.quoted(conversation_id);
  connection.query(select.text(), [&](const Row& row) { revision = row.integer(0); });
  return revision;
}

/// One shard's part of an append, with its connection while the transaction is open.
struct Part {
  explicit Part(Shard& of) : shard(of), work(of.keys, of.client_keys), lease(of.writer.pool(), writer_patience) {}

  result<void> run(ShardAppend::End end) {
    auto done =
        shard.writer.run(lease, Mode::script, [&](Connection& connection) { return work.run(connection, end); });
    open = done && end == ShardAppend::End::leave_open;
    return done;
  }
  result<void> commit() {
    auto done = shard.writer.run(lease, Mode::script, [&](Connection& connection) -> result<void> {
      connection.execute("COMMIT");
      return {};
    });
    open = false;
    return done;
  }
  ~Part() {
    if (open) lease.close();  // rolls back
  }

  Shard& shard;
  ShardAppend work;
  Pool::Lease lease;
  bool open = false;
};

}  // namespace

Messages::Messages(const Layout& layout, Database& main, std::size_t readers)
    : by_partition_(layout.partitions, nullptr) {
  for (const auto& shard : layout.shards) {
    auto* reader = &main;
    if (!shard.address.same_database(layout.main)) {
      own_readers_.push_back(std::make_unique<Database>(shard.address, Connection::Role::ordinary, readers));
      reader = own_readers_.back().get();
      reader->use_replicas(shard.replicas, readers);
    }
    shards_.push_back(std::make_unique<Shard>(*reader, shard.address));
    for (const auto partition : shard.address.partitions) by_partition_[partition] = shards_.back().get();
  }
}

Shard* Messages::shard_of(std::size_t partition) const {
  return partition < by_partition_.size() ? by_partition_[partition] : nullptr;
}

Shard& Messages::shard_of(std::string_view conversation_id) const {
  return *by_partition_[im::partition_of(conversation_id, by_partition_.size())];
}

std::vector<sql::Database*> Messages::databases() const {
  std::vector<sql::Database*> all;
  for (const auto& shard : shards_) all.push_back(&shard->reader);
  return all;
}

result<im::PartitionLease> Messages::acquire(std::size_t partition) {
  auto* shard = shard_of(partition);
  im::PartitionLease lease{.partition = partition};
  if (!shard) return errors::server_unavailable;
  const auto number = std::to_string(partition);
  auto done = shard->writer.run(Mode::transaction, [&](Connection& connection) -> result<void> {
    const auto taken =
        connection.execute("UPDATE partition_owner SET epoch = epoch + 1 WHERE partition_number = " + number);
    if (taken == 0) {
      log::error("a message shard does not hold the partition any more",
                 {{"shard", shard->writer.address().text()}, {"partition", partition}});
      return errors::server_unavailable;
    }
    connection.query("SELECT epoch, last_id FROM partition_owner WHERE partition_number = " + number,
                     [&](const Row& row) {
                       lease.epoch = row.integer(0);
                       lease.last_id = row.integer(1);
                     });
    return {};
  });
  if (!done) return done.error();
  return lease;
}

result<im::MessageStore::Append> Messages::append(im::AppendBatch& batch) {
  std::map<std::size_t, Part> parts;  // by place in shards_: everybody takes their locks in the same order
  const auto part_of = [&](std::size_t partition) -> Part* {
    auto* shard = shard_of(partition);
    if (!shard) return nullptr;
    const auto place = std::ranges::find(shards_, shard, &std::unique_ptr<Shard>::get) - shards_.begin();
    return &parts.try_emplace(static_cast<std::size_t>(place), *shard).first->second;
  };
  for (const auto& lease : batch.leases) {
    auto* part = part_of(lease.partition);
    if (!part) return Append::fenced;
    part->work.add(lease);
  }
  for (auto& conversation : batch.conversations) {
    auto* part = part_of(conversation.partition);
    if (!part) return Append::fenced;
    part->work.add(conversation);
  }

  const auto end = parts.size() == 1 ? ShardAppend::End::commit : ShardAppend::End::leave_open;
  for (auto& [place, part] : parts) {
    if (auto done = part.run(end); !done) {
      if (part.work.fenced()) return Append::fenced;
      return done.error();
    }
  }
  for (auto& [place, part] : parts) {
    if (!part.open) continue;
    if (auto done = part.commit(); !done) return done.error();
  }
  for (auto& [place, part] : parts) part.work.publish();
  return Append::committed;
}

template <class Use>
result<void> Messages::select_by_name(std::span<const std::string> conversation_ids, std::string_view select,
                                      const Use& use) {
  std::map<Shard*, std::vector<std::size_t>> places;
  for (std::size_t i = 0; i < conversation_ids.size(); ++i) places[&shard_of(conversation_ids[i])].push_back(i);
  for (const auto& [key, all] : places) {
    Shard& shard = *key;
    for (std::size_t begin = 0; begin < all.size(); begin += names_per_statement) {
      const auto count = std::min(names_per_statement, all.size() - begin);
      std::multimap<std::string_view, std::size_t> by_name;
      SqlText statement;
      statement << select;
      for (const auto place : std::span(all).subspan(begin, count)) {
        statement << (by_name.empty() ? "" : ",");
        statement.quoted(conversation_ids[place]);
        by_name.emplace(conversation_ids[place], place);
      }
      statement << ")";
      auto done = shard.reader.run(Mode::read, [&](Connection& connection) -> result<void> {
        connection.query(statement.text(), [&](const Row& row) {
          const auto [first, last] = by_name.equal_range(row.text(0));
          for (auto at = first; at != last; ++at) use(shard, row, at->second);
        });
        return {};
      });
      if (!done) return done.error();
    }
  }
  return {};
}

result<std::vector<im::Head>> Messages::heads(std::span<const std::string> conversation_ids) {
  std::vector<im::Head> heads(conversation_ids.size());
  auto done = select_by_name(conversation_ids, select_heads, [&](Shard& shard, const Row& row, std::size_t place) {
    heads[place] = {row.integer(2), row.integer(3), row.integer(4)};
    shard.keys.insert(conversation_ids[place], row.integer(1));
  });
  if (!done) return done.error();
  return heads;
}

result<std::vector<im::Marks>> Messages::marks(im::UserId user, std::span<const std::string> conversation_ids) {
  std::vector<im::Marks> marks(conversation_ids.size());
  const auto select =
      "SELECT c.conversation_id, m.read_seq, m.delivered_seq FROM conversations c JOIN marks m ON m.conversation = "
      "c.id "
      "AND m.user_id = " +
      std::to_string(user) + " WHERE c.conversation_id IN (";
  auto done = select_by_name(conversation_ids, select, [&](Shard&, const Row& row, std::size_t place) {
    marks[place] = stored_marks(row.integer(1), row.integer(2));
  });
  if (!done) return done.error();
  return marks;
}

result<std::vector<im::Message>> Messages::range(std::string_view conversation_id, im::Seq from, im::Seq to,
                                                 std::size_t limit, bool newest_first) {
  std::vector<im::Message> messages;
  if (limit == 0 || from > to) return messages;
  SqlText select;
  select << "SELECT " NETHERLINK_MESSAGE_COLUMNS
            " FROM conversations c JOIN messages m ON m.conversation = c.id WHERE c.conversation_id = ";
  select.quoted(conversation_id) << " AND m.seq BETWEEN " << from << " AND " << to << " ORDER BY m.seq"
                                 << (newest_first ? " DESC" : "") << " LIMIT " << static_cast<std::int64_t>(limit);
  const auto read = [&](Connection& connection) -> result<void> {
    messages.clear();
    connection.query(select.text(), [&](const Row& row) { messages.push_back(sql::read_message(row)); });
    return {};
  };
  auto& reader = shard_of(conversation_id).reader;
  // A replica is good enough when it has all of them, and has heard of every change that the primary knows of.
  const auto width = static_cast<std::uint64_t>(to) - static_cast<std::uint64_t>(from);
  const bool all_wanted = from > 0 && width < limit;
  std::int64_t revision = 0;
  const auto read_on_replica = [&](Connection& connection) -> result<void> {
    messages.clear();
    return revision_of(connection, conversation_id) < revision ? result<void>() : read(connection);
  };
  bool read_already = false;
  if (all_wanted && reader.has_replicas()) {
    auto done = reader.run(Mode::read, [&](Connection& connection) -> result<void> {
      revision = revision_of(connection, conversation_id);
      return {};
    });
    if (!done) return done.error();
    read_already = reader.try_replica(read_on_replica) && messages.size() == width + 1;
  }
  if (!read_already) {
    if (auto done = reader.run(Mode::read, read); !done) return done.error();
  }
  if (newest_first) std::ranges::reverse(messages);
  return messages;
}

result<std::optional<im::Message>> Messages::find(im::MessageId id) {
  std::optional<im::Message> found;
  auto* shard = shard_of_message(id);
  if (!shard) return found;
  auto done = shard->reader.run(Mode::read, [&](Connection& connection) -> result<void> {
    connection.query("SELECT " NETHERLINK_MESSAGE_COLUMNS
                     " FROM messages m JOIN conversations c ON c.id = m.conversation WHERE m.message_id = " +
                         std::to_string(id),
                     [&](const Row& row) { found = sql::read_message(row); });
    return {};
  });
  if (!done) return done.error();
  return found;
}

result<std::optional<im::Message>> Messages::find_sent(std::string_view conversation_id, im::UserId sender,
                                                       std::string_view client_msg_id) {
  std::optional<im::Message> found;
  const auto [first, last] = sql::client_key_range(sender, client_msg_id);
  SqlText select;
  select << "SELECT " NETHERLINK_MESSAGE_COLUMNS
            " FROM messages m JOIN conversations c ON c.id = m.conversation WHERE c.conversation_id = ";
  select.quoted(conversation_id) << " AND m.client_key BETWEEN " << first << " AND " << last
                                 << " AND m.sender_id = " << sender << " AND m.client_msg_id = ";
  select.quoted(client_msg_id);
  auto done = shard_of(conversation_id).reader.run(Mode::read, [&](Connection& connection) -> result<void> {
    found.reset();
    connection.query(select.text(), [&](const Row& row) { found = sql::read_message(row); });
    return {};
  });
  if (!done) return done.error();
  return found;
}

}  // namespace netherlink::store::mysql
