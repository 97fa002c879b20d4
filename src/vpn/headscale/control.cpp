// The REST API of Headscale: /api/v1, protojson (ids as strings, names in camelCase, what is empty may be missing).
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>
#include <charconv>

#include "netherlink/log/log.hpp"
#include "netherlink/metrics/metrics.hpp"
#include "netherlink/vpn/headscale.hpp"
#include "vpn/headscale/breaker.hpp"
#include "vpn/headscale/http.hpp"

namespace netherlink::vpn {
namespace {

namespace json = boost::json;
using core::result;

constexpr std::string_view base = "/api/v1";
constexpr std::chrono::milliseconds retry_after{1000};

std::string_view text_of(const json::object& object, std::string_view name) {
  const auto* value = object.if_contains(name);
  if (value == nullptr || !value->is_string()) return {};
  return {value->get_string().data(), value->get_string().size()};
}

/// 0: not there.
std::int64_t id_of(const json::object& object, std::string_view name) {
  return core::parse_id(text_of(object, name)).value_or(0);
}

bool flag_of(const json::object& object, std::string_view name) {
  const auto* value = object.if_contains(name);
  return value != nullptr && value->is_bool() && value->get_bool();
}

Timestamp time_of(const json::object& object, std::string_view name) {
  return core::parse_timestamp(text_of(object, name)).value_or(0);
}

const json::object* object_of(const json::object& object, std::string_view name) {
  const auto* value = object.if_contains(name);
  return value != nullptr && value->is_object() ? &value->get_object() : nullptr;
}

std::string name_in(const json::object& object) {
  const auto* user = object_of(object, "user");
  return user == nullptr ? std::string() : std::string(text_of(*user, "name"));
}

Control::User read_user(const json::object& user) {
  return {id_of(user, "id"), std::string(text_of(user, "name")), time_of(user, "createdAt")};
}

Control::Key read_key(const json::object& key) {
  return {.id = id_of(key, "id"),
          .key = std::string(text_of(key, "key")),
          .user = name_in(key),
          .used = flag_of(key, "used"),
          .created_at = time_of(key, "createdAt"),
          .expires_at = time_of(key, "expiration")};
}

Control::Node read_node(const json::object& node) {
  Control::Node read{.id = id_of(node, "id"), .user = name_in(node), .address = {}, .online = flag_of(node, "online")};
  if (const auto* key = object_of(node, "preAuthKey")) read.key_id = id_of(*key, "id");
  const auto* addresses = node.if_contains("ipAddresses");
  if (addresses == nullptr || !addresses->is_array()) return read;
  for (const auto& address : addresses->get_array()) {
    if (!address.is_string()) continue;
    const std::string_view text(address.get_string().data(), address.get_string().size());
    if (read.address.empty() || text.find('.') != std::string_view::npos) read.address = text;
  }
  return read;
}

class Headscale final : public Control {
 public:
  explicit Headscale(const HeadscaleOptions& options)
      : cell_(options.cell),
        peer_({.url = without_slash(options.url).append(base),
               .authorization = std::string("Bearer ").append(options.api_key),
               .timeout = options.timeout}),
        breaker_(Breaker::Options{}) {}

  result<std::optional<std::string>> policy() override {
    const auto answer = call("GET", "/policy");
    if (!answer) return answer.error();
    // A server without a policy answers 500, and says so only in words.
    if (says(*answer, "policy not found")) {
      return std::optional<std::string>();
    }
    if (auto fine = expect_ok(*answer, "GET policy"); !fine) return fine.error();
    if (!answer->body.contains("policy")) return nonsense("GET policy");
    return std::optional<std::string>(text_of(answer->body, "policy"));
  }

  result<void> put_policy(const std::string& policy) override {
    const auto answer = call("PUT", "/policy", {{"policy", policy}});
    if (!answer) return answer.error();
    if (auto fine = expect_ok(*answer, "PUT policy"); !fine) return fine;
    if (text_of(answer->body, "policy") != policy) return nonsense("PUT policy");
    return {};
  }

  result<std::vector<Node>> nodes() override { return list<Node>("/node", "nodes", &read_node); }
  result<std::vector<Key>> keys() override { return list<Key>("/preauthkey", "preAuthKeys", &read_key); }
  result<std::vector<User>> users() override { return list<User>("/user", "users", &read_user); }

  result<void> delete_node(std::int64_t id) override {
    const auto answer = call("DELETE", numbered("/node/", id));
    if (!answer) return answer.error();
    if (answer->status == 404) return {};
    return expect_ok(*answer, "DELETE node");
  }

  result<std::optional<User>> find_user(const std::string& name) override {
    auto found = list<User>(std::string("/user?name=").append(HttpPeer::escaped(name)), "users", &read_user);
    if (!found) return found.error();
    for (auto& user : *found) {
      if (user.name == name && user.id != 0) return std::optional<User>(std::move(user));
    }
    return std::optional<User>();
  }

  result<User> create_user(const std::string& name) override {
    const auto answer = call("POST", "/user", {{"name", name}});
    if (!answer) return answer.error();
    if (auto fine = expect_ok(*answer, "POST user"); !fine) return fine.error();
    const auto* user = object_of(answer->body, "user");
    if (user == nullptr || id_of(*user, "id") == 0) return nonsense("POST user");
    return read_user(*user);
  }

  result<void> delete_user(std::int64_t id) override {
    const auto answer = call("DELETE", numbered("/user/", id));
    return answer ? expect_ok(*answer, "DELETE user") : answer.error();
  }

  result<Key> create_key(std::int64_t user, Timestamp expires_at) override {
    // Without an expiration the key would be born expired.
    const auto answer = call("POST", "/preauthkey",
                             {{"user", std::to_string(user)},
                              {"reusable", false},
                              {"ephemeral", true},
                              {"expiration", core::format_timestamp(expires_at)}});
    if (!answer) return answer.error();
    if (says(*answer, "user not found")) return errors::resource_not_found;
    if (auto fine = expect_ok(*answer, "POST preauthkey"); !fine) return fine.error();
    const auto* key = object_of(answer->body, "preAuthKey");
    auto made = key == nullptr ? Key{} : read_key(*key);
    if (made.id == 0 || made.key.empty()) return nonsense("POST preauthkey");
    if (made.expires_at == 0) made.expires_at = expires_at;
    return made;
  }

  result<void> delete_key(std::int64_t id) override {
    const auto answer = call("DELETE", numbered("/preauthkey?id=", id));
    if (!answer) return answer.error();
    // 500 also means that it is gone: whoever lists the keys next finds out.
    if (answer->status == 500 || answer->status == 404) return {};
    return expect_ok(*answer, "DELETE preauthkey");
  }

  void interrupt() override { peer_.interrupt(); }

 private:
  struct Answer {
    long status = 0;
    json::object body;
    std::string text;  // of an error
  };

  /// Errors are told apart by their words alone.
  static bool says(const Answer& answer, std::string_view words) {
    return answer.status == 500 && std::string_view(answer.text).find(words) != std::string_view::npos;
  }
  static std::string without_slash(std::string url) {
    while (url.ends_with('/')) url.pop_back();
    return url;
  }
  static std::string numbered(std::string_view path, std::int64_t id) {
    return std::string(path).append(std::to_string(id));
  }
  core::Error unavailable() const { return {errors::vpn_unavailable, retry_after}; }

  core::Error nonsense(std::string_view what) {
    log::warn("control server gave an answer without sense", {{"cell", cell_}, {"call", what}});
    breaker_.failed();
    return unavailable();
  }

  /// An answer of any status, whose body is an object if there is one.
  result<Answer> call(std::string_view method, const std::string& path, const json::object& body = {}) {
    if (const auto pause = breaker_.ask()) return core::Error(errors::vpn_unavailable, *pause);
    const auto began = std::chrono::steady_clock::now();
    const auto answered = peer_.call(method, path, body.empty() ? std::string() : json::serialize(body));
    seconds_.observe(std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count());
    if (!answered) {
      breaker_.failed();
      log::debug("control server does not answer", {{"cell", cell_}, {"reason", answered.error().detail()}});
      return unavailable();
    }
    Answer answer{.status = answered->status, .body = {}, .text = {}};
    if (answer.status == 401 || answer.status == 403) {
      breaker_.failed();
      log::warn("control server refuses the API key", {{"cell", cell_}, {"status", answer.status}});
      return unavailable();
    }
    boost::system::error_code failed;
    auto parsed = json::parse(answered->body, failed);
    if (failed || !parsed.is_object()) return nonsense(method);
    answer.body = std::move(parsed.get_object());
    answer.text = text_of(answer.body, "message");
    breaker_.succeeded();
    return answer;
  }

  result<void> expect_ok(const Answer& answer, std::string_view what) {
    if (answer.status == 200) return {};
    log::warn("control server refused a call",
              {{"cell", cell_}, {"call", what}, {"status", answer.status}, {"reason", answer.text}});
    return unavailable();
  }

  template <class Item>
  result<std::vector<Item>> list(const std::string& path, std::string_view name, Item (*read)(const json::object&)) {
    const auto answer = call("GET", path);
    if (!answer) return answer.error();
    if (auto fine = expect_ok(*answer, path); !fine) return fine.error();
    std::vector<Item> items;
    const auto* found = answer->body.if_contains(name);
    if (found == nullptr || !found->is_array()) return nonsense(path);
    for (const auto& item : found->get_array()) {
      if (!item.is_object()) return nonsense(path);
      items.push_back(read(item.get_object()));
      if (items.back().id == 0) return nonsense(path);
    }
    return items;
  }

  const std::string cell_;
  HttpPeer peer_;
  Breaker breaker_;
  metrics::Histogram& seconds_ =
      metrics::histogram("netherlink_vpn_call_seconds", "Calls of control servers, with those that were not answered",
                         metrics::latency_bounds());
};

}  // namespace

std::unique_ptr<Control> make_headscale(const HeadscaleOptions& options) {
  return std::make_unique<Headscale>(options);
}

}  // namespace netherlink::vpn
