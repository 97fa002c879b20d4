#include "netherlink/crypto/jwt.hpp"

#include <chrono>

#include "netherlink/crypto/encoding.hpp"
#include "support/catch.hpp"

using namespace netherlink;
using namespace netherlink::crypto;

namespace {

constexpr core::Timestamp now = 1'900'000'000'000;
const std::string secret(32, 's'), other_secret(32, 'o');
const AccessClaims claims{
    .user_id = 9'007'199'254'740'993, .session_id = 7, .issued_at = now, .expires_at = now + 900'000};
const std::string good_header =
    R"({"alg":"HS256","typ":"JWT","kid":")" + base64url_encode(sha256(secret).substr(0, 9)) + "\"}";
const std::string good_payload = R"({"sub":"1","sid":"2","iat":1900000000,"exp":1900000900})";

/// A token with any header and payload, signed with the right secret all the same.
std::string forge(const std::string& header, const std::string& payload) {
  const std::string input = base64url_encode(header) + "." + base64url_encode(payload);
  return input + "." + base64url_encode(hmac_sha256(secret, input));
}

std::string_view refusal(const TokenSigner& signer, std::string_view token, core::Timestamp at = now) {
  const auto verified = signer.verify(token, at);
  return verified ? "none" : verified.error().code().name;
}

std::string header_with(const std::string& rest) {
  return R"({"kid":")" + base64url_encode(sha256(secret).substr(0, 9)) + "\"," + rest + "}";
}

}  // namespace

TEST_CASE("a signed access token brings its claims back") {
  const TokenSigner signer({secret});
  const auto verified = signer.verify(signer.sign(claims), now);
  REQUIRE(verified.has_value());
  CHECK(verified->user_id == claims.user_id);
  CHECK(verified->session_id == 7);
  CHECK(verified->issued_at == now);
  CHECK(verified->expires_at == now + 900'000);
}

TEST_CASE("the time of a token ends") {
  const TokenSigner signer({secret});
  const std::string token = signer.sign(claims);
  CHECK(refusal(signer, token, now + 899'999) == "none");
  CHECK(refusal(signer, token, now + 900'000) == "auth.token_expired");
  CHECK(refusal(signer, token, now - 60'000) == "none");
  CHECK(refusal(signer, token, now - 60'001) == "auth.invalid_token");
}

TEST_CASE("tokens of a former secret stay valid, those of a foreign one are refused") {
  const TokenSigner before({secret}), after({other_secret, secret}), foreign({other_secret});
  const std::string token = before.sign(claims);
  CHECK(refusal(after, token) == "none");
  CHECK(refusal(foreign, token) == "auth.invalid_token");
  CHECK(refusal(before, after.sign(claims)) == "auth.invalid_token");
}

TEST_CASE("a header is accepted in any spelling that says the same") {
  const TokenSigner signer({secret});
  for (const std::string& header : {header_with(R"("alg":"HS256")"), header_with(R"( "typ" : "jwt", "alg" : "HS256" )"),
                                    header_with(R"("alg":"HS256","x":[1,{}])")}) {
    INFO(header);
    CHECK(refusal(signer, forge(header, good_payload)) == "none");
  }
}

TEST_CASE("other algorithms, keys and extensions are refused even with a good signature") {
  const TokenSigner signer({secret});
  REQUIRE(refusal(signer, forge(good_header, good_payload)) == "none");
  for (const std::string& header :
       {header_with(R"("alg":"none")"), header_with(R"("alg":"hs256")"), header_with(R"("alg":"HS512")"),
        header_with(R"("alg":["HS256"])"), header_with(R"("typ":"JWT")"), header_with(R"("alg":"HS256","typ":"JWE")"),
        header_with(R"("alg":"HS256","typ":1)"), header_with(R"("alg":"HS256","crit":["exp"])"),
        std::string(R"({"alg":"HS256","typ":"JWT"})"), std::string(R"({"alg":"HS256","kid":"unknown"})"),
        std::string(R"({"alg":"HS256","kid":7})"), std::string(R"({"alg":"HS256","kid":""})"), std::string("[]"),
        std::string("\"HS256\""), std::string(""), std::string("{"), good_header + " x"}) {
    INFO(header);
    CHECK(refusal(signer, forge(header, good_payload)) == "auth.invalid_token");
  }
}

TEST_CASE("claims that are missing or of another type are refused") {
  const TokenSigner signer({secret});
  for (const char* payload : {"",
                              "{}",
                              "[]",
                              "null",
                              "{",
                              R"({"sub":"1","sid":"2","iat":1900000000})",
                              R"({"sub":"1","sid":"2","exp":1900000900})",
                              R"({"sid":"2","iat":1900000000,"exp":1900000900})",
                              R"({"sub":"1","iat":1900000000,"exp":1900000900})",
                              R"({"sub":1,"sid":"2","iat":1900000000,"exp":1900000900})",
                              R"({"sub":"0","sid":"2","iat":1900000000,"exp":1900000900})",
                              R"({"sub":"-1","sid":"2","iat":1900000000,"exp":1900000900})",
                              R"({"sub":"01","sid":"2","iat":1900000000,"exp":1900000900})",
                              R"({"sub":"1","sid":"9223372036854775808","iat":1900000000,"exp":1900000900})",
                              R"({"sub":"1","sid":"2","iat":"1900000000","exp":1900000900})",
                              R"({"sub":"1","sid":"2","iat":1900000000,"exp":"1900000900"})",
                              R"({"sub":"1","sid":"2","iat":1900000000,"exp":1900000900.5})",
                              R"({"sub":"1","sid":"2","iat":1900000000,"exp":1e300})",
                              R"({"sub":"1","sid":"2","iat":1900000000,"exp":9223372036854775807})",
                              R"({"sub":"1","sid":"2","iat":-1,"exp":1900000900})",
                              R"({"sub":"1","sid":"2","iat":1900000000,"exp":null})",
                              R"({"sub":"1","sid":"2","iat":1900000000,"exp":1900000900}x)"}) {
    INFO(payload);
    CHECK(refusal(signer, forge(good_header, payload)) == "auth.invalid_token");
  }
}

TEST_CASE("a token is not taken before its time") {
  const TokenSigner signer({secret});
  const auto with_nbf = [](const std::string& nbf) {
    return forge(good_header, R"({"sub":"1","sid":"2","iat":1900000000,"exp":1900000900,"nbf":)" + nbf + "}");
  };
  CHECK(refusal(signer, with_nbf("1900000060")) == "none");
  CHECK(refusal(signer, with_nbf("1900000061")) == "auth.invalid_token");
  CHECK(refusal(signer, with_nbf("\"1900000000\"")) == "auth.invalid_token");
}

TEST_CASE("an expired token with a broken signature is invalid, not expired") {
  const TokenSigner signer({secret});
  std::string token = signer.sign({1, 2, now - 2000, now - 1000});
  CHECK(refusal(signer, token) == "auth.token_expired");
  token.back() = token.back() == 'A' ? 'E' : 'A';
  CHECK(refusal(signer, token) == "auth.invalid_token");
}

TEST_CASE("no change of a single character survives") {
  const TokenSigner signer({secret});
  const std::string token = signer.sign(claims);
  for (std::size_t i = 0; i < token.size(); ++i) {
    for (const char c : {'A', '_', '.', '=', '\0'}) {
      std::string changed = token;
      if (changed[i] == c) continue;
      changed[i] = c;
      CHECK(refusal(signer, changed) == "auth.invalid_token");
    }
    CHECK(refusal(signer, token.substr(0, i)) == "auth.invalid_token");
  }
}

TEST_CASE("other forms of a genuine token are refused") {
  const TokenSigner signer({secret});
  const std::string token = signer.sign(claims);
  const std::size_t dot = token.rfind('.');
  for (const std::string& form :
       {token + ".", "." + token, token + "=", token + " ", " " + token, token + "." + token, token.substr(0, dot),
        token.substr(0, dot + 1), token.substr(0, dot) + "." + token.substr(dot), std::string("."), std::string(".."),
        std::string()}) {
    INFO(form);
    CHECK(refusal(signer, form) == "auth.invalid_token");
  }
}

TEST_CASE("tokens over 4 KiB are refused") {
  const TokenSigner signer({secret});
  const auto padded = [](std::size_t bytes) {
    return forge(good_header,
                 R"({"sub":"1","sid":"2","iat":1900000000,"exp":1900000900,"x":")" + std::string(bytes, 'x') + "\"}");
  };
  CHECK(refusal(signer, padded(2800)) == "none");
  CHECK(refusal(signer, padded(4000)) == "auth.invalid_token");
}

TEST_CASE("short secrets and none are refused") {
  CHECK_THROWS_AS(TokenSigner({}), std::invalid_argument);
  CHECK_THROWS_AS(TokenSigner({std::string(31, 's')}), std::invalid_argument);
}

TEST_CASE("a refresh token brings session and generation back") {
  const TokenSigner signer({secret}), rotated({other_secret, secret});
  const std::string token = signer.sign_refresh({.session_id = 123'456'789'012'345'678, .generation = 41});
  CHECK(token.starts_with("nlr_"));
  for (const TokenSigner* verifier : {&signer, &rotated}) {
    const auto verified = verifier->verify_refresh(token);
    REQUIRE(verified.has_value());
    CHECK(verified->session_id == 123'456'789'012'345'678);
    CHECK(verified->generation == 41);
  }
}

TEST_CASE("refresh tokens are refused after any change, and are no access tokens") {
  const TokenSigner signer({secret}), foreign({other_secret});
  const std::string token = signer.sign_refresh({.session_id = 5, .generation = 1});
  const auto refused = [](const TokenSigner& by, const std::string& text) {
    const auto verified = by.verify_refresh(text);
    return !verified && verified.error().is(errors::auth_refresh_invalid);
  };
  CHECK(refused(foreign, token));
  for (std::size_t i = 0; i < token.size(); ++i) {
    std::string changed = token;
    changed[i] = changed[i] == 'A' ? 'B' : 'A';
    CHECK(refused(signer, changed));
    CHECK(refused(signer, token.substr(0, i)));
  }
  for (const std::string& text :
       {std::string(), std::string("nlr_"), std::string("nlr_."), token + "A", token + ".", token + "=",
        signer.sign(claims), std::string(5000, 'n'), signer.sign_refresh({0, 0}), signer.sign_refresh({1, -1})}) {
    CHECK(refused(signer, text));
  }
  CHECK(refusal(signer, token) == "auth.invalid_token");
}

TEST_CASE("verifying an access token is cheap", "[.benchmark]") {
  const TokenSigner signer({secret});
  const std::string token = signer.sign(claims);
  const auto start = std::chrono::steady_clock::now();
  constexpr int rounds = 200'000;
  for (int i = 0; i < rounds; ++i) REQUIRE(signer.verify(token, now).has_value());
  const std::chrono::duration<double, std::micro> spent = std::chrono::steady_clock::now() - start;
  WARN(spent.count() / rounds << " us for each");
}
