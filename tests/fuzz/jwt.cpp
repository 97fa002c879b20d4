// libFuzzer: tokens of any bytes never pass, nor crash; signed ones never crash whatever they carry.
#include "netherlink/crypto/jwt.hpp"

#include <cstdlib>

#include "netherlink/crypto/encoding.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace netherlink::crypto;
  static const std::string secret(32, 's');
  static const TokenSigner signer({secret});
  static const std::string header =
      base64url_encode(R"({"alg":"HS256","typ":"JWT","kid":")" + base64url_encode(sha256(secret).substr(0, 9)) + "\"}");

  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (signer.verify(text, 0) || signer.verify_refresh(text)) std::abort();
  const auto decoded = base64url_decode(text);
  if (decoded && base64url_encode(*decoded) != text) std::abort();

  // Behind a good signature: the input as payload, and as header.
  for (const std::string& input : {header + "." + base64url_encode(text), base64url_encode(text) + "." + header}) {
    const auto claims = signer.verify(input + "." + base64url_encode(hmac_sha256(secret, input)), 1'900'000'000'000);
    if (claims && (claims->user_id <= 0 || claims->session_id <= 0)) std::abort();
  }
  return 0;
}
