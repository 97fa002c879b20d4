#include "support/redis_server.hpp"

#include <signal.h>

#include <algorithm>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <thread>
#include <utility>

#include "support/child_process.hpp"

namespace netherlink::test {
namespace {

constexpr milliseconds poll_interval{5};
constexpr const char* program = "/usr/bin/redis-check-rdb";  // one binary with many names

std::string encoded(const std::vector<std::string>& arguments) {
  auto text = "*" + std::to_string(arguments.size()) + "\r\n";
  for (const auto& argument : arguments) text += "$" + std::to_string(argument.size()) + "\r\n" + argument + "\r\n";
  return text;
}

std::string read_reply(TcpSocket& socket) {
  auto line = socket.read_until("\r\n");
  line.resize(line.size() - 2);
  const char kind = line.at(0);
  if (kind == '-') return line;
  if (kind == '+' || kind == ':') return line.substr(1);
  const auto count = std::stoll(line.substr(1));
  if (count < 0) return "(nil)";
  if (kind == '$') {
    auto text = socket.read_exactly(static_cast<std::size_t>(count) + 2);
    text.resize(text.size() - 2);
    return text;
  }
  std::string all;
  for (long long i = 0; i < count; ++i) all += (i > 0 ? "\n" : "") + read_reply(socket);
  return all;
}

}  // namespace

bool eventually(const std::function<bool()>& condition, milliseconds timeout) {
  const auto deadline = Clock::now() + timeout;
  while (!condition()) {
    if (Clock::now() >= deadline) return false;
    std::this_thread::sleep_for(poll_interval);
  }
  return true;
}

RedisServer::RedisServer(Options options) : options_(std::move(options)) {
  std::filesystem::create_symlink(program, folder_.path() / "redis-server");
  port_ = free_port();
  bus_port_ = free_port();
  write_configuration();
  start();
}

RedisServer::~RedisServer() {
  kill();
}

void RedisServer::write_configuration() const {
  std::ofstream file(folder_.path() / "redis.conf");
  file << "port " << port_ << "\nbind 127.0.0.1\nprotected-mode no\ndaemonize no\ndir " << folder_.path().string()
       << '\n';
  if (!options_.sentinel) {
    file << "save \"\"\nappendonly " << (options_.keeps_data ? "yes" : "no")
         << "\nappendfsync always\nrepl-diskless-sync yes\nrepl-diskless-sync-delay 0\nshutdown-timeout 0\n";
  }
  if (!options_.password.empty()) {
    file << "requirepass \"" << options_.password << "\"\n";
    if (!options_.sentinel) file << "masterauth \"" << options_.password << "\"\n";
  }
  if (options_.cluster) {
    file << "cluster-enabled yes\ncluster-port " << bus_port_
         << "\ncluster-node-timeout 1000\ncluster-require-full-coverage no\ncluster-replica-validity-factor 0\n";
  }
  if (options_.replica_of != nullptr) file << "replicaof 127.0.0.1 " << options_.replica_of->port() << '\n';
  for (const auto& setting : options_.settings) file << setting << '\n';
}

void RedisServer::start() {
  const auto folder = folder_.path();
  std::vector<std::string> arguments{(folder / "redis-server").string(), (folder / "redis.conf").string()};
  if (options_.sentinel) arguments.emplace_back("--sentinel");
  pid_ = spawn(std::move(arguments), folder / "log");
  wait_until_answering();
}

void RedisServer::wait_until_answering() {
  const bool answers = eventually([this] {
    if (wait_for_end(pid_, milliseconds(0))) {
      pid_ = -1;
      fail("it ended instead of answering");
    }
    try {
      return command({"PING"}) == "PONG";
    } catch (const ConnectionLost&) {
      return false;
    }
  });
  if (!answers) fail("it does not answer");
}

void RedisServer::fail(const std::string& what) const {
  throw std::runtime_error("redis-server: " + what + "; the end of its log:\n" + end_of(log()));
}

std::string RedisServer::url(int database) const {
  const auto credentials = options_.password.empty() ? "" : ":" + options_.password + "@";
  return "redis://" + credentials + address() + (database == 0 ? "" : "/" + std::to_string(database));
}

std::string RedisServer::command(const std::vector<std::string>& arguments) const {
  TcpSocket socket(port_);
  if (!options_.password.empty()) {
    socket.send(encoded({"AUTH", options_.password}));
    read_reply(socket);
  }
  socket.send(encoded(arguments));
  return read_reply(socket);
}

void RedisServer::kill() {
  if (pid_ < 0) return;
  kill_child(std::exchange(pid_, -1));
}

void RedisServer::pause() const {
  ::kill(pid_, SIGSTOP);
}

void RedisServer::resume() const {
  ::kill(pid_, SIGCONT);
}

void RedisServer::flush() const {
  command({"FLUSHALL"});
}

void RedisServer::lose_data() {
  std::filesystem::remove_all(folder_.path() / "appendonlydir");
  std::filesystem::remove(folder_.path() / "dump.rdb");
}

std::string RedisServer::log() const {
  return read_file(folder_.path() / "log");
}

RedisSentinelGroup::RedisSentinelGroup(std::string password) : password_(std::move(password)) {
  RedisServer::Options options;
  options.password = password_;
  first_ = std::make_unique<RedisServer>(options);
  options.replica_of = first_.get();
  second_ = std::make_unique<RedisServer>(options);
  RedisServer::Options watch;
  watch.sentinel = true;
  watch.settings = {"sentinel monitor main 127.0.0.1 " + std::to_string(first_->port()) + " 2",
                    "sentinel down-after-milliseconds main 700", "sentinel failover-timeout main 1000"};
  if (!password_.empty()) watch.settings.push_back("sentinel auth-pass main " + password_);
  for (int i = 0; i < 3; ++i) sentinels_.push_back(std::make_unique<RedisServer>(watch));
  const bool ready = eventually([this] {
    return std::all_of(sentinels_.begin(), sentinels_.end(), [](const auto& sentinel) {
      const auto master = sentinel->command({"SENTINEL", "MASTER", "main"});
      return master.find("num-slaves\n1\n") != std::string::npos &&
             master.find("num-other-sentinels\n2\n") != std::string::npos;
    });
  });
  if (!ready) throw std::runtime_error("the sentinels do not find each other");
}

std::string RedisSentinelGroup::url() const {
  std::string text = "redis+sentinel://" + (password_.empty() ? "" : ":" + password_ + "@");
  for (std::size_t i = 0; i < sentinels_.size(); ++i) text += (i > 0 ? "," : "") + sentinels_[i]->address();
  return text + "/main";
}

std::uint16_t RedisSentinelGroup::master_port() const {
  const auto answer = sentinels_[0]->command({"SENTINEL", "GET-MASTER-ADDR-BY-NAME", "main"});
  return static_cast<std::uint16_t>(std::stoi(answer.substr(answer.find('\n') + 1)));
}

RedisCluster::RedisCluster(bool replicas) {
  RedisServer::Options options;
  options.cluster = true;
  for (int i = 0; i < (replicas ? 6 : 3); ++i) servers_.push_back(std::make_unique<RedisServer>(options));
  constexpr const char* ranges[3][2] = {{"0", "5460"}, {"5461", "10922"}, {"10923", "16383"}};
  for (std::size_t i = 0; i < servers_.size(); ++i) {
    auto& server = *servers_[i];
    server.command({"CLUSTER", "SET-CONFIG-EPOCH", std::to_string(i + 1)});
    if (i < 3) server.command({"CLUSTER", "ADDSLOTSRANGE", ranges[i][0], ranges[i][1]});
    if (i == 0) continue;
    servers_[0]->command(
        {"CLUSTER", "MEET", "127.0.0.1", std::to_string(server.port_), std::to_string(server.bus_port_)});
  }
  wait_until_whole();
  for (std::size_t i = 3; i < servers_.size(); ++i) servers_[i]->command({"CLUSTER", "REPLICATE", id(i - 3)});
  for (std::size_t i = 3; i < servers_.size(); ++i) {
    const bool follows = eventually([this, i] {
      return servers_[i]->command({"ROLE"}).find("connected") != std::string::npos &&
             servers_[i]->command({"INFO", "replication"}).find("master_link_status:up") != std::string::npos;
    });
    if (!follows) throw std::runtime_error("a replica of the cluster does not follow");
  }
}

void RedisCluster::wait_until_whole() const {
  const auto nodes = "cluster_known_nodes:" + std::to_string(servers_.size());
  const bool whole = eventually([&] {
    return std::all_of(servers_.begin(), servers_.end(), [&](const auto& server) {
      const auto info = server->command({"CLUSTER", "INFO"});
      return info.find("cluster_state:ok") != std::string::npos && info.find(nodes) != std::string::npos &&
             info.find("cluster_slots_ok:16384") != std::string::npos;
    });
  });
  if (!whole) throw std::runtime_error("the cluster does not come together");
}

std::string RedisCluster::url() const {
  return "redis+cluster://" + servers_[0]->address() + "," + servers_[1]->address();
}

std::string RedisCluster::id(std::size_t index) const {
  return servers_[index]->command({"CLUSTER", "MYID"});
}

void RedisCluster::begin_move(int slot, std::size_t from, std::size_t to) {
  const auto number = std::to_string(slot);
  servers_[to]->command({"CLUSTER", "SETSLOT", number, "IMPORTING", id(from)});
  servers_[from]->command({"CLUSTER", "SETSLOT", number, "MIGRATING", id(to)});
}

void RedisCluster::end_move(int slot, std::size_t from, std::size_t to) {
  const auto number = std::to_string(slot), target = std::to_string(servers_[to]->port());
  while (true) {
    const auto keys = servers_[from]->command({"CLUSTER", "GETKEYSINSLOT", number, "100"});
    if (keys.empty()) break;
    std::istringstream lines(keys);
    for (std::string key; std::getline(lines, key);) {
      servers_[from]->command({"MIGRATE", "127.0.0.1", target, key, "0", "5000"});
    }
  }
  for (const auto index : {to, from}) servers_[index]->command({"CLUSTER", "SETSLOT", number, "NODE", id(to)});
}

}  // namespace netherlink::test
