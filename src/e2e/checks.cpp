#include "e2e/checks.hpp"

#include <algorithm>
#include <unordered_set>

#include "netherlink/crypto/signature.hpp"

namespace netherlink::e2e {
namespace {

constexpr std::size_t key_id_chars = 64;

bool is_key_id(std::string_view id) {
  return !id.empty() && id.size() <= key_id_chars && std::ranges::all_of(id, [](char c) { return c > ' ' && c < 127; });
}

class Checker {
 public:
  explicit Checker(const Publication& publication) : published_(publication) {}

  void run(std::size_t most) {
    const auto& keys = published_.keys;
    agreement_key("identity_key", keys.identity_key);
    if (const auto key = crypto::base64_decode(keys.signing_key); key && key->size() == crypto::public_key_bytes) {
      signer_.assign(*key);
    } else {
      fail("signing_key", "must be 32 bytes in base64 without padding");
    }
    signature("signature", device_text(published_.user_id, keys), keys.signature);
    signed_key("signed_pre_key", keys.signed_pre_key, pre_key_text(published_.user_id, keys.signed_pre_key));
    one_time_keys(most);
  }
  std::vector<core::FieldError> problems() && { return std::move(problems_); }

 private:
  void fail(std::string field, std::string message) { problems_.push_back({std::move(field), std::move(message)}); }

  void agreement_key(const std::string& field, std::string_view text) {
    const auto key = crypto::base64_decode(text);
    if (key && crypto::is_x25519_key(*key)) return;
    fail(field, "must be a public key of X25519 in base64 without padding");
  }

  void signature(const std::string& field, std::string_view text, std::string_view signature) {
    if (signer_.empty()) return;  // said already
    const auto bytes = crypto::base64_decode(signature);
    if (bytes && crypto::verify_ed25519(signer_, text, *bytes)) return;
    fail(field, "must be the signature by signing_key, in base64 without padding");
  }

  void signed_key(const std::string& field, const SignedKey& key, std::string_view text) {
    if (!is_key_id(key.id)) fail(field + ".key_id", "must be 1 to 64 printable ASCII characters without space");
    agreement_key(field + ".key", key.key);
    signature(field + ".signature", text, key.signature);
  }

  void one_time_keys(std::size_t most) {
    const auto& keys = published_.one_time_keys;
    if (keys.size() > most) return fail("one_time_keys", "at most " + std::to_string(most));
    std::unordered_set<std::string_view> ids, values{published_.keys.signed_pre_key.key};
    for (std::size_t i = 0; i < keys.size(); ++i) {
      const auto field = "one_time_keys[" + std::to_string(i) + "]";
      signed_key(field, keys[i], one_time_key_text(published_.user_id, keys[i]));
      if (!ids.insert(keys[i].id).second || !values.insert(keys[i].key).second) fail(field, "is there twice");
    }
  }

  const Publication& published_;
  std::string signer_;  // 32 bytes; empty: is none
  std::vector<core::FieldError> problems_;
};

}  // namespace

core::result<void> check_keys(const Publication& publication, std::size_t one_time_keys) {
  Checker checker(publication);
  checker.run(one_time_keys);
  auto problems = std::move(checker).problems();
  if (!problems.empty()) return core::Error(errors::request_invalid, std::move(problems));
  return {};
}

}  // namespace netherlink::e2e
