#include "store/mysql/resolver.hpp"

#include <arpa/inet.h>
#include <netdb.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <thread>

#include "store/mysql/codes.hpp"

namespace netherlink::store::mysql {
namespace {

constexpr std::chrono::seconds patience{2};
constexpr int unknown_host = 2005;

using Addresses = std::vector<std::string>;

bool is_numeric(const std::string& host) {
  std::array<unsigned char, sizeof(in6_addr)> address{};
  return inet_pton(AF_INET, host.c_str(), address.data()) == 1 ||
         inet_pton(AF_INET6, host.c_str(), address.data()) == 1;
}

Addresses look_up(const std::string& host) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* list = nullptr;
  if (getaddrinfo(host.c_str(), nullptr, &hints, &list) != 0) return {};
  Addresses found;
  for (const auto* entry = list; entry != nullptr; entry = entry->ai_next) {
    std::array<char, NI_MAXHOST> text{};
    const bool named =
        getnameinfo(entry->ai_addr, entry->ai_addrlen, text.data(), text.size(), nullptr, 0, NI_NUMERICHOST) == 0;
    if (named && std::ranges::find(found, text.data()) == found.end()) found.emplace_back(text.data());
  }
  freeaddrinfo(list);
  return found;
}

/// One look-up, which outlives whoever got tired of it. At most one of a host at a time.
struct Lookup {
  std::mutex mutex;
  std::condition_variable changed;
  bool running = false;
  std::size_t done = 0;
  Addresses latest;
};

std::shared_ptr<Lookup> lookup_of(const std::string& host) {
  static std::mutex mutex;
  static std::map<std::string, std::shared_ptr<Lookup>> all;
  const std::lock_guard lock(mutex);
  auto& lookup = all[host];
  if (!lookup) lookup = std::make_shared<Lookup>();
  return lookup;
}

void start(const std::shared_ptr<Lookup>& lookup, const std::string& host) {
  lookup->running = true;
  std::thread([lookup, host] {
    auto found = look_up(host);
    const std::lock_guard lock(lookup->mutex);
    if (!found.empty()) lookup->latest = std::move(found);
    lookup->running = false;
    ++lookup->done;
    lookup->changed.notify_all();
  }).detach();
}

}  // namespace

std::vector<std::string> resolve(const std::string& host) {
  if (is_numeric(host)) return {host};
  const auto lookup = lookup_of(host);
  std::unique_lock lock(lookup->mutex);
  const auto before = lookup->done;
  if (!lookup->running) start(lookup, host);
  lookup->changed.wait_for(lock, patience, [&] { return lookup->done != before; });
  if (lookup->latest.empty()) throw make_failure(unknown_host, "the name of the host is not known: " + host);
  return lookup->latest;
}

}  // namespace netherlink::store::mysql
