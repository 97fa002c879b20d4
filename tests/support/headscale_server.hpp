#pragma once

#include <sys/types.h>

#include <atomic>
#include <nlohmann/json.hpp>
#include <string>
#include <thread>
#include <vector>

#include "support/server_process.hpp"

namespace netherlink::test {

/// A private Headscale with its own relay on free ports of 127.0.0.1 and a folder of its own, which ends with the
/// thread that started it. scripts/lib/headscale.sh builds it. Throws std::runtime_error with the end of its log.
class HeadscaleServer {
 public:
  /// Whether it was built.
  static bool available();

  /// Waits until it answers.
  HeadscaleServer();
  ~HeadscaleServer();
  HeadscaleServer(const HeadscaleServer&) = delete;
  HeadscaleServer& operator=(const HeadscaleServer&) = delete;

  std::uint16_t port() const { return port_; }
  std::string url() const { return "http://127.0.0.1:" + std::to_string(port_); }
  const std::string& api_key() const { return api_key_; }
  /// `vpn.cells=[…]`, and what makes it quick.
  std::vector<std::string> settings() const;
  /// One entry of that list.
  std::string cell(const std::string& name, std::size_t max_nodes = 250) const;

  void kill();          // SIGKILL, and waits for the end
  void start();         // again, with what was kept
  void pause() const;   // SIGSTOP
  void resume() const;  // SIGCONT
  /// Of a killed one: everything but its own keys and the API key, which the next start makes valid again.
  void lose_database();
  std::string log() const;

  /// A call of its API: the object of the answer; nlohmann::json() if it was refused.
  nlohmann::json call(const std::string& method, const std::string& path, const nlohmann::json& body = {}) const;
  /// The policy that it has, as an object; an empty object: none.
  nlohmann::json policy() const;
  /// Who reaches whom, as sorted lists of names: one for each rule but the one that matches nobody.
  std::vector<std::vector<std::string>> circles() const;
  std::vector<nlohmann::json> nodes() const { return list("/node", "nodes"); }
  std::vector<nlohmann::json> keys() const { return list("/preauthkey", "preAuthKeys"); }
  std::vector<nlohmann::json> users() const { return list("/user", "users"); }

 private:
  std::vector<nlohmann::json> list(const std::string& path, const std::string& name) const;
  void write_configuration() const;
  void make_api_key();
  [[noreturn]] void fail(const std::string& what) const;

  TemporaryFolder folder_;
  std::uint16_t port_ = 0, grpc_port_ = 0, stun_port_ = 0;
  std::string api_key_;
  pid_t pid_ = -1;
};

/// Answers every HTTP request on `port` with what makes no sense, while it lives.
class NonsenseServer {
 public:
  NonsenseServer(std::uint16_t port, std::string body);
  ~NonsenseServer();
  NonsenseServer(const NonsenseServer&) = delete;
  NonsenseServer& operator=(const NonsenseServer&) = delete;
  int answered() const { return answered_; }

 private:
  void run();

  std::string answer_;
  int listener_ = -1;
  std::atomic<bool> stopping_{false};
  std::atomic<int> answered_{0};
  std::thread thread_;
};

}  // namespace netherlink::test
