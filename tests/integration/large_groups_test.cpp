// Groups over groups.large_threshold: their messages go out in shards, a few sessions in each turn of an I/O thread.
#include <algorithm>
#include <map>
#include <memory>
#include <set>

#include "support/catch.hpp"
#include "support/groups.hpp"

namespace netherlink::test {
namespace {

using nlohmann::json;

/// One I/O thread, one partition: what is sent in one piece is committed and pushed in one piece.
std::vector<std::string> settings(const std::string& threshold) {
  return {"groups.large_threshold=" + threshold, "groups.shard=1", "http.threads=1", "bus.partitions=1"};
}

/// People in one group, all of them connected; the owner first.
struct Everybody {
  Everybody(const ServerProcess& server, std::size_t count) {
    people.push_back(std::make_unique<Person>(server, "owner"));
    group = make_group(*people.front(), {});
    const auto code = make_link(*people.front(), group);
    for (std::size_t i = 1; i < count; ++i) {
      people.push_back(std::make_unique<Person>(server, "member"));
      REQUIRE(join_by(*people.back(), code).status == 200);
    }
    id = group["conversation_id"];
    for (auto& person : people) person->socket();
  }

  Person& owner() { return *people.front(); }
  Person& last() { return *people.back(); }

  std::vector<std::unique_ptr<Person>> people;
  json group;
  std::string id;
};

/// An unfragmented text frame, masked with zeros.
std::string frame_of(const json& frame) {
  const auto text = frame.dump();
  REQUIRE(text.size() > 125);
  REQUIRE(text.size() < 65536);
  std::string bytes{'\x81', '\xfe', static_cast<char>(text.size() >> 8U), static_cast<char>(text.size() & 0xffU)};
  return bytes.append(4, '\0').append(text);
}

json send_frame(const std::string& conversation, const std::string& text) {
  return {{"type", "message.send"}, {"id", text}, {"data", text_message(conversation, text + std::string(100, '.'))}};
}

/// The conversations of the next two messages that come.
std::vector<std::string> next_two(Person& who) {
  std::vector<std::string> conversations;
  while (conversations.size() < 2) {
    conversations.push_back(who.socket().expect("message.new")["message"]["conversation_id"]);
  }
  return conversations;
}

/// Sends to the group, then to its last member alone, in one piece; what comes to that one first.
std::vector<std::string> arrival(const std::string& threshold) {
  const ServerProcess server(settings(threshold));
  Everybody all(server, 8);
  auto &sender = all.owner(), &receiver = all.last();
  const auto single = sender.with(receiver);
  // From here on both sends are allowed without a look at the store.
  sender.say(single, "hello");
  sender.say(all.id, "hello");
  expect_text(receiver, all.group, "hello");
  receiver.socket().collect("message.new");
  sender.socket().send_raw(frame_of(send_frame(all.id, "to all")) + frame_of(send_frame(single, "to one")));
  auto came = next_two(receiver);
  for (auto& id : came) id = id == single ? "single" : "group";
  return came;
}

}  // namespace

TEST_CASE("large groups: their fan-out waits while the message of a single chat passes", "[json]") {
  CHECK(arrival("7") == std::vector<std::string>{"single", "group"});
  // A small one is told at once, in the order of the push.
  CHECK(arrival("8") == std::vector<std::string>{"group", "single"});
}

TEST_CASE("large groups: everybody gets everything, in order and once, however the shards fall") {
  const ServerProcess server({"groups.large_threshold=2", "groups.shard=2", "http.threads=2"});
  Everybody all(server, 12);
  constexpr int count = 120;
  for (int i = 0; i < count; ++i) {
    auto& speaker = *all.people[static_cast<std::size_t>(i) % 3];
    speaker.socket().send("message.send", text_message(all.id, "number " + std::to_string(i)));
  }
  const auto first = whole_history(all.owner(), all.id).front()["seq"].get<long>();
  for (auto& person : all.people) {
    long last = 0;
    // Its own messages are acknowledged in their places.
    while (last < 12 + count) {
      const auto frame = person->socket().receive();
      REQUIRE(frame);
      const auto& data = (*frame)["data"];
      long seq = 0;
      if ((*frame)["type"] == "message.new" && data["message"]["conversation_id"] == all.id)
        seq = data["message"]["seq"];
      if ((*frame)["type"] == "message.ack") seq = data["seq"];
      if (seq == 0) continue;
      if (last != 0) REQUIRE(seq == last + 1);
      last = seq;
    }
  }
  CHECK(first == 1);
}

TEST_CASE("large groups: changes come behind their messages") {
  const ServerProcess server({"groups.large_threshold=2", "groups.shard=1", "http.threads=1"});
  Everybody all(server, 6);
  std::vector<std::string> ids;
  for (int i = 0; i < 20; ++i) {
    const auto ack = all.owner().say(all.id, "first " + std::to_string(i));
    ids.push_back(ack["message_id"]);
    all.owner().socket().send("message.edit", {{"message_id", ids.back()}, {"content", "second"}});
    all.people[1]->socket().send("message.react", {{"message_id", ids.back()}, {"emoji", "👍"}, {"on", true}});
  }
  for (std::size_t i = 2; i < all.people.size(); ++i) {
    std::set<std::string> known;
    std::map<std::string, json> latest;
    long revision = 0;
    while (revision < 40) {
      const auto frame = all.people[i]->socket().receive();
      REQUIRE(frame);
      if ((*frame)["type"] != "message.new" && (*frame)["type"] != "message.updated") continue;
      const auto& message = (*frame)["data"]["message"];
      const std::string id = message["message_id"];
      if ((*frame)["type"] == "message.new") {
        known.insert(id);
      } else {
        REQUIRE(known.contains(id));
        REQUIRE(message["revision"].get<long>() > revision);
        revision = message["revision"];
      }
      latest[id] = message;
    }
    for (const auto& id : ids) {
      CHECK(latest[id]["content"] == "second");
      CHECK(latest[id]["reactions"].size() == 1);
    }
  }
}

TEST_CASE("large groups: who comes and goes while messages are on their way") {
  const ServerProcess server({"groups.large_threshold=2", "groups.shard=1", "http.threads=1"});
  Everybody all(server, 10);
  auto& steady = *all.people[4];
  const auto code = make_link(all.owner(), all.group);
  for (int i = 0; i < 30; ++i) {
    all.owner().socket().send("message.send", text_message(all.id, "on and on"));
    auto& restless = *all.people[5 + static_cast<std::size_t>(i) % 5];
    if (i % 3 == 0) restless.connect();
    if (i % 3 == 1) REQUIRE(restless.http.request("POST", group_path(all.group, "/leave")).status == 204);
    if (i % 3 == 1) REQUIRE(join_by(restless, code).status == 200);
  }
  const auto end = all.owner().say(all.id, "the end")["seq"].get<long>();
  long last = 0;
  while (last < end) {
    const auto message = steady.socket().expect("message.new")["message"];
    if (message["conversation_id"] != all.id) continue;
    if (last != 0) REQUIRE(message["seq"].get<long>() == last + 1);
    last = message["seq"];
  }
  // Everybody is there again, and hears of what comes next.
  for (std::size_t i = 5; i < 10; ++i) expect_text(*all.people[i], all.group, "the end");
}

TEST_CASE("large groups: a crash in the middle of a fan-out loses nothing") {
  ServerProcess server({"groups.large_threshold=2", "groups.shard=1", "http.threads=1"});
  Everybody all(server, 20);
  const auto before = all.owner().say(all.id, "before")["seq"].get<long>();
  std::vector<json> acks;
  for (int i = 0; i < 5; ++i) acks.push_back(all.owner().say(all.id, "number " + std::to_string(i)));
  server.kill();
  server.start();
  for (auto& person : all.people) {
    const auto synced = person->connect().ask(
        "sync", {{"conversations", {{{"conversation_id", all.id}, {"after_seq", before}}}}}, "sync.result");
    const auto& messages = synced["conversations"][0]["messages"];
    REQUIRE(messages.size() == acks.size());
    for (std::size_t i = 0; i < acks.size(); ++i) CHECK(messages[i]["message_id"] == acks[i]["message_id"]);
  }
}

TEST_CASE("large groups: who reads and who types is told to one's own devices alone") {
  const ServerProcess server({"groups.large_threshold=3", "http.threads=1"});
  for (const bool large : {false, true}) {
    Everybody all(server, large ? 4 : 3);
    auto other_device = all.last().sign_in();
    other_device.socket();
    const auto seq = all.owner().say(all.id, "read this")["seq"];
    expect_text(all.last(), all.group, "read this");
    all.last().socket().ask("typing", {{"conversation_id", all.id}, {"on", true}}, "ok");
    all.last().socket().ask("message.read", {{"conversation_id", all.id}, {"seq", seq}}, "ok");
    other_device.socket().expect("receipt", [&](const json& frame) { return frame["read_seq"] == seq; });
    all.owner().say(all.id, "behind it");
    expect_text(*all.people[1], all.group, "behind it");
    const std::size_t told = large ? 0 : 1;
    CHECK(all.people[1]->socket().collect("receipt").size() == told);
    CHECK(all.people[1]->socket().collect("typing").size() == told);
    // How many, and who, can be asked for all the same.
    const auto path = "/api/v1/conversations/" + all.id;
    CHECK(all.last().http.get(path).json["unread"] == 1);
  }
}

TEST_CASE("large groups: everybody hears that it was dissolved, and nothing after that") {
  const ServerProcess server({"groups.large_threshold=2", "groups.shard=1", "http.threads=2"});
  Everybody all(server, 12);
  for (int i = 0; i < 5; ++i) all.owner().socket().send("message.send", text_message(all.id, "the last words"));
  for (int i = 0; i < 5; ++i) all.owner().socket().expect("message.ack");
  REQUIRE(all.owner().http.erase(group_path(all.group)).status == 204);
  for (auto& person : all.people) {
    person->socket().expect("conversation.removed",
                            [&](const json& data) { return data["conversation_id"] == all.id; });
    const auto words = person->socket().collect("message.new");
    if (person.get() == &all.owner()) continue;
    const auto last =
        std::ranges::count_if(words, [](const json& data) { return data["message"]["content"] == "the last words"; });
    CHECK(last == 5);
  }
}

}  // namespace netherlink::test
