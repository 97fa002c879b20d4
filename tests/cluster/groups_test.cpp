// A group is one group, wherever its members are connected.
#include <atomic>
#include <memory>
#include <thread>

#include "support/catch.hpp"
#include "support/groups.hpp"
#include "support/stack.hpp"

namespace netherlink::test {
namespace {

using nlohmann::json;

Replicas& replicas() {
  static Replicas two(Stack::shared(), 2, {"groups.max_members=4"});
  return two;
}

bool of(const json& data, const json& group) {
  return data.at("conversation_id") == group.at("conversation_id");
}

}  // namespace

TEST_CASE("groups on replicas: a member elsewhere joins, hears, and is out", "[groups]") {
  Person ada(replicas()[0], "ada"), bob(replicas()[1], "bob"), eve(replicas()[1], "eve");
  for (auto* person : {&ada, &bob, &eve}) person->socket();
  const auto group = make_group(ada, {&eve});
  const std::string conversation = group["conversation_id"];
  expect_event(eve, group, "group.created");
  CHECK(join_by(bob, make_link(ada, group)).status == 200);
  bob.socket().expect("conversation.updated", [&](const json& data) { return of(data["conversation"], group); });
  CHECK(expect_event(bob, group, "group.member_joined")["seq"] == 2);
  CHECK(expect_event(ada, group, "group.member_joined")["sender_id"] == bob.id);
  ada.say(conversation, "hello over there");
  CHECK(expect_text(bob, group, "hello over there")["seq"] == 3);
  CHECK(bob.say(conversation, "hello back")["seq"] == 4);
  for (auto* person : {&ada, &eve}) expect_text(*person, group, "hello back");
  CHECK(ada.http.patch(group_path(group), {{"name", "renamed"}}).status == 200);
  const auto renamed = [&](const json& data) { return data["group"]["name"] == "renamed"; };
  CHECK(bob.socket().expect("group.updated", renamed)["group"]["my_role"] == "member");

  CHECK(ada.http.erase(group_path(group, "/members/" + bob.id)).status == 204);
  bob.socket().expect("conversation.removed", [&](const json& data) { return of(data, group); });
  for (const auto* type : {"message.new", "group.updated"}) bob.socket().collect(type);
  ada.say(conversation, "he is gone");
  expect_text(eve, group, "he is gone");
  // On the same replica, behind the same push.
  CHECK(bob.socket().collect("message.new").empty());
  CHECK(bob.socket().collect("group.updated").empty());
  const auto deadline = Clock::now() + patience;
  while (bob.http.post("/api/v1/chat/messages", text_message(conversation, "still?")).code() != "chat.not_member") {
    REQUIRE(Clock::now() < deadline);
  }
}

TEST_CASE("groups on replicas: the last place is taken once", "[groups]") {
  Person ada(replicas()[0], "ada");
  for (int round = 0; round < 3; ++round) {
    const auto group = make_group(ada, {});
    const auto code = make_link(ada, group);
    std::vector<std::unique_ptr<Person>> people;
    for (std::size_t i = 0; i < 6; ++i) people.push_back(std::make_unique<Person>(replicas()[i % 2], "runner"));
    std::atomic<int> in{0}, full{0};
    std::vector<std::thread> threads;
    for (auto& person : people) {
      threads.emplace_back([&] {
        const auto answer = join_by(*person, code);
        if (answer.status == 200) ++in;
        if (answer.code() == "group.full") ++full;
      });
    }
    for (auto& thread : threads) thread.join();
    CHECK(in == 3);
    CHECK(full == 3);
    CHECK(member_ids(ada, group).size() == 4);
  }
}

TEST_CASE("groups on replicas: who is muted on one is muted on all", "[groups]") {
  Person ada(replicas()[0], "ada"), bob(replicas()[1], "bob");
  bob.socket();
  const auto group = make_group(ada, {&bob});
  const std::string conversation = group["conversation_id"];
  expect_event(bob, group, "group.created");
  bob.say(conversation, "before");
  const auto path = group_path(group, "/members/" + bob.id);
  CHECK(ada.http.patch(path, {{"muted_until", "2090-01-01T00:00:00Z"}}).status == 200);
  // The news comes in front of the message that tells of it.
  expect_event(bob, group, "group.member_changed");
  const auto refused = bob.socket().request("message.send", text_message(conversation, "after"));
  CHECK(refused["data"]["code"] == "chat.muted");
}

TEST_CASE("groups on replicas: a large one is told in shards everywhere, in order and once", "[groups]") {
  Replicas two(Stack::shared(), 2, {"groups.large_threshold=3", "groups.shard=1", "http.threads=1"});
  two.wait_ready();
  std::vector<std::unique_ptr<Person>> people;
  for (std::size_t i = 0; i < 10; ++i) people.push_back(std::make_unique<Person>(two[i % 2], "many"));
  auto& owner = *people.front();
  const auto group = make_group(owner, {});
  const auto code = make_link(owner, group);
  for (std::size_t i = 1; i < people.size(); ++i) REQUIRE(join_by(*people[i], code).status == 200);
  const std::string id = group["conversation_id"];
  for (auto& person : people) person->socket();
  constexpr int count = 60;
  for (int i = 0; i < count; ++i) {
    people[static_cast<std::size_t>(i) % 2]->socket().send("message.send",
                                                           text_message(id, "number " + std::to_string(i)));
  }
  const long end = static_cast<long>(people.size()) + count;
  for (auto& person : people) {
    for (long last = 0; last < end;) {
      const auto frame = person->socket().receive();
      REQUIRE(frame);
      const auto& data = (*frame)["data"];
      const bool ack = (*frame)["type"] == "message.ack";
      if (!ack && ((*frame)["type"] != "message.new" || data["message"]["conversation_id"] != id)) continue;
      const long seq = ack ? data["seq"] : data["message"]["seq"];
      if (last != 0) REQUIRE(seq == last + 1);
      last = seq;
    }
  }
}

}  // namespace netherlink::test
