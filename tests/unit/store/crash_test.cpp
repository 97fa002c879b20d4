#include <signal.h>
#include <unistd.h>

#include <array>
#include <charconv>
#include <random>
#include <set>
#include <string>

#include "child.hpp"
#include "contract/store/batches.hpp"
#include "netherlink/log/log.hpp"

namespace netherlink::store::testing {
namespace {

constexpr int conversations = 20;

std::string name_of(long conversation) {
  return "group_" + std::to_string(conversation + 1);
}

void write_all(int descriptor, const std::string& text) {
  if (write(descriptor, text.data(), text.size()) != static_cast<ssize_t>(text.size())) _exit(3);
}

/// Appends until it is killed; after each commit writes "conversation seq round;" of every message to the pipe.
int append_for_ever(const Options& options, int round, int pipe) {
  auto store = must(open(options));
  Owner owner(store->messages(), 0);
  for (long number = 0;; ++number) {
    std::vector<Conversation> batch_conversations;
    for (int c = 0; c < conversations; ++c) {
      const auto id = std::to_string(round) + "-" + std::to_string(number);
      batch_conversations.push_back(owner.conversation(name_of(c), {owner.message(1, id), owner.message(2, id)}));
    }
    auto batch = owner.batch(std::move(batch_conversations));
    if (!store->messages().append(batch)) return 2;
    std::string report;
    for (int c = 0; c < conversations; ++c) {
      for (const auto& message : batch.conversations[static_cast<std::size_t>(c)].messages) {
        report += std::to_string(c) + ' ' + std::to_string(message.seq) + ' ' + message.client_msg_id + ';';
      }
    }
    write_all(pipe, report);
  }
}

/// Everything up to the last complete report of what the child said.
std::string read_until(int descriptor, std::size_t bytes, pid_t victim) {
  std::string said;
  std::array<char, 65536> buffer{};
  bool killed = false;
  for (;;) {
    const auto got = read(descriptor, buffer.data(), buffer.size());
    if (got <= 0) break;
    said.append(buffer.data(), static_cast<std::size_t>(got));
    if (!killed && said.size() >= bytes) {
      kill(victim, SIGKILL);
      killed = true;
    }
  }
  return said.substr(0, said.rfind(';') + 1);
}

using Acknowledged = std::set<std::string>;  // "conversation seq client_msg_id"

Acknowledged split(const std::string& said) {
  Acknowledged all;
  for (std::size_t at = 0; at < said.size();) {
    const auto end = said.find(';', at);
    all.insert(said.substr(at, end - at));
    at = end + 1;
  }
  return all;
}

void compare(Store& store, Acknowledged acknowledged) {
  for (int c = 0; c < conversations; ++c) {
    const auto head = must(store.messages().heads(std::vector<std::string>{name_of(c)})).front();
    const auto all = must(store.messages().range(name_of(c), 1, INT64_MAX, 1'000'000, false));
    REQUIRE(head.last_seq == static_cast<im::Seq>(all.size()));
    std::set<std::pair<im::UserId, std::string>> keys;
    for (std::size_t i = 0; i < all.size(); ++i) {
      REQUIRE(all[i].seq == static_cast<im::Seq>(i + 1));
      REQUIRE(keys.emplace(all[i].sender_id, all[i].client_msg_id).second);
      acknowledged.erase(std::to_string(c) + ' ' + std::to_string(all[i].seq) + ' ' + all[i].client_msg_id);
    }
  }
  CHECK(acknowledged.empty());
}

TEST_CASE("what was committed survives kill -9, once and in order", "[crash]") {
  log::set_level(log::Level::warn);
  Sqlite database;
  database.close();
  std::mt19937 random(7);
  std::string said;
  for (int round = 0; round < 6; ++round) {
    std::array<int, 2> ends{};
    REQUIRE(pipe(ends.data()) == 0);
    const auto child = start_child([&] {
      close(ends[0]);
      return append_for_ever(database.options(), round, ends[1]);
    });
    close(ends[1]);
    said += read_until(ends[0], 500 + random() % 20'000, child);
    close(ends[0]);
    CHECK(wait_for(child) == 128 + SIGKILL);
    database.reopen();
    compare(*database, split(said));
    database.close();
  }
}

}  // namespace
}  // namespace netherlink::store::testing
