#include "support/rabbitmq_server.hpp"

#include <signal.h>
#include <stdlib.h>

#include <fstream>
#include <stdexcept>
#include <thread>
#include <utility>

#include "support/child_process.hpp"

namespace netherlink::test {
namespace {

constexpr milliseconds poll_interval{20};
constexpr std::chrono::seconds start_limit{180};

std::filesystem::path unpacked_tree() {
  if (const char* set = ::getenv("NETHERLINK_TEST_RABBITMQ"); set != nullptr) return set;
  return std::filesystem::weakly_canonical(program_cache() / "rabbitmq");
}

/// The one folder in `parent` whose name begins so.
std::filesystem::path folder_in(const std::filesystem::path& parent, const std::string& prefix) {
  if (std::filesystem::is_directory(parent)) {
    for (const auto& entry : std::filesystem::directory_iterator(parent)) {
      if (entry.path().filename().string().starts_with(prefix)) return entry.path();
    }
  }
  throw std::runtime_error("no " + prefix + "* in " + parent.string() + "; ./scripts/test unpacks it");
}

std::string definitions(std::size_t vhosts) {
  std::string names = R"({"name":"/"})";
  std::string rights = R"({"user":"guest","vhost":"/","configure":".*","write":".*","read":".*"})";
  for (std::size_t i = 0; i < vhosts; ++i) {
    const auto name = "\"t" + std::to_string(i) + "\"";
    names += R"(,{"name":)" + name + "}";
    rights += R"(,{"user":"guest","vhost":)" + name + R"(,"configure":".*","write":".*","read":".*"})";
  }
  return R"({"users":[{"name":"guest","password":"guest","tags":"administrator"}],"vhosts":[)" + names +
         R"(],"permissions":[)" + rights + "]}";
}

}  // namespace

RabbitServer::RabbitServer(Options options) : options_(std::move(options)), tree_(unpacked_tree()) {
  home_ = folder_in(tree_ / "usr/lib/rabbitmq/lib", "rabbitmq_server-");
  const auto ports = free_low_ports(2 * options_.nodes + 1);
  epmd_port_ = ports[0];
  for (std::size_t i = 0; i < options_.nodes; ++i) {
    const auto name = "rabbit" + std::to_string(ports[2 * i + 1]) + "@localhost";
    nodes_.push_back({name, ports[2 * i + 1], ports[2 * i + 2], folder_.path() / std::to_string(i), -1, 0});
  }
  start_epmd();
  for (const auto& node : nodes_) write_configuration(node);
  // One by one: nodes that look for each other at the same time wait for a lock, and for long.
  for (std::size_t i = 0; i < nodes_.size(); ++i) start(i);
}

RabbitServer::~RabbitServer() {
  for (std::size_t i = 0; i < nodes_.size(); ++i) kill(i);
  if (epmd_ <= 0) return;
  kill_child(epmd_);
}

std::string RabbitServer::url(std::size_t node, const std::string& vhost) const {
  return "amqp://guest:guest@127.0.0.1:" + std::to_string(port(node)) + "/" + (vhost.empty() ? "%2f" : vhost);
}

std::vector<std::string> RabbitServer::urls(const std::string& vhost) const {
  std::vector<std::string> all;
  for (std::size_t i = 0; i < nodes_.size(); ++i) all.push_back(url(i, vhost));
  return all;
}

void RabbitServer::write_configuration(const Node& node) const {
  std::filesystem::create_directories(node.folder / "mnesia");
  std::ofstream(node.folder / "plugins") << "[].\n";
  const auto cookie = node.folder / ".erlang.cookie";
  std::ofstream(cookie) << "netherlinktests";
  std::filesystem::permissions(cookie, std::filesystem::perms::owner_read);
  std::ofstream file(node.folder / "rabbitmq.conf");
  file << "listeners.tcp.1 = 127.0.0.1:" << node.port << "\nlog.console = true\nlog.file = false\n"
       << "disk_free_limit.absolute = 1MB\nraft.wal_max_size_bytes = 33554432\n";
  if (nodes_.size() > 1) {
    file << "cluster_formation.peer_discovery_backend = classic_config\n";
    for (std::size_t i = 0; i < nodes_.size(); ++i) {
      file << "cluster_formation.classic_config.nodes." << i + 1 << " = " << nodes_[i].name << '\n';
    }
  }
  file << "load_definitions = " << (node.folder / "definitions.json").string() << '\n';
  std::ofstream(node.folder / "definitions.json") << definitions(options_.vhosts);
  for (const auto& setting : options_.settings) file << setting << '\n';
}

std::vector<std::string> RabbitServer::environment(const Node& node) const {
  const auto erlang = tree_ / "usr/lib/erlang";
  const auto variable = [](std::string name, const std::filesystem::path& value) {
    return name + "=" + value.string();
  };
  std::vector<std::string> all{
      "PATH=" + (erlang / "bin").string() + ":" + folder_in(erlang, "erts-").string() + "/bin:/usr/bin:/bin",
      "LANG=C.UTF-8",
      variable("HOME", node.folder),
      variable("RABBITMQ_HOME", home_),
      "RABBITMQ_NODENAME=" + node.name,
      "RABBITMQ_CONF_ENV_FILE=/dev/null",
      variable("RABBITMQ_MNESIA_BASE", node.folder / "mnesia"),
      variable("RABBITMQ_LOG_BASE", node.folder),
      variable("RABBITMQ_CONFIG_FILE", node.folder / "rabbitmq"),
      variable("RABBITMQ_ENABLED_PLUGINS_FILE", node.folder / "plugins"),
      variable("RABBITMQ_PID_FILE", node.folder / "pid"),
      "RABBITMQ_LOGS=-",
      "RABBITMQ_DIST_PORT=" + std::to_string(node.dist_port),
      "ERL_EPMD_PORT=" + std::to_string(epmd_port_),
      "ERL_EPMD_ADDRESS=127.0.0.1",
      // Lets the script become the server instead of watching over it: then ours is its process id.
      "RUNNING_UNDER_SYSTEMD=true",
      "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS=+sbwt none +sbwtdcpu none +sbwtdio none -start_epmd false"
      " -kernel inet_dist_use_interface {127,0,0,1}",
      "RABBITMQ_CTL_ERL_ARGS=-start_epmd false",
  };
  return all;
}

void RabbitServer::start_epmd() {
  const auto folder = folder_in(tree_ / "usr/lib/erlang", "erts-");
  epmd_ = spawn({(folder / "bin/epmd").string(), "-address", "127.0.0.1", "-port", std::to_string(epmd_port_)},
                folder_.path() / "epmd.log", std::vector<std::string>{"PATH=/usr/bin:/bin"});
}

void RabbitServer::begin_start(std::size_t index) {
  auto& node = nodes_[index];
  node.log_offset = log(index).size();
  node.pid = spawn({(home_ / "sbin/rabbitmq-server").string()}, node.folder / "log", environment(node));
}

void RabbitServer::wait_started(std::size_t index) {
  auto& node = nodes_[index];
  const auto deadline = Clock::now() + start_limit;
  while (log(index).find("completed with", node.log_offset) == std::string::npos) {
    if (wait_for_end(node.pid, milliseconds(0))) {
      node.pid = -1;
      fail(node, "it ended instead of serving");
    }
    if (Clock::now() >= deadline) fail(node, "it does not serve");
    std::this_thread::sleep_for(poll_interval);
  }
}

void RabbitServer::start(std::size_t node) {
  begin_start(node);
  wait_started(node);
}

void RabbitServer::kill(std::size_t index) {
  auto& node = nodes_[index];
  if (node.pid <= 0) return;
  kill_child(std::exchange(node.pid, -1));
}

void RabbitServer::pause(std::size_t node) const {
  ::kill(pid(node), SIGSTOP);
}

void RabbitServer::resume(std::size_t node) const {
  ::kill(pid(node), SIGCONT);
}

std::string RabbitServer::control(const std::vector<std::string>& arguments, std::size_t index) const {
  const auto& node = nodes_[index];
  std::vector<std::string> all{(home_ / "sbin/rabbitmqctl").string(), "-q"};
  all.insert(all.end(), arguments.begin(), arguments.end());
  const TemporaryFolder folder;
  const auto output = folder.path() / "output";
  const int code = wait_for_end(spawn(std::move(all), output, environment(node)));
  auto text = read_file(output);
  if (code != 0) fail(node, "rabbitmqctl " + arguments[0] + ": " + text);
  return text;
}

std::string RabbitServer::log(std::size_t node) const {
  return read_file(nodes_[node].folder / "log");
}

void RabbitServer::fail(const Node& node, const std::string& what) const {
  throw std::runtime_error("RabbitMQ: " + what + "; the end of its log:\n" + end_of(read_file(node.folder / "log")));
}

}  // namespace netherlink::test
