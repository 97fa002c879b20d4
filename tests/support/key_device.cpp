#include "support/key_device.hpp"

#include <openssl/evp.h>
#include <openssl/sha.h>

#include <array>
#include <stdexcept>

#include "netherlink/core/ids.hpp"

namespace netherlink::test {
namespace {

using nlohmann::json;

struct FreeKey {
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
};
using KeyPair = std::unique_ptr<EVP_PKEY, FreeKey>;

KeyPair make_pair(const char* algorithm) {
  KeyPair key(EVP_PKEY_Q_keygen(nullptr, nullptr, algorithm));
  if (!key) throw std::runtime_error("no key of that kind");
  return key;
}

std::string public_half(const KeyPair& key) {
  std::array<unsigned char, 32> bytes{};
  std::size_t size = bytes.size();
  if (EVP_PKEY_get_raw_public_key(key.get(), bytes.data(), &size) != 1) throw std::runtime_error("no public key");
  return to_base64({reinterpret_cast<const char*>(bytes.data()), size});
}

std::string sha256_hex(std::string_view text) {
  std::array<unsigned char, SHA256_DIGEST_LENGTH> digest{};
  SHA256(reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest.data());
  std::string hex;
  for (const auto byte : digest) {
    hex += "0123456789abcdef"[byte >> 4];
    hex += "0123456789abcdef"[byte & 15];
  }
  return hex;
}

}  // namespace

struct KeyDevice::Keys {
  KeyPair identity = make_pair("X25519"), signing = make_pair("ED25519");
};

KeyDevice::KeyDevice(std::string user_id) : keys_(std::make_unique<Keys>()), user_id_(std::move(user_id)) {
  renew();
}
KeyDevice::~KeyDevice() = default;
KeyDevice::KeyDevice(KeyDevice&&) noexcept = default;

std::string KeyDevice::sign(std::string_view text) const {
  const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(), &EVP_MD_CTX_free);
  std::array<unsigned char, 64> signature{};
  std::size_t size = signature.size();
  EVP_DigestSignInit(context.get(), nullptr, nullptr, nullptr, keys_->signing.get());
  const auto* bytes = reinterpret_cast<const unsigned char*>(text.data());
  if (EVP_DigestSign(context.get(), signature.data(), &size, bytes, text.size()) != 1) {
    throw std::runtime_error("not signed");
  }
  return to_base64({reinterpret_cast<const char*>(signature.data()), size});
}

json KeyDevice::make_key(const std::string& purpose) {
  const std::string key_id = "key-" + std::to_string(++last_key_), key = public_half(make_pair("X25519"));
  return {{"key_id", key_id},
          {"key", key},
          {"signature", sign("netherlink-" + purpose + "-v1\n" + user_id_ + "\n" + key_id + "\n" + key)}};
}

void KeyDevice::renew() {
  signed_pre_key_ = make_key("pre-key");
}

json KeyDevice::publication(std::size_t one_time_keys) {
  const auto identity = public_half(keys_->identity), signing = public_half(keys_->signing);
  auto keys = json::array();
  for (std::size_t i = 0; i < one_time_keys; ++i) keys.push_back(make_key("one-time-key"));
  return {{"identity_key", identity},
          {"signing_key", signing},
          {"signature", sign("netherlink-device-v1\n" + user_id_ + "\n" + identity + "\n" + signing)},
          {"signed_pre_key", signed_pre_key_},
          {"one_time_keys", keys}};
}

HttpAnswer KeyDevice::publish(Person& person, std::size_t one_time_keys) {
  auto answer = person.http.put("/api/v1/e2e/keys", publication(one_time_keys));
  if (answer.status == 200) id = answer.json["device_id"];
  return answer;
}

void KeyDevice::sign_message(json& message, std::int64_t client_time) const {
  std::string mentions;
  for (const auto& mention : message.value("mentions", json::array())) {
    if (!mentions.empty()) mentions += ',';
    mentions += mention.get<std::string>();
  }
  std::string text("netherlink-message-v1\n");
  text.append(message.at("conversation_id").get<std::string>()).append("\n");
  text.append(message.at("client_msg_id").get<std::string>()).append("\n");
  text.append(message.at("kind").get<std::string>()).append("\n");
  text.append(sha256_hex(message.at("content").get<std::string>())).append("\n");
  text.append(message.value("reply_to", "")).append("\n").append(mentions).append("\n");
  text.append(message.value("extra", json::object()).value("attachment_id", "")).append("\n");
  text.append(id).append("\n").append(std::to_string(client_time));
  message["client_time"] = to_rfc3339(client_time);
  message["signature"] = sign(text);
}

std::int64_t epoch_ms() {
  return core::now_ms();
}

std::string to_rfc3339(std::int64_t time) {
  return core::format_timestamp(time);
}

std::string to_base64(std::string_view bytes) {
  std::string text((bytes.size() + 2) / 3 * 4 + 1, '\0');
  const auto* data = reinterpret_cast<const unsigned char*>(bytes.data());
  const int size = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()), data, static_cast<int>(bytes.size()));
  text.resize(static_cast<std::size_t>(size));
  return text.substr(0, text.find('='));
}

HttpAnswer claim_keys(Person& person, const std::vector<std::pair<std::string, std::string>>& user_and_device) {
  auto devices = json::array();
  for (const auto& [user, device] : user_and_device) devices.push_back({{"user_id", user}, {"device_id", device}});
  return person.http.post("/api/v1/e2e/keys/claim", {{"devices", devices}});
}

}  // namespace netherlink::test
