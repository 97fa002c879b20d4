// Publishing, listing and claiming keys of devices.
#include <atomic>
#include <set>
#include <thread>

#include "support/catch.hpp"
#include "support/groups.hpp"
#include "support/key_device.hpp"

namespace netherlink::test {
namespace {

using nlohmann::json;

constexpr const char* keys_path = "/api/v1/e2e/keys";

ServerProcess& server() {
  static ServerProcess process({"e2e.max_devices=2", "e2e.one_time_keys=20", "e2e.low_keys=3", "e2e.claim_devices=3"});
  return process;
}

std::string devices_path(const Person& person) {
  return "/api/v1/users/" + person.id + "/e2e/devices";
}

json claimed(Person& caller, const Person& owner, const KeyDevice& device) {
  const auto answer = claim_keys(caller, {{owner.id, device.id}});
  INFO(answer.body);
  REQUIRE(answer.status == 200);
  return answer.json["items"][0];
}

}  // namespace

TEST_CASE("e2e: a device publishes keys, others find them", "[e2e]") {
  Person ada(server(), "ada"), bob(server(), "bob");
  CHECK(bob.http.get(devices_path(ada)).json == json{{"version", 0}, {"items", json::array()}});
  CHECK(ada.http.get(keys_path).status == 404);
  ada.socket();
  KeyDevice phone(ada.id);
  const auto sent = phone.publication(5);
  const auto own = ada.http.put(keys_path, sent);
  REQUIRE(own.status == 200);
  CHECK(own.json["one_time_keys"] == 5);
  CHECK(own.json["version"] == 1);
  CHECK(own.json["pre_key_used"] == false);
  CHECK(own.json["signed_pre_key"] == sent["signed_pre_key"]);
  CHECK(ada.http.get(keys_path).json == own.json);
  CHECK(ada.socket().expect("e2e.devices_updated") == json{{"user_id", ada.id}, {"version", 1}});

  const auto list = bob.http.get(devices_path(ada)).json;
  CHECK(list["version"] == 1);
  REQUIRE(list["items"].size() == 1);
  for (const auto* field : {"identity_key", "signing_key", "signature"}) CHECK(list["items"][0][field] == sent[field]);
  phone.id = own.json["device_id"];
  CHECK(list["items"][0]["device_id"] == phone.id);

  const auto bundle = claimed(bob, ada, phone);
  CHECK(bundle["signed_pre_key"] == sent["signed_pre_key"]);
  CHECK(bundle["one_time_key"] == sent["one_time_keys"][0]);
  CHECK(bundle["fallback"] == false);
  CHECK(bundle["user_id"] == ada.id);

  // Sent again, a claimed key does not come back; more of them are added, another pre-key takes its place.
  CHECK(ada.http.put(keys_path, sent).json["one_time_keys"] == 4);
  phone.renew();
  const auto more = phone.publication(2);
  const auto after = ada.http.put(keys_path, more).json;
  CHECK(after["one_time_keys"] == 6);
  CHECK(after["device_id"] == phone.id);
  CHECK(after["version"] == 1);
  CHECK(after["signed_pre_key"] == more["signed_pre_key"]);
}

TEST_CASE("e2e: what is wrong is refused", "[e2e]") {
  Person ada(server(), "ada"), bob(server(), "bob");
  KeyDevice phone(ada.id);
  const auto right = phone.publication(2);
  const auto refused = [&](const json& body) {
    const auto answer = ada.http.put(keys_path, body);
    INFO(answer.body);
    CHECK(answer.status == 422);
    return answer.fields();
  };
  const auto with = [&](const json::json_pointer& where, const json& value) {
    auto copy = right;
    copy[where] = value;
    return refused(copy);
  };
  using Fields = std::vector<std::string>;
  const std::string none(43, 'A');  // zeros: of small order
  CHECK(with("/identity_key"_json_pointer, none) == Fields{"identity_key", "signature"});
  CHECK(with("/signing_key"_json_pointer, "short") == Fields{"signing_key"});
  CHECK(with("/signature"_json_pointer, right["signed_pre_key"]["signature"]) == Fields{"signature"});
  CHECK(with("/signed_pre_key/key_id"_json_pointer, "other") == Fields{"signed_pre_key.signature"});
  CHECK(with("/signed_pre_key/key"_json_pointer, right["one_time_keys"][0]["key"]) ==
        Fields{"signed_pre_key.signature", "one_time_keys[0]"});
  CHECK(with("/one_time_keys/1/signature"_json_pointer, right["one_time_keys"][0]["signature"]) ==
        Fields{"one_time_keys[1].signature"});
  CHECK(with("/one_time_keys/1"_json_pointer, right["one_time_keys"][0]) == Fields{"one_time_keys[1]"});
  CHECK(with("/one_time_keys/0/more"_json_pointer, 1) == Fields{"one_time_keys[0].more"});
  CHECK(with("/identity_key"_json_pointer, right["identity_key"].get<std::string>() + "=").front() == "identity_key");
  auto without = right;
  without.erase("signed_pre_key");
  CHECK(refused(without) == Fields{"signed_pre_key"});
  CHECK(refused(phone.publication(21)) == Fields{"one_time_keys"});
  CHECK(ada.http.get(keys_path).status == 404);

  // Keys of one person are not another's.
  CHECK(bob.http.put(keys_path, right).fields().front() == "signature");

  REQUIRE(phone.publish(ada, 20).status == 200);
  CHECK(ada.http.put(keys_path, phone.publication(1)).code() == "e2e.too_many_keys");
  auto other = phone.publication();
  const auto key = KeyDevice(ada.id).publication()["signed_pre_key"]["key"].get<std::string>();
  const std::string id = other["signed_pre_key"]["key_id"];
  other["signed_pre_key"]["key"] = key;
  other["signed_pre_key"]["signature"] = phone.sign("netherlink-pre-key-v1\n" + ada.id + "\n" + id + "\n" + key);
  CHECK(ada.http.put(keys_path, other).code() == "e2e.key_id_taken");

  CHECK(claim_keys(bob, {}).fields() == Fields{"devices"});
  CHECK(claim_keys(bob, {{ada.id, phone.id}, {ada.id, phone.id}}).fields() == Fields{"devices[1]"});
  CHECK(claim_keys(bob, {{"1", "1"}, {"1", "2"}, {"1", "3"}, {"1", "4"}}).status == 422);
  const auto nobody = claim_keys(bob, {{ada.id, "17"}, {"18", "19"}, {bob.id, phone.id}});
  CHECK(nobody.json["items"][0]["error"]["code"] == "resource.not_found");
  CHECK(nobody.json["items"][1]["error"]["code"] == "user.not_found");
  CHECK(nobody.json["items"][2]["error"]["code"] == "resource.not_found");
  CHECK(bob.http.get("/api/v1/users/18/e2e/devices").code() == "user.not_found");
  CHECK(ada.http.get(keys_path).json["one_time_keys"] == 20);
}

TEST_CASE("e2e: each one-time key is handed out once, whoever races", "[e2e]") {
  Person ada(server(), "ada");
  KeyDevice phone(ada.id);
  REQUIRE(phone.publish(ada, 20).status == 200);
  constexpr std::size_t people = 6, each = 4;
  std::vector<std::unique_ptr<Person>> crowd;
  for (std::size_t i = 0; i < people; ++i) crowd.push_back(std::make_unique<Person>(server(), "runner"));
  std::vector<std::vector<json>> got(people);
  std::vector<std::thread> threads;
  for (std::size_t i = 0; i < people; ++i) {
    threads.emplace_back([&, i] {
      for (std::size_t n = 0; n < each; ++n) {
        got[i].push_back(claim_keys(*crowd[i], {{ada.id, phone.id}}).json["items"][0]);
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
        CHECK(bundle["one_time_key"].is_null());
      } else {
        CHECK(keys.insert(bundle["one_time_key"]["key_id"]).second);
      }
    }
  }
  CHECK(keys.size() == 20);
  CHECK(fallbacks == people * each - 20);
  const auto own = ada.http.get(keys_path).json;
  CHECK(own["one_time_keys"] == 0);
  CHECK(own["pre_key_used"] == true);
}

TEST_CASE("e2e: a device hears when few keys are left", "[e2e]") {
  Person ada(server(), "ada"), bob(server(), "bob");
  ada.socket();
  KeyDevice phone(ada.id);
  REQUIRE(phone.publish(ada, 4).status == 200);
  for (int i = 0; i < 2; ++i) claimed(bob, ada, phone);
  CHECK(ada.socket().expect("e2e.keys_low") ==
        json{{"device_id", phone.id}, {"one_time_keys", 2}, {"pre_key_used", false}});
  for (int i = 0; i < 4; ++i) CHECK(claimed(bob, ada, phone)["fallback"] == (i >= 2));
  CHECK(ada.socket().expect("e2e.keys_low") ==
        json{{"device_id", phone.id}, {"one_time_keys", 0}, {"pre_key_used", true}});
  CHECK(ada.socket().collect("e2e.keys_low").empty());
  phone.renew();
  REQUIRE(phone.publish(ada, 1).json["pre_key_used"] == false);
  CHECK(claimed(bob, ada, phone)["fallback"] == false);
}

TEST_CASE("e2e: keys are for those who may write", "[e2e]") {
  Person ada(server(), "ada"), bob(server(), "bob"), eve(server(), "eve");
  KeyDevice phone(ada.id);
  REQUIRE(phone.publish(ada, 3).status == 200);
  const auto code = [&](Person& who) {
    const auto item = claimed(who, ada, phone);
    const auto listed = who.http.get(devices_path(ada));
    CHECK(listed.code() == (item.contains("error") ? item["error"]["code"].get<std::string>() : ""));
    return listed.code();
  };
  CHECK(code(bob).empty());
  REQUIRE(block(ada, bob).status == 204);
  CHECK(code(bob) == "user.not_reachable");
  REQUIRE(unblock(ada, bob).status == 204);
  REQUIRE(ada.http.patch("/api/v1/users/me/preferences", {{"direct_messages_from", "friends"}}).status == 200);
  CHECK(code(bob) == "user.not_reachable");
  CHECK(code(eve) == "user.not_reachable");
  CHECK(code(ada).empty());

  // Who is in a group with her needs her keys for what is said there, unless one of them blocks the other.
  const auto group = make_group(ada, {&eve});
  REQUIRE(ada.http.erase("/api/v1/friends/" + eve.id).status == 204);
  CHECK(code(eve).empty());
  REQUIRE(block(eve, ada).status == 204);
  CHECK(code(eve) == "user.not_reachable");
}

TEST_CASE("e2e: the end of a session is the end of its device", "[e2e]") {
  Person ada(server(), "ada"), bob(server(), "bob"), eve(server(), "eve");
  make_friends(ada, bob);
  REQUIRE(try_to_write(eve, ada).status == 201);
  for (auto* person : {&bob, &eve}) person->socket();
  KeyDevice phone(ada.id), tablet(ada.id);
  REQUIRE(phone.publish(ada, 1).status == 200);
  auto second = ada.sign_in();
  REQUIRE(tablet.publish(second, 1).status == 200);
  const auto version = [&](Person& person, int wanted) {
    return person.socket().expect("e2e.devices_updated", [&](const json& data) { return data["version"] == wanted; });
  };
  for (auto* person : {&bob, &eve}) CHECK(version(*person, 2)["user_id"] == ada.id);

  auto third = ada.sign_in();
  KeyDevice laptop(ada.id);
  CHECK(laptop.publish(third).code() == "e2e.too_many_devices");
  REQUIRE(second.http.request("POST", "/api/v1/auth/logout").status == 204);
  for (auto* person : {&bob, &eve}) version(*person, 3);
  CHECK(claimed(bob, ada, tablet)["error"]["code"] == "resource.not_found");
  REQUIRE(laptop.publish(third).status == 200);

  REQUIRE(ada.http.erase("/api/v1/users/me/sessions/" + third.session_id).status == 204);
  version(bob, 5);
  CHECK(bob.http.get(devices_path(ada)).json["items"].size() == 1);
  CHECK(bob.http.get(devices_path(ada)).json["version"] == 5);

  // Another identity is another device, and no secret.
  KeyDevice reinstalled(ada.id);
  REQUIRE(reinstalled.publish(ada, 1).status == 200);
  CHECK(reinstalled.id != phone.id);
  version(bob, 6);
  CHECK(claimed(bob, ada, phone)["error"]["code"] == "resource.not_found");
  CHECK(claimed(bob, ada, reinstalled)["fallback"] == false);
  for (int again = 0; again < 2; ++again) CHECK(ada.http.erase(keys_path).status == 204);
  version(bob, 7);
  CHECK(bob.http.get(devices_path(ada)).json == json{{"version", 7}, {"items", json::array()}});
  // Who blocks her hears no more of her devices.
  REQUIRE(block(eve, ada).status == 204);
  eve.socket().collect("e2e.devices_updated");
  REQUIRE(KeyDevice(ada.id).publish(ada).status == 200);
  version(bob, 8);
  CHECK(eve.socket().collect("e2e.devices_updated").empty());
}

TEST_CASE("e2e: nobody can use up the keys of somebody else", "[e2e]") {
  ServerProcess limited({"rate_limits.enabled=true", "rate_limits.e2e_claim=12/0.001", "e2e.one_time_keys=10",
                         "rate_limits.register_ip=100/10", "rate_limits.e2e_claim_device=2/0.001",
                         "e2e.claim_devices=6"});
  Person ada(limited, "ada"), bob(limited, "bob"), eve(limited, "eve");
  KeyDevice phone(ada.id);
  REQUIRE(phone.publish(ada, 10).status == 200);
  for (int i = 0; i < 12; ++i) CHECK(claimed(bob, ada, phone)["fallback"] == (i >= 2));
  const auto refused = claim_keys(bob, {{ada.id, phone.id}});
  CHECK(refused.code() == "request.rate_limited");
  CHECK_FALSE(refused.header("retry-after").empty());
  CHECK(ada.http.get(keys_path).json["one_time_keys"] == 8);
  CHECK(ada.http.get(keys_path).json["pre_key_used"] == false);
  CHECK(claimed(eve, ada, phone)["fallback"] == false);
  // Checking signatures is work: publishing has a limit as well.
  CHECK(phone.publish(ada, 2).code() == "request.rate_limited");
}

TEST_CASE("e2e: an account takes its keys with it", "[e2e]") {
  Person ada(server(), "ada"), bob(server(), "bob");
  KeyDevice phone(ada.id);
  REQUIRE(phone.publish(ada, 2).status == 200);
  const json password{{"password", ada.password}};
  REQUIRE(ada.http.request("DELETE", "/api/v1/users/me", password).status == 204);
  CHECK(claimed(bob, ada, phone)["error"]["code"] == "user.not_found");
  CHECK(bob.http.get(devices_path(ada)).code() == "user.not_found");
}

TEST_CASE("e2e: the limits are told", "[e2e]") {
  const auto config = HttpClient(server().port()).get("/api/v1/client-config").json;
  CHECK(config["features"]["e2e"] == true);
  CHECK(config["features"]["require_signatures"] == false);
  CHECK(config["limits"]["e2e_devices"] == 2);
  CHECK(config["limits"]["e2e_one_time_keys"] == 20);
  CHECK(config["limits"]["e2e_low_keys"] == 3);
  CHECK(config["limits"]["e2e_claim_devices"] == 3);
  CHECK(config["limits"]["e2e_told_people"] == 1000);
  CHECK(config["limits"]["signature_window"] == 300);
}

}  // namespace netherlink::test
