#include "im/push_router.hpp"

#include <map>

#include "im/interest_keeper.hpp"
#include "support/catch.hpp"

namespace netherlink::im {
namespace {

/// What was published, by replica.
class Published final : public bus::PushBus {
 public:
  void publish(std::span<const std::string> instances, bus::Payload payload) override {
    ++calls;
    for (const auto& instance : instances) by_instance[instance].push_back(payload);
  }
  void subscribe(std::function<void(bus::Payload)>, std::function<void()>) override {}

  std::size_t calls = 0;
  std::map<std::string, std::vector<bus::Payload>> by_instance;
};

using Topics = std::map<std::string, std::vector<std::string>>;

/// Replicas by topic, as others registered them.
class Registered final : public cache::Interest {
 public:
  explicit Registered(Topics topics) : topics_(std::move(topics)) {}
  void add(std::span<const std::string>) override {}
  void remove(std::span<const std::string>) override {}
  std::vector<Replicas> find(std::span<const std::string> topics) override {
    std::vector<Replicas> found;
    for (const auto& topic : topics) {
      const auto known = topics_.find(topic);
      found.push_back(known == topics_.end() ? std::vector<std::string>{} : known->second);
    }
    return found;
  }
  bool reliable() const override { return true; }

 private:
  Topics topics_;
};

CommittedMessage committed(const ConversationId& id, Seq seq, const std::string& instance) {
  CommittedMessage made;
  made.message.conversation_id = id.text;
  made.message.seq = seq;
  made.message.id = 1000 + seq;
  made.instance = instance;
  return made;
}

}  // namespace

TEST_CASE("push router: a group's messages cost one envelope for each replica concerned, however many its members") {
  const auto group = ConversationId::group(7), other = ConversationId::group(8);
  // Members of the group are connected to a and b, who sent is connected to c, and d has only members of another one.
  Registered interest(Topics{{conversation_topic(group.text), {"a", "b"}}, {conversation_topic(other.text), {"d"}}});
  Published bus;
  PushRouter router(bus, &interest);
  PushEnvelope envelope;
  auto& events = envelope.conversations.emplace_back();
  events.id = group;
  for (Seq seq = 1; seq <= 50; ++seq) events.messages.push_back(committed(group, seq, "c"));
  for (UserId user = 1; user <= 2000; ++user) events.receipts.push_back({user, {}, {}, "a"});
  router.publish(envelope);

  CHECK(bus.calls == 1);  // the same bytes for all of them
  REQUIRE(bus.by_instance.size() == 3);
  for (const auto* instance : {"a", "b", "c"}) {
    REQUIRE(bus.by_instance[instance].size() == 1);
    PushEnvelope told;
    REQUIRE(wire::decode_push(*bus.by_instance[instance].front(), told));
    REQUIRE(told.conversations.size() == 1);
    CHECK(told.conversations.front().messages.size() == 50);
    CHECK(told.conversations.front().receipts.size() == 2000);
  }
}

TEST_CASE("push router: receipts of many are marked as their own business") {
  Published bus;
  Registered interest(Topics{{"c:group_7", {"a"}}});
  PushRouter router(bus, &interest);
  PushEnvelope envelope;
  envelope.conversations.emplace_back().id = ConversationId::group(7);
  envelope.conversations.front().receipts.push_back({1, {}, {}, "a"});
  envelope.conversations.front().own_receipts = true;
  router.publish(envelope);
  PushEnvelope told;
  REQUIRE(wire::decode_push(*bus.by_instance["a"].front(), told));
  CHECK(told.conversations.front().own_receipts);
}

}  // namespace netherlink::im
