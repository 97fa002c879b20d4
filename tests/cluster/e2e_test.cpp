// Keys of devices are one store of keys, whichever replica hands them out.
#include <set>
#include <thread>

#include "support/catch.hpp"
#include "support/key_device.hpp"
#include "support/people.hpp"
#include "support/stack.hpp"

namespace netherlink::test {
namespace {

using nlohmann::json;

Replicas& replicas() {
  static Replicas two(Stack::shared(), 2, {"e2e.one_time_keys=30", "e2e.low_keys=5"});
  return two;
}

}  // namespace

TEST_CASE("e2e on replicas: each one-time key goes to one caller", "[e2e]") {
  Person ada(replicas()[0], "ada");
  ada.socket();
  KeyDevice phone(ada.id);
  for (int round = 0; round < 3; ++round) {
    REQUIRE(phone.publish(ada, 24).status == 200);
    constexpr std::size_t people = 8, each = 4;
    std::vector<std::unique_ptr<Person>> crowd;
    for (std::size_t i = 0; i < people; ++i) crowd.push_back(std::make_unique<Person>(replicas()[i % 2], "runner"));
    std::vector<std::vector<json>> got(people);
    std::vector<std::thread> threads;
    for (std::size_t i = 0; i < people; ++i) {
      threads.emplace_back([&, i] {
        for (std::size_t n = 0; n < each; ++n) {
          got[i].push_back(claim_keys(*crowd[i], {{ada.id, phone.id}}).json.at("items")[0]);
        }
      });
    }
    for (auto& thread : threads) thread.join();
    std::set<std::string> keys;
    std::size_t fallbacks = 0;
    for (const auto& some : got) {
      for (const auto& bundle : some) {
        if (bundle.at("fallback")) {
          ++fallbacks;
        } else {
          CHECK(keys.insert(bundle["one_time_key"]["key_id"]).second);
        }
      }
    }
    CHECK(keys.size() == 24);
    CHECK(fallbacks == people * each - 24);
    // Half of them was handed out by the other replica, and yet it is told here, once.
    ada.socket().expect("e2e.keys_low", [](const json& data) { return data["one_time_keys"] == 4; });
    ada.socket().expect("e2e.keys_low", [](const json& data) { return data["pre_key_used"] == true; });
    phone.renew();
  }
}

TEST_CASE("e2e on replicas: publishing and claiming at once", "[e2e]") {
  Person ada(replicas()[0], "ada"), bob(replicas()[1], "bob"), eve(replicas()[0], "eve");
  KeyDevice phone(ada.id);
  REQUIRE(phone.publish(ada, 5).status == 200);
  std::vector<json> got[2];
  std::vector<std::thread> threads;
  threads.emplace_back([&] {
    for (int i = 0; i < 10; ++i) {
      phone.renew();
      CHECK(phone.publish(ada, 2).status == 200);
    }
  });
  for (std::size_t i = 0; i < 2; ++i) {
    threads.emplace_back([&, i] {
      auto& person = i == 0 ? bob : eve;
      for (int n = 0; n < 20; ++n) {
        const auto answer = claim_keys(person, {{ada.id, phone.id}});
        CHECK(answer.status == 200);
        got[i].push_back(answer.json["items"][0]);
      }
    });
  }
  for (auto& thread : threads) thread.join();
  std::set<std::string> keys;
  std::size_t one_time = 0;
  for (const auto& some : got) {
    for (const auto& bundle : some) {
      if (bundle.at("fallback")) continue;
      ++one_time;
      CHECK(keys.insert(bundle["one_time_key"]["key_id"]).second);
    }
  }
  const auto left = ada.http.get("/api/v1/e2e/keys").json["one_time_keys"].get<std::size_t>();
  CHECK(one_time + left == 25);
}

TEST_CASE("e2e on replicas: devices come and go for everybody", "[e2e]") {
  Person ada(replicas()[0], "ada"), bob(replicas()[1], "bob");
  make_friends(ada, bob);
  bob.socket();
  KeyDevice phone(ada.id);
  REQUIRE(phone.publish(ada, 1).status == 200);
  CHECK(bob.socket().expect("e2e.devices_updated") == json{{"user_id", ada.id}, {"version", 1}});

  auto message = text_message(ada.with(bob), "signed here, read there", unique("signed"));
  phone.sign_message(message, epoch_ms());
  REQUIRE(ada.http.post("/api/v1/chat/messages", message).status == 201);
  const auto pushed = bob.socket().expect("message.new")["message"];
  CHECK(pushed["signature"] == message["signature"]);
  CHECK(whole_history(bob, ada.with(bob)).back() == pushed);

  auto other = ada.sign_in();
  REQUIRE(other.http.erase("/api/v1/users/me/sessions/" + ada.session_id).status == 204);
  CHECK(bob.socket().expect("e2e.devices_updated")["version"] == 2);
  CHECK(claim_keys(bob, {{ada.id, phone.id}}).json["items"][0]["error"]["code"] == "resource.not_found");
}

}  // namespace netherlink::test
