#include "netherlink/crypto/signature.hpp"

#include <array>

#include "support/catch.hpp"

using namespace netherlink::crypto;

namespace {

std::string from_hex(std::string_view hex) {
  std::string bytes;
  for (std::size_t i = 0; i < hex.size(); i += 2) {
    bytes += static_cast<char>(std::stoi(std::string(hex.substr(i, 2)), nullptr, 16));
  }
  return bytes;
}

// RFC 8032, section 7.1.
struct Vector {
  const char *key, *text, *signature;
};
constexpr std::array<Vector, 3> vectors{{{"d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "",
                                          "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a3"
                                          "3bacc61e39701cf9b46bd25bf5f0595bbe2465"
                                          "5141438e7a100b"},
                                         {"3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "72",
                                          "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15"
                                          "996e458f3613d0f11d8c387b2eaeb4302aeeb0"
                                          "0d291612bb0c00"},
                                         {"fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025", "af82",
                                          "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16"
                                          "f290ae67f760984dc6594a7c15e9716ed28dc0"
                                          "27beceea1ec40a"}}};

}  // namespace

TEST_CASE("Signatures of RFC 8032 are right, and others wrong") {
  for (const auto& vector : vectors) {
    const auto key = from_hex(vector.key), text = from_hex(vector.text), signature = from_hex(vector.signature);
    CHECK(verify_ed25519(key, text, signature));
    CHECK_FALSE(verify_ed25519(key, text + "x", signature));
    CHECK_FALSE(verify_ed25519(key, text, signature.substr(1)));
    CHECK_FALSE(verify_ed25519(key.substr(1), text, signature));
    CHECK_FALSE(verify_ed25519(key, text, ""));
    for (const std::size_t position : {0U, 31U, 32U, 63U}) {
      auto changed = signature;
      changed[position] = static_cast<char>(changed[position] ^ 1);
      CHECK_FALSE(verify_ed25519(key, text, changed));
    }
  }
  // With a key of small order one signature would do for every text.
  CHECK_FALSE(verify_ed25519(std::string(32, '\0'), "any", std::string(64, '\0')));
}

TEST_CASE("Points of small order are no keys") {
  const auto base = std::string(1, '\x09') + std::string(31, '\0');
  CHECK(is_x25519_key(base));
  CHECK_FALSE(is_x25519_key(std::string(32, '\0')));
  CHECK_FALSE(is_x25519_key(std::string(1, '\x01') + std::string(31, '\0')));
  CHECK_FALSE(is_x25519_key(from_hex("e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800")));
  CHECK_FALSE(is_x25519_key(from_hex("ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f")));
  CHECK_FALSE(is_x25519_key(base.substr(1)));
}

TEST_CASE("Base64 of keys has one spelling") {
  CHECK(base64_decode("") == "");
  CHECK(base64_decode("Zm9vYg") == "foob");
  CHECK(base64_decode("Zm9v") == "foo");
  CHECK(base64_decode("+/+/") == "\xfb\xff\xbf");
  for (const auto* wrong : {"Zm9vYg==", "Zm9vYh", "Zm9v Yg", "Zm9vY", "-_-_", "Zm9vYg\n", "Z"}) {
    INFO(wrong);
    CHECK_FALSE(base64_decode(wrong));
  }
}
