#include "app/token_secrets.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>

#include "netherlink/crypto/random.hpp"

namespace netherlink::app {
namespace {

constexpr std::size_t secret_bytes = 32;

core::Error failure(const std::string& path, const char* what) {
  return core::Error(errors::server_unavailable, path + ": " + what);
}

core::result<std::string> generate(const std::string& path) {
  const auto secret = crypto::random_hex(secret_bytes);
  const auto unfinished = path + ".new";
  const int file = ::open(unfinished.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (file < 0) return failure(unfinished, std::strerror(errno));
  const bool written =
      ::write(file, secret.data(), secret.size()) == static_cast<ssize_t>(secret.size()) && ::fsync(file) == 0;
  ::close(file);
  if (!written || ::rename(unfinished.c_str(), path.c_str()) != 0) return failure(path, std::strerror(errno));
  return secret;
}

}  // namespace

core::result<std::vector<std::string>> token_secrets(const config::Config& config, const std::string& data_folder) {
  std::vector<std::string> secrets;
  if (!config.auth.jwt_secret.empty()) {
    secrets.push_back(config.auth.jwt_secret);
  } else {
    const auto path = data_folder + "/jwt_secret";
    std::string stored;
    if (std::ifstream file(path); file) std::getline(file, stored);
    if (stored.empty()) {
      auto generated = generate(path);
      if (!generated) return generated.error();
      stored = std::move(*generated);
    }
    secrets.push_back(std::move(stored));
  }
  const auto& previous = config.auth.jwt_previous_secrets;
  secrets.insert(secrets.end(), previous.begin(), previous.end());
  return secrets;
}

}  // namespace netherlink::app
