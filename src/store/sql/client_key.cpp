#include "store/sql/client_key.hpp"

#include <openssl/evp.h>

#include <array>
#include <bit>
#include <limits>
#include <stdexcept>

namespace netherlink::store::sql {

struct ClientKeys::Digest {
  // Fetched once: EVP_sha256() would look the implementation up for each message.
  EVP_MD* algorithm = EVP_MD_fetch(nullptr, "SHA256", nullptr);
  EVP_MD_CTX* context = EVP_MD_CTX_new();

  Digest() = default;
  Digest(const Digest&) = delete;
  Digest& operator=(const Digest&) = delete;
  ~Digest() {
    EVP_MD_CTX_free(context);
    EVP_MD_free(algorithm);
  }
};

ClientKeys::ClientKeys() : digest_(std::make_unique<Digest>()) {}
ClientKeys::~ClientKeys() = default;

std::int64_t ClientKeys::of(core::UserId sender, std::string_view client_msg_id) {
  std::array<unsigned char, 8> prefix{};
  for (std::size_t i = 0; i < prefix.size(); ++i) {
    prefix[i] = static_cast<unsigned char>(static_cast<std::uint64_t>(sender) >> (56 - 8 * i));
  }
  std::array<unsigned char, EVP_MAX_MD_SIZE> hash{};
  if (EVP_DigestInit_ex2(digest_->context, digest_->algorithm, nullptr) != 1 ||
      EVP_DigestUpdate(digest_->context, prefix.data(), prefix.size()) != 1 ||
      EVP_DigestUpdate(digest_->context, client_msg_id.data(), client_msg_id.size()) != 1 ||
      EVP_DigestFinal_ex(digest_->context, hash.data(), nullptr) != 1) {
    throw std::runtime_error("SHA-256 is not available");
  }
  std::uint64_t key = 0;
  for (std::size_t i = 0; i < 8; ++i) key = key << 8 | hash[i];
  return std::bit_cast<std::int64_t>(key);
}

std::pair<std::int64_t, std::int64_t> client_key_range(core::UserId sender, std::string_view client_msg_id) {
  constexpr std::int64_t most_meetings = 8;
  const auto first = ClientKeys().of(sender, client_msg_id);
  constexpr auto highest = std::numeric_limits<std::int64_t>::max();
  return {first, first > highest - most_meetings ? highest : first + most_meetings};
}

}  // namespace netherlink::store::sql
