// Whoever was away while very much changed learns all of it, in pages, and of each message only what it is now.
#include <map>
#include <set>

#include "support/catch.hpp"
#include "support/groups.hpp"

namespace netherlink::test {
namespace {

using nlohmann::json;

constexpr int messages = 900, changes = 10'000, limit = 200;

struct Pages {
  std::vector<json> updates;
  std::size_t count = 0;
};

/// Syncs from a revision on, page by page.
Pages sync_from(Person& reader, const std::string& conversation, long revision, long after_seq) {
  Pages pages;
  for (;;) {
    const json wanted{{"conversation_id", conversation}, {"after_seq", after_seq}, {"after_revision", revision}};
    const auto item = reader.socket()
                          .ask("sync", {{"conversations", {wanted}}, {"limit", limit}}, "sync.result")
                          .at("conversations")
                          .at(0);
    ++pages.count;
    REQUIRE(item["updates"].size() <= limit);
    REQUIRE(item["messages"].empty());
    for (const auto& update : item["updates"]) {
      REQUIRE(update["revision"].get<long>() > revision);
      revision = update["revision"];
      pages.updates.push_back(update);
    }
    if (item["complete"]) return pages;
    REQUIRE(!item["updates"].empty());
  }
}

}  // namespace

TEST_CASE("changes: ten thousand while one was away come in pages, each message once and as it is", "[json]") {
  const ServerProcess server({"log.level=info"});
  Person owner(server, "owner"), away(server, "away");
  const auto group = make_group(owner, {});
  const auto code = make_link(owner, group);
  REQUIRE(join_by(away, code).status == 200);
  const std::string id = group["conversation_id"];

  std::vector<std::string> ids;
  for (int sent = 0; sent < messages;) {
    std::vector<std::string> asked;
    for (; sent < messages && asked.size() < 100; ++sent) {
      asked.push_back(owner.socket().send("message.send", text_message(id, "number " + std::to_string(sent))));
    }
    for (const auto& one : asked) {
      (void)one;
      ids.push_back(owner.socket().expect("message.ack")["message_id"]);
    }
  }
  const auto level = away.http.get("/api/v1/conversations/" + id).json;
  const long last_seq = level["last_seq"];
  REQUIRE(level["revision"] == 0);

  for (int number = 0; number < changes;) {
    const int begin = number;
    for (; number < changes && number < begin + 200; ++number) {
      const auto& message = ids[static_cast<std::size_t>(number * 7) % ids.size()];
      owner.socket().send("message.edit", {{"message_id", message}, {"content", "edit " + std::to_string(number)}});
    }
    for (int i = begin; i < number; ++i) owner.socket().expect("ok");
    owner.socket().kept().clear();
  }

  std::map<std::string, json> now;
  for (const auto& message : whole_history(away, id)) now[message["message_id"]] = message;
  const long revision = away.http.get("/api/v1/conversations/" + id).json["revision"];
  CHECK(revision == changes);
  for (const long from : {0L, revision / 2, revision - 1, revision}) {
    std::set<std::string> expected;
    for (const auto& [message_id, message] : now) {
      if (message["revision"].get<long>() > from) expected.insert(message_id);
    }
    const auto pages = sync_from(away, id, from, last_seq);
    // No more than there are messages, however often each was changed.
    CHECK(pages.count <= static_cast<std::size_t>(messages) / limit + 1);
    CHECK(pages.updates.size() == expected.size());
    for (const auto& update : pages.updates) {
      CHECK(expected.erase(update["message_id"]) == 1);
      CHECK(update == now[update["message_id"]]);
    }
    CHECK(expected.empty());
  }
}

}  // namespace netherlink::test
