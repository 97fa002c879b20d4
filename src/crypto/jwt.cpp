#include "netherlink/crypto/jwt.hpp"

#include <sodium.h>

#include <algorithm>
#include <array>
#include <boost/json/monotonic_resource.hpp>
#include <boost/json/parse.hpp>
#include <cctype>
#include <optional>
#include <stdexcept>

#include "crypto/bytes.hpp"
#include "netherlink/crypto/encoding.hpp"

namespace netherlink::crypto {
namespace {

namespace json = boost::json;

constexpr std::size_t max_token_bytes = 4096;
constexpr std::size_t min_secret_bytes = 32;
constexpr core::Timestamp clock_leeway_ms = 60'000;
constexpr std::int64_t max_numeric_date = 253'402'300'799;  // the end of the year 9999
constexpr std::string_view refresh_prefix = "nlr_";
constexpr std::size_t refresh_body_bytes = 16;

/// HMAC-SHA-256 with the key's two blocks done once: copying the state is all that a token costs beside its own bytes.
class Mac {
 public:
  explicit Mac(std::string_view key) { crypto_auth_hmacsha256_init(&keyed_, data(key), key.size()); }
  ~Mac() { sodium_memzero(&keyed_, sizeof keyed_); }
  Mac(const Mac&) = default;
  Mac& operator=(const Mac&) = default;

  std::string operator()(std::string_view bytes) const {
    crypto_auth_hmacsha256_state state = keyed_;
    std::string mac(crypto_auth_hmacsha256_BYTES, '\0');
    crypto_auth_hmacsha256_update(&state, data(bytes), bytes.size());
    crypto_auth_hmacsha256_final(&state, data(mac));
    return mac;
  }

 private:
  crypto_auth_hmacsha256_state keyed_;
};

/// A JSON object in memory of its own: tokens are small, nothing touches the heap for the usual one.
class Document {
 public:
  explicit Document(std::string_view text) {
    boost::system::error_code failed;
    json::value value = json::parse(text, failed, &memory_, {.max_depth = 8});
    if (!failed && value.is_object()) object_ = std::move(value.get_object());
  }
  explicit operator bool() const { return object_.has_value(); }

  const json::value* find(std::string_view name) const { return object_->if_contains(name); }
  std::optional<std::string_view> text(std::string_view name) const {
    const json::value* value = find(name);
    if (!value || !value->is_string()) return std::nullopt;
    return std::string_view(value->get_string());
  }
  std::optional<core::Timestamp> numeric_date(std::string_view name) const {
    const json::value* value = find(name);
    if (!value || !value->is_int64()) return std::nullopt;
    const std::int64_t seconds = value->get_int64();
    if (seconds < 0 || seconds > max_numeric_date) return std::nullopt;
    return seconds * 1000;
  }
  std::optional<std::int64_t> id(std::string_view name) const {
    const auto digits = text(name);
    return digits ? core::parse_id(*digits) : std::nullopt;
  }

 private:
  std::array<unsigned char, 2048> buffer_;
  json::monotonic_resource memory_{buffer_.data(), buffer_.size()};
  std::optional<json::object> object_;
};

bool is_jwt_type(std::string_view type) {
  constexpr std::string_view wanted = "jwt";
  return std::ranges::equal(type, wanted, {}, [](char c) { return std::tolower(byte(c)); });
}

void append_big_endian(std::string& out, std::int64_t number) {
  for (int shift = 56; shift >= 0; shift -= 8) out += static_cast<char>(number >> shift & 0xff);
}

std::int64_t read_big_endian(std::string_view bytes) {
  std::uint64_t number = 0;
  for (const char c : bytes.substr(0, 8)) number = number << 8 | byte(c);
  return static_cast<std::int64_t>(number);
}

}  // namespace

struct TokenSigner::Key {
  explicit Key(const std::string& secret)
      : id(base64url_encode(sha256(secret).substr(0, 9))),
        header(base64url_encode(R"({"alg":"HS256","typ":"JWT","kid":")" + id + R"("})")),
        access(secret),
        refresh(hmac_sha256(secret, "netherlink refresh token v1")),
        link(hmac_sha256(secret, "netherlink link v1")) {}

  std::string id;
  std::string header;  // as sign() writes it, encoded
  Mac access, refresh, link;
};

TokenSigner::TokenSigner(std::vector<std::string> secrets) {
  if (secrets.empty()) throw std::invalid_argument("no token secret");
  for (const std::string& secret : secrets) {
    if (secret.size() < min_secret_bytes) throw std::invalid_argument("a token secret has less than 32 bytes");
    keys_.emplace_back(secret);
  }
  for (std::string& secret : secrets) sodium_memzero(secret.data(), secret.size());
}

TokenSigner::~TokenSigner() = default;

std::string TokenSigner::sign(const AccessClaims& claims) const {
  const Key& key = keys_.front();
  const std::string payload = R"({"sub":")" + std::to_string(claims.user_id) + R"(","sid":")" +
                              std::to_string(claims.session_id) + R"(","iat":)" +
                              std::to_string(claims.issued_at / 1000) + R"(,"exp":)" +
                              std::to_string(claims.expires_at / 1000) + "}";
  std::string token = key.header + "." + base64url_encode(payload);
  const std::string signature = base64url_encode(key.access(token));
  return token.append(1, '.').append(signature);
}

const TokenSigner::Key* TokenSigner::find_key(std::string_view header) const {
  for (const Key& key : keys_) {
    if (key.header == header) return &key;
  }
  const auto text = base64url_decode(header);
  if (!text) return nullptr;
  const Document document(*text);
  if (!document || document.text("alg") != "HS256" || document.find("crit")) return nullptr;
  if (document.find("typ") && !is_jwt_type(document.text("typ").value_or(""))) return nullptr;
  const auto id = document.text("kid");
  const auto key = std::ranges::find_if(keys_, [&](const Key& k) { return id && k.id == *id; });
  return key == keys_.end() ? nullptr : &*key;
}

core::result<AccessClaims> TokenSigner::verify(std::string_view token, core::Timestamp now) const {
  if (token.size() > max_token_bytes) return errors::auth_invalid_token;
  const std::size_t first = token.find('.');
  const std::size_t last = token.rfind('.');
  if (first == last || token.find('.', first + 1) != last) return errors::auth_invalid_token;

  const Key* key = find_key(token.substr(0, first));
  if (!key) return errors::auth_invalid_token;
  // Comparing the encoded forms refuses every encoding of the signature but the canonical one.
  const std::string signature = base64url_encode(key->access(token.substr(0, last)));
  if (!equal_constant_time(signature, token.substr(last + 1))) return errors::auth_invalid_token;

  const auto payload = base64url_decode(token.substr(first + 1, last - first - 1));
  if (!payload) return errors::auth_invalid_token;
  const Document document(*payload);
  if (!document) return errors::auth_invalid_token;
  const auto user = document.id("sub");
  const auto session = document.id("sid");
  const auto issued = document.numeric_date("iat");
  const auto expires = document.numeric_date("exp");
  if (!user || !session || !issued || !expires) return errors::auth_invalid_token;
  if (*issued > now + clock_leeway_ms) return errors::auth_invalid_token;
  // We never set nbf; whoever has the secret may.
  if (document.find("nbf") && document.numeric_date("nbf").value_or(max_numeric_date * 1000) > now + clock_leeway_ms) {
    return errors::auth_invalid_token;
  }
  if (*expires <= now) return errors::auth_token_expired;
  return AccessClaims{*user, *session, *issued, *expires};
}

std::string TokenSigner::sign_refresh(const RefreshClaims& claims) const {
  std::string body;
  append_big_endian(body, claims.session_id);
  append_big_endian(body, claims.generation);
  std::string token = std::string(refresh_prefix) + base64url_encode(body);
  const std::string signature = base64url_encode(keys_.front().refresh(token));
  return token.append(1, '.').append(signature);
}

core::result<TokenSigner::RefreshClaims> TokenSigner::verify_refresh(std::string_view token) const {
  const std::size_t dot = token.find('.');
  if (token.size() > max_token_bytes || dot == token.npos) return errors::auth_refresh_invalid;
  const std::string_view named = token.substr(0, dot);
  if (!named.starts_with(refresh_prefix)) return errors::auth_refresh_invalid;
  const bool genuine = std::ranges::any_of(keys_, [&](const Key& key) {
    return equal_constant_time(base64url_encode(key.refresh(named)), token.substr(dot + 1));
  });
  const auto body = base64url_decode(named.substr(refresh_prefix.size()));
  if (!genuine || !body || body->size() != refresh_body_bytes) return errors::auth_refresh_invalid;
  const RefreshClaims claims{read_big_endian(*body), read_big_endian(std::string_view(*body).substr(8))};
  if (claims.session_id <= 0 || claims.generation < 0) return errors::auth_refresh_invalid;
  return claims;
}

std::string TokenSigner::sign_link(std::string_view link) const {
  return base64url_encode(keys_.front().link(link));
}

bool TokenSigner::verify_link(std::string_view link, std::string_view signature) const {
  return std::ranges::any_of(
      keys_, [&](const Key& key) { return equal_constant_time(base64url_encode(key.link(link)), signature); });
}

}  // namespace netherlink::crypto
