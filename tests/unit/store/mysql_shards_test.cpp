#include <thread>

#include "contract/store/batches.hpp"
#include "netherlink/log/log.hpp"

namespace netherlink::store::testing {
namespace {

using Append = im::MessageStore::Append;

constexpr std::size_t partitions = 4;

/// A main database and two shards on one server, not migrated yet.
class Shards {
 public:
  Shards() { log::set_level(log::Level::error); }

  Options options(const std::string& first = "0-1", const std::string& second = "2-3") const {
    Options made{.url = url(main_)};
    made.shard_urls = {url(a_) + "?partitions=" + first, url(b_) + "?partitions=" + second};
    made.partitions = partitions;
    return made;
  }
  Options main_only() const { return {.url = url(main_), .partitions = partitions}; }
  auto on_a(const std::string& sql) const { return mariadb().query(sql, a_); }
  auto on_b(const std::string& sql) const { return mariadb().query(sql, b_); }
  auto on_main(const std::string& sql) const { return mariadb().query(sql, main_); }
  const std::string& a() const { return a_; }
  const std::string& b() const { return b_; }

 private:
  static std::string url(const std::string& name) { return mariadb().url(name); }
  std::string main_ = mariadb().create_database(), a_ = mariadb().create_database(), b_ = mariadb().create_database();
};

/// The name of some conversation of the partition.
std::string name_in(std::size_t partition, int number = 0) {
  for (int id = 1;; ++id) {
    const auto name = "group_" + std::to_string(id);
    if (im::partition_of(name, partitions) == partition && number-- == 0) return name;
  }
}

Conversation conversation(Owner& owner, std::vector<im::Message> messages) {
  return owner.conversation(name_in(owner.lease().partition), std::move(messages));
}

void refused(const core::result<void>& result, const std::vector<std::string>& words) {
  REQUIRE_FALSE(result.has_value());
  const std::string detail(result.error().detail());
  INFO(detail);
  CHECK(detail.find(test::MariadbServer::password()) == std::string::npos);
  for (const auto& word : words) CHECK(detail.find(word) != std::string::npos);
}

core::result<void> opened(const Options& options) {
  const auto store = open(options);
  if (!store) return store.error();
  return {};
}

core::result<void> migrated(const Options& options) {
  const auto done = migrate_up(options);
  if (!done) return done.error();
  return {};
}

TEST_CASE("messages lie in the shard of their partition, and are found in either", "[mysql][shards]") {
  const Shards shards;
  must(migrated(shards.options()));
  const auto store = must(open(shards.options()));
  auto& messages = store->messages();
  Owner left(messages, 1), right(messages, 3);
  auto batch = left.batch({conversation(left, {left.message(1, "l"), left.message(2, "m")})});
  batch.conversations.push_back(conversation(right, {right.message(1, "r")}));
  batch.leases = {left.lease(), right.lease()};
  batch.conversations[1].marks = {{.user_id = 9, .marks = {1, 1}}};
  REQUIRE(must(messages.append(batch)) == Append::committed);

  CHECK(shards.on_a("SELECT COUNT(*) FROM messages").at(0).at(0) == "2");
  CHECK(shards.on_b("SELECT COUNT(*) FROM messages").at(0).at(0) == "1");
  CHECK(shards.on_main("SELECT COUNT(*) FROM messages").at(0).at(0) == "0");
  const std::vector<std::string> names{name_in(3), "group_999999", name_in(1)};
  const auto heads = must(messages.heads(names));
  CHECK(heads[0].last_seq == 1);
  CHECK(heads[1].last_seq == 0);
  CHECK(heads[2].last_seq == 2);
  CHECK(must(messages.marks(9, names))[0] == im::Marks{1, 1});
  CHECK(must(messages.marks(2, names))[2] == im::Marks{2, 2});
  for (const auto& stored : {batch.conversations[0].messages[1], batch.conversations[1].messages[0]}) {
    const auto found = must(messages.find(stored.id));
    REQUIRE(found);
    CHECK(found->client_msg_id == stored.client_msg_id);
  }
  CHECK(must(messages.range(name_in(1), 1, 9, 9, false)).size() == 2);
  CHECK(must(messages.range(name_in(3), 1, 9, 9, false)).size() == 1);
}

TEST_CASE("when one shard refuses none has written", "[mysql][shards]") {
  const Shards shards;
  must(migrated(shards.options()));
  const auto store = must(open(shards.options()));
  auto& messages = store->messages();
  Owner left(messages, 0), right(messages, 2);
  const auto both = [&] {
    auto batch = left.batch({conversation(left, {left.message(1, "l")})});
    batch.conversations.push_back(conversation(right, {right.message(1, "r")}));
    batch.leases = {left.lease(), right.lease()};
    return batch;
  };
  auto stale = both();
  stale.conversations[1].head.last_seq = 5;
  CHECK_FALSE(messages.append(stale).has_value());
  CHECK(must(messages.heads(std::vector{name_in(0)}))[0].last_seq == 0);

  const Owner next(messages, 2);
  auto fenced = both();
  CHECK(must(messages.append(fenced)) == Append::fenced);
  CHECK(must(messages.heads(std::vector{name_in(0)}))[0].last_seq == 0);
  left.append(conversation(left, {left.message(1, "l")}));  // nothing is locked any more
}

TEST_CASE("a map with holes, with a partition twice or with none is refused", "[mysql][shards]") {
  const Shards shards;
  refused(migrated(shards.options("0-1", "1-3")), {"partition 1", "twice"});
  refused(migrated(shards.options("0", "2-3")), {"no shard has partition 1 of 4"});
  refused(migrated(shards.options("0-1", "2-4")), {"no partition 4"});
  auto without = shards.options();
  without.shard_urls.pop_back();
  without.shard_urls.push_back(mariadb().url(shards.b()));
  refused(migrated(without), {"lacks ?partitions=", shards.b()});
  auto main = shards.main_only();
  main.url += "?partitions=0-3";
  refused(migrated(main), {"store.url"});
}

TEST_CASE("a map that is not what the shards hold is refused", "[mysql][shards]") {
  const Shards shards;
  refused(opened(shards.options()), {"0001_initial.sql"});
  must(migrated(shards.options()));
  must(opened(shards.options()));
  {
    const auto store = must(open(shards.options()));
    const Owner owner(store->messages(), 0);
  }
  refused(opened(shards.options("0", "1-3")), {shards.a(), "holds partitions 0-1, not 0"});
  refused(opened(shards.options("2-3", "0-1")), {"holds partitions 0-1, not 2-3"});
  refused(migrated(shards.options("2-3", "0-1")), {"holds partitions 0-1, not 2-3"});
  refused(opened(shards.main_only()), {"are in shards", "store.shard_urls"});
  refused(migrated(shards.main_only()), {"are in shards"});
  auto more = shards.options("0-1", "2-5");
  more.partitions = 6;
  refused(opened(more), {"of 4, not of 6"});
  must(opened(shards.options()));
}

TEST_CASE("a shard that lost its partitions does not begin anew", "[mysql][shards]") {
  const Shards shards;
  must(migrated(shards.options()));
  const auto store = must(open(shards.options()));
  Owner owner(store->messages(), 2);
  owner.append(conversation(owner, {owner.message(1, "x")}));
  shards.on_b("DELETE FROM partition_owner");
  refused(migrated(shards.options()), {shards.b(), "holds partitions none, not 2-3"});
  // Whoever has it open cannot write there any more.
  auto late = owner.batch({conversation(owner, {owner.message(1, "y")})});
  CHECK(must(store->messages().append(late)) == Append::fenced);
  CHECK_FALSE(store->messages().acquire(2).has_value());
}

/// What docs/store.md tells operators to do, in one go.
TEST_CASE("a partition moves to another shard with everything in it", "[mysql][shards]") {
  const Shards shards;
  must(migrated(shards.options()));
  auto store = must(open(shards.options()));
  Owner before(store->messages(), 1);
  before.append(before.conversation(name_in(1), {before.message(1, "one"), before.message(2, "two")}));
  Owner stays(store->messages(), 0);
  stays.append(stays.conversation(name_in(0), {stays.message(1, "stays")}));
  const auto taken = [&](const std::string& table, const std::string& condition) {
    return "INSERT INTO " + shards.b() + "." + table + " SELECT t.* FROM " + shards.a() + "." + table + " t WHERE " +
           condition + ";";
  };
  const std::string moved =
      "conversation IN (SELECT id FROM " + shards.a() + ".conversations WHERE partition_number = 1)";
  shards.on_a(
      "CREATE TEMPORARY TABLE moving AS SELECT * FROM partition_owner WHERE partition_number = 1;"
      "DELETE FROM partition_owner WHERE partition_number = 1;" +
      taken("conversations", "partition_number = 1") + taken("messages", moved) + taken("marks", moved) +
      "INSERT INTO " + shards.b() + ".partition_owner SELECT * FROM moving");
  store = must(open(shards.options("0", "1-3")));
  Owner after(store->messages(), 1);
  CHECK(after.lease().epoch == before.lease().epoch + 1);
  CHECK(after.lease().last_id == before.lease().last_id);
  const auto next = after.append(after.conversation(name_in(1), {after.message(1, "one"), after.message(1, "three")}));
  CHECK(next.duplicate == std::vector<bool>{true, false});
  CHECK(seqs(next.messages) == std::vector<im::Seq>{1, 3});
  CHECK(must(store->messages().marks(2, std::vector{name_in(1)}))[0] == im::Marks{2, 2});
  CHECK(must(store->messages().range(name_in(0), 1, 9, 9, false)).size() == 1);
}

}  // namespace
}  // namespace netherlink::store::testing
