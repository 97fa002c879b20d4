#include "config/defaults.hpp"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <random>
#include <thread>

#include "config/checks.hpp"

namespace netherlink::config {
namespace {

unsigned cores() {
  return std::max(std::thread::hardware_concurrency(), 1U);
}

/// The host name up to its first dot, in what an instance's name may hold.
std::string host_name() {
  std::array<char, 256> buffer{};
  if (gethostname(buffer.data(), buffer.size() - 1) != 0) return "netherlink";
  std::string name = buffer.data();
  name = name.substr(0, std::min<std::size_t>(name.find('.'), 48));
  return name.empty() || !check_instance_id(name).empty() ? "netherlink" : name;
}

std::string random_suffix() {
  constexpr std::string_view letters = "0123456789abcdefghijklmnopqrstuvwxyz";
  std::random_device device;
  std::uniform_int_distribution<std::size_t> pick(0, letters.size() - 1);
  std::string out;
  for (int i = 0; i < 6; ++i) out.push_back(letters[pick(device)]);
  return out;
}

}  // namespace

std::string processors() {
  return std::to_string(std::min(cores(), 256U));
}
std::string password_threads() {
  return std::to_string(std::clamp(cores() / 2, 1U, 256U));
}
std::string store_threads() {
  return std::to_string(std::clamp(cores(), 2U, 256U));
}

std::string instance_id() {
  static const std::string id = host_name() + "-" + random_suffix();
  return id;
}

}  // namespace netherlink::config
