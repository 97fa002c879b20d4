// GET, PUT, DELETE /e2e/keys, POST /e2e/keys/claim, GET /users/{id}/e2e/devices.
#include "gateway/api/e2e.hpp"

#include <boost/json/array.hpp>

#include "gateway/api/chat_calls.hpp"
#include "gateway/json_input.hpp"

namespace netherlink::gateway {
namespace {

constexpr TextLength any_key{1, 128};  // what a key, its id or a signature may be at most, whatever it is

core::UserId caller(const Request& request) {
  return request.principal->user_id;
}

e2e::SignedKey read_key(JsonInput& input, const boost::json::object& object, std::string path) {
  JsonInput nested(object, JsonInput::Unknown::refuse, std::move(path));
  e2e::SignedKey key{nested.string("key_id", any_key), nested.string("key", any_key),
                     nested.string("signature", any_key)};
  input.merge(std::move(nested));
  return key;
}

e2e::SignedKey read_pre_key(JsonInput& input) {
  constexpr std::string_view name = "signed_pre_key";
  const auto* object = input.optional_object(name);
  if (object != nullptr) return read_key(input, *object, input.path_of(name));
  if (!input.has(name) || input.is_null(name)) input.fail(name, "is missing");
  return {};
}

std::vector<e2e::SignedKey> read_one_time_keys(JsonInput& input, std::size_t most) {
  std::vector<e2e::SignedKey> keys;
  const auto* items = input.array("one_time_keys", most);
  for (std::size_t i = 0; items != nullptr && i < items->size(); ++i) {
    const auto name = "one_time_keys[" + std::to_string(i) + "]";
    const auto* object = (*items)[i].if_object();
    if (object != nullptr) {
      keys.push_back(read_key(input, *object, input.path_of(name)));
    } else {
      input.fail(name, "must be an object");
    }
  }
  return keys;
}

core::result<e2e::Publication> read_publication(const E2eApi& api, const Request& request) {
  const auto object = parse_json_object(request.body, api.config.http.json_depth);
  if (!object) return object.error();
  JsonInput input(*object, JsonInput::Unknown::refuse);
  e2e::Publication published;
  published.user_id = caller(request);
  published.session_id = request.principal->session_id;
  published.keys.identity_key = input.string("identity_key", any_key);
  published.keys.signing_key = input.string("signing_key", any_key);
  published.keys.signature = input.string("signature", any_key);
  published.keys.signed_pre_key = read_pre_key(input);
  published.one_time_keys = read_one_time_keys(input, api.keys.options().one_time_keys);
  if (auto read = input.finish(); !read) return read.error();
  return published;
}

core::result<std::vector<e2e::KeyService::Target>> read_targets(const E2eApi& api, const Request& request) {
  const auto object = parse_json_object(request.body, api.config.http.json_depth);
  if (!object) return object.error();
  JsonInput input(*object, JsonInput::Unknown::refuse);
  std::vector<e2e::KeyService::Target> targets;
  const auto* items = input.array("devices", api.keys.options().claim_devices);
  if (items == nullptr && !input.has("devices")) input.fail("devices", "is missing");
  for (std::size_t i = 0; items != nullptr && i < items->size(); ++i) {
    const auto name = "devices[" + std::to_string(i) + "]";
    const auto* item = (*items)[i].if_object();
    if (item == nullptr) {
      input.fail(name, "must be an object");
      continue;
    }
    JsonInput nested(*item, JsonInput::Unknown::refuse, input.path_of(name));
    targets.push_back({nested.id("user_id"), nested.id("device_id")});
    input.merge(std::move(nested));
  }
  if (auto read = input.finish(); !read) return read.error();
  return targets;
}

void write_key(core::JsonWriter& out, std::string_view name, const e2e::SignedKey& key) {
  out.key(name).begin_object().field("key_id", key.id).field("key", key.key);
  out.field("signature", key.signature).end_object();
}

/// Of an object that is open.
void write_device(core::JsonWriter& out, const e2e::Device& device) {
  out.key("device_id").id(device.id).field("identity_key", device.keys.identity_key);
  out.field("signing_key", device.keys.signing_key).field("signature", device.keys.signature);
}

Response own_answer(const core::result<e2e::OwnDevice>& own) {
  if (!own) return Response::problem(own.error());
  return json_answer(200, [&](core::JsonWriter& out) {
    out.begin_object();
    write_device(out, own->device);
    write_key(out, "signed_pre_key", own->device.keys.signed_pre_key);
    out.field("one_time_keys", own->one_time_keys).field("pre_key_used", own->pre_key_used);
    out.field("version", own->version).key("created_at").timestamp(own->device.created_at);
    out.key("updated_at").timestamp(own->device.updated_at).end_object();
  });
}

Response put_keys(const E2eApi& api, const Request& request) {
  const auto publication = read_publication(api, request);
  if (!publication) return Response::problem(publication.error());
  return own_answer(api.keys.publish(*publication));
}

Response get_keys(const E2eApi& api, const Request& request) {
  return own_answer(api.keys.own(request.principal->session_id));
}

Response delete_keys(const E2eApi& api, const Request& request) {
  const auto done = api.keys.withdraw(request.principal->session_id);
  return done ? Response::no_content() : Response::problem(done.error());
}

Response list_devices(const E2eApi& api, const Request& request) {
  const auto user = core::parse_id(request.path_params.find("id")->second);
  if (!user) return Response::problem(errors::user_not_found);
  const auto list = api.keys.devices(caller(request), *user);
  if (!list) return Response::problem(list.error());
  return json_answer(200, [&](core::JsonWriter& out) {
    out.begin_object().field("version", list->version).key("items").begin_array();
    for (const auto& device : list->devices) {
      out.begin_object();
      write_device(out, device);
      out.key("created_at").timestamp(device.created_at).end_object();
    }
    out.end_array().end_object();
  });
}

void write_bundle(core::JsonWriter& out, const e2e::Bundle& bundle) {
  write_device(out, bundle.device);
  write_key(out, "signed_pre_key", bundle.device.keys.signed_pre_key);
  if (bundle.one_time_key) {
    write_key(out, "one_time_key", *bundle.one_time_key);
  } else {
    out.key("one_time_key").null();
  }
  out.field("fallback", !bundle.one_time_key);
}

Response claim_keys(const E2eApi& api, const Request& request) {
  const auto targets = read_targets(api, request);
  if (!targets) return Response::problem(targets.error());
  const auto claimed = api.keys.claim(caller(request), *targets);
  if (!claimed) return Response::problem(claimed.error());
  return json_answer(200, [&](core::JsonWriter& out) {
    out.begin_object().key("items").begin_array();
    for (std::size_t i = 0; i < targets->size(); ++i) {
      const auto& bundle = (*claimed)[i];
      out.begin_object().key("user_id").id((*targets)[i].user_id);
      if (bundle) {
        write_bundle(out, *bundle);
      } else {
        out.key("device_id").id((*targets)[i].device_id).key("error").begin_object();
        out.field("code", bundle.error().code().name).end_object();
      }
      out.end_object();
    }
    out.end_array().end_object();
  });
}

}  // namespace

std::vector<Route> e2e_routes(const E2eApi& api) {
  using Call = Response (*)(const E2eApi&, const Request&);
  const auto route = [&api](std::string_view method, std::string_view pattern, Call call) {
    return Route{.method = method, .pattern = pattern, .handler = [api, call](const Request& request) {
                   return call(api, request);
                 }};
  };
  return {
      route("PUT", "/api/v1/e2e/keys", &put_keys),
      route("GET", "/api/v1/e2e/keys", &get_keys),
      route("DELETE", "/api/v1/e2e/keys", &delete_keys),
      route("POST", "/api/v1/e2e/keys/claim", &claim_keys),
      route("GET", "/api/v1/users/{id}/e2e/devices", &list_devices),
  };
}

}  // namespace netherlink::gateway
