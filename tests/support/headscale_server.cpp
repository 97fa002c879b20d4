#include "support/headscale_server.hpp"

#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <map>
#include <set>
#include <sstream>

#include "support/child_process.hpp"
#include "support/redis_server.hpp"

namespace netherlink::test {
namespace {

using nlohmann::json;

constexpr const char* version = "0.29.2";

std::string program() {
  return (program_cache() / (std::string("headscale-") + version) / "headscale").string();
}

}  // namespace

bool HeadscaleServer::available() {
  return ::access(program().c_str(), X_OK) == 0;
}

HeadscaleServer::HeadscaleServer() : port_(free_port()), grpc_port_(free_port()), stun_port_(free_port(SOCK_DGRAM)) {
  if (!available()) throw std::runtime_error("no " + program() + ": scripts/lib/headscale.sh builds it");
  write_configuration();
  start();
  make_api_key();
}

HeadscaleServer::~HeadscaleServer() {
  kill();
}

void HeadscaleServer::write_configuration() const {
  const auto folder = folder_.path().string();
  std::ofstream file(folder_.path() / "config.yaml");
  file
      << "server_url: " << url() << "\nlisten_addr: 127.0.0.1:" << port_
      << "\nmetrics_listen_addr: \"\"\ngrpc_listen_addr: 127.0.0.1:" << grpc_port_
      << "\nnoise: {private_key_path: " << folder
      << "/noise.key}\nprefixes: {v4: 100.64.0.0/10, v6: \"fd7a:115c:a1e0::/48\"}\n"
      << "derp:\n  server: {enabled: true, region_id: 999, region_code: test, region_name: test, verify_clients: true, "
         "stun_listen_addr: \"127.0.0.1:"
      << stun_port_ << "\", private_key_path: " << folder
      << "/derp.key, ipv4: 127.0.0.1, ipv6: none, automatically_add_embedded_derp_region: true}\n  urls: []\n"
      << "  auto_update_enabled: false\ndisable_check_updates: true\nlogtail: {enabled: false}\n"
      << "database: {type: sqlite, sqlite: {path: " << folder << "/db.sqlite}}\npolicy: {mode: database}\n"
      << "dns: {magic_dns: false, override_local_dns: false, base_domain: lan.test}\nunix_socket: " << folder
      << "/socket\ntuning: {node_store_batch_timeout: 20ms, batch_change_delay: 100ms}\n";
}

void HeadscaleServer::start() {
  pid_ = spawn({program(), "-c", (folder_.path() / "config.yaml").string(), "serve"}, folder_.path() / "log");
  const bool answers = eventually([this] {
    if (wait_for_end(pid_, milliseconds(0))) {
      pid_ = -1;
      fail("it ended instead of answering");
    }
    try {
      TcpSocket socket(port_);
      socket.send("GET /health HTTP/1.0\r\n\r\n");
      return socket.read_to_end().find(" 200 ") != std::string::npos;
    } catch (const std::runtime_error&) {
      return false;
    }
  });
  if (!answers) fail("it does not answer");
}

void HeadscaleServer::make_api_key() {
  const auto output = folder_.path() / "api-key";
  std::filesystem::remove(output);
  wait_for_end(
      spawn({program(), "-c", (folder_.path() / "config.yaml").string(), "apikeys", "create", "--expiration", "90d"},
            output));
  std::istringstream lines(read_file(output));
  for (std::string line; std::getline(lines, line);) {
    if (!line.empty() && line.find(' ') == std::string::npos) api_key_ = line;
  }
  if (api_key_.empty()) fail("it makes no API key");
  // What is kept of the key, for a database that is lost.
  std::filesystem::remove_all(folder_.path() / "empty");
  kill();
  std::filesystem::create_directory(folder_.path() / "empty");
  for (const char* name : {"db.sqlite", "db.sqlite-wal", "db.sqlite-shm"}) {
    if (std::filesystem::exists(folder_.path() / name)) {
      std::filesystem::copy_file(folder_.path() / name, folder_.path() / "empty" / name);
    }
  }
  start();
}

void HeadscaleServer::lose_database() {
  for (const char* name : {"db.sqlite", "db.sqlite-wal", "db.sqlite-shm"}) {
    std::filesystem::remove(folder_.path() / name);
    const auto kept = folder_.path() / "empty" / name;
    if (std::filesystem::exists(kept)) std::filesystem::copy_file(kept, folder_.path() / name);
  }
}

void HeadscaleServer::fail(const std::string& what) const {
  throw std::runtime_error("headscale: " + what + "; the end of its log:\n" + end_of(log()));
}

std::string HeadscaleServer::cell(const std::string& name, std::size_t max_nodes) const {
  return "{name = \"" + name + "\", url = \"" + url() + "\", api_key = \"" + api_key_ +
         "\", max_nodes = " + std::to_string(max_nodes) + "}";
}

std::vector<std::string> HeadscaleServer::settings() const {
  return {"vpn.cells=[" + cell("a") + "]", "vpn.reconcile_interval=1s", "vpn.poll_interval=200ms", "vpn.timeout=2s",
          "vpn.lease_ttl=6s"};
}

void HeadscaleServer::kill() {
  if (pid_ < 0) return;
  kill_child(std::exchange(pid_, -1));
}

void HeadscaleServer::pause() const {
  ::kill(pid_, SIGSTOP);
}

void HeadscaleServer::resume() const {
  ::kill(pid_, SIGCONT);
}

std::string HeadscaleServer::log() const {
  return read_file(folder_.path() / "log");
}

json HeadscaleServer::call(const std::string& method, const std::string& path, const json& body) const {
  TcpSocket socket(port_);
  const auto text = body.is_null() ? std::string() : body.dump();
  // HTTP/1.0: the answer comes in one piece.
  socket.send(method + " /api/v1" + path + " HTTP/1.0\r\nAuthorization: Bearer " + api_key_ +
              "\r\nContent-Type: application/json\r\nContent-Length: " + std::to_string(text.size()) + "\r\n\r\n" +
              text);
  const auto answer = socket.read_to_end();
  const auto end = answer.find("\r\n\r\n");
  if (answer.find(" 200 ") > answer.find("\r\n") || end == std::string::npos) return {};
  return json::parse(answer.substr(end + 4));
}

json HeadscaleServer::policy() const {
  const auto found = call("GET", "/policy");
  if (found.is_null() || found.at("policy").get<std::string>().empty()) return json::object();
  return json::parse(found.at("policy").get<std::string>());
}

std::vector<std::vector<std::string>> HeadscaleServer::circles() const {
  const auto found = policy();
  std::vector<std::vector<std::string>> all;
  if (!found.contains("acls")) return {{"everybody"}};
  for (const auto& rule : found.at("acls")) {
    std::set<std::string> people;
    for (const std::string source : rule.at("src")) {
      if (!source.starts_with("group:")) {
        people.insert(source);
        continue;
      }
      for (const std::string member : found.at("groups").at(source)) people.insert(member);
    }
    if (people != std::set<std::string>{"100.127.255.254"}) all.emplace_back(people.begin(), people.end());
  }
  std::sort(all.begin(), all.end());
  return all;
}

std::vector<json> HeadscaleServer::list(const std::string& path, const std::string& name) const {
  const auto found = call("GET", path);
  return found.is_null() ? std::vector<json>() : found.at(name).get<std::vector<json>>();
}

NonsenseServer::NonsenseServer(std::uint16_t port, std::string body)
    : answer_("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\nContent-Length: " +
              std::to_string(body.size()) + "\r\n\r\n" + body),
      listener_(bound_socket(SOCK_STREAM, port)) {
  ::listen(listener_, 16);
  thread_ = std::thread([this] { run(); });
}

NonsenseServer::~NonsenseServer() {
  stopping_ = true;
  thread_.join();
  ::close(listener_);
}

void NonsenseServer::run() {
  while (!stopping_) {
    pollfd waiting{listener_, POLLIN, 0};
    if (::poll(&waiting, 1, 20) <= 0) continue;
    const int client = ::accept(listener_, nullptr, nullptr);
    if (client < 0) continue;
    char request[4096];
    if (::recv(client, request, sizeof request, 0) > 0 &&
        ::send(client, answer_.data(), answer_.size(), MSG_NOSIGNAL) > 0) {
      ++answered_;
    }
    ::shutdown(client, SHUT_WR);
    ::close(client);
  }
}

}  // namespace netherlink::test
