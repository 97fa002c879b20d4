#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <thread>

#include "replicas.hpp"
#include "support/catch.hpp"

using namespace netherlink;
using namespace netherlink::test;
using namespace std::chrono_literals;

namespace {

/// Answers whatever it reads with the same bytes, on a free port of 127.0.0.1.
class FakeServer {
 public:
  explicit FakeServer(std::string answer) : answer_(std::move(answer)), listener_(::socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t length = sizeof address;
    auto* generic = reinterpret_cast<sockaddr*>(&address);
    if (::bind(listener_, generic, length) != 0 || ::listen(listener_, 16) != 0) throw std::runtime_error("listen");
    ::getsockname(listener_, generic, &length);
    url_ = "redis://127.0.0.1:" + std::to_string(ntohs(address.sin_port));
    thread_ = std::thread([this] { serve(); });
  }
  ~FakeServer() {
    ::shutdown(listener_, SHUT_RDWR);
    thread_.join();
    ::close(listener_);
  }
  FakeServer(const FakeServer&) = delete;
  FakeServer& operator=(const FakeServer&) = delete;

  const std::string& url() const { return url_; }
  int connections() const { return connections_; }

 private:
  void serve() {
    while (true) {
      const int socket = ::accept(listener_, nullptr, nullptr);
      if (socket < 0) return;
      ++connections_;
      char buffer[4096];
      if (::recv(socket, buffer, sizeof buffer, 0) > 0) ::send(socket, answer_.data(), answer_.size(), MSG_NOSIGNAL);
      ::close(socket);
    }
  }

  const std::string answer_;
  int listener_;
  std::string url_;
  std::atomic<int> connections_{0};
  std::thread thread_;
};

/// Finds a topic whose set lives in the slot range of the given master.
std::string topic_of(std::size_t master, const RedisServer& server, int* slot) {
  for (int i = 0;; ++i) {
    auto topic = "c:" + std::to_string(i);
    *slot = std::stoi(server.command({"CLUSTER", "KEYSLOT", "nl:i:" + topic}));
    if (RedisCluster::owner(*slot) == master) return topic;
  }
}

}  // namespace

TEST_CASE("Garbage from the server ends the connection, not the program") {
  const std::string garbage =
      GENERATE(std::string("HTTP/1.1 400 Bad Request\r\n\r\n"), std::string("\0\xff\xfe", 3),
               std::string("+OK\r\n+OK\r\n*-7\r\n"), std::string("$99999999999999999999\r\n"),
               std::string("*2\r\n*2\r\n*2\r\n*2\r\n*2\r\n*2\r\n*2\r\n*2\r\n*2\r\n*2\r\n*2\r\n"),
               std::string(2000, ':') + "\r\n", std::string("+PONG\r\n"));
  FakeServer server(garbage);
  cache::RedisCacheOptions options;
  options.url = server.url();
  const auto cache = cache::make_redis_cache(options);
  CHECK(eventually([&] { return server.connections() >= 2; }));
  CHECK_FALSE(cache->connected());
  CHECK_FALSE(cache->hot_messages().range("a", 1, 1));
}

TEST_CASE("More answers than questions end the connection") {
  std::string all;
  for (int i = 0; i < 50; ++i) all += "+PONG\r\n";
  FakeServer server(all);
  cache::RedisCacheOptions options;
  options.url = server.url();
  const auto cache = cache::make_redis_cache(options);
  CHECK(eventually([&] { return server.connections() >= 2; }));
  CHECK(eventually([&] { return !cache->connected(); }));
}

TEST_CASE("A Sentinel failover is followed") {
  RedisSentinelGroup group("sesame");
  Replicas replicas(group.url());
  REQUIRE(replicas.whole());
  REQUIRE(group.master_port() == group.first().port());
  group.first().kill();
  // Sentinels that get too little of the processor hold back for half a minute.
  CHECK(eventually([&] { return group.master_port() == group.second().port(); }, 4 * patience));
  CHECK(replicas.returned(1));
  CHECK(replicas.whole());
  replicas.one().hot_messages().append("a", run(1, 2));
  CHECK(kept(replicas.one(), "a", 1, 2));
  // The former master comes back, and takes itself for one until the sentinels say otherwise: nobody goes there.
  const int before = replicas.returns[0];
  group.first().start();
  group.sentinel(0).kill();
  std::this_thread::sleep_for(1500ms);
  CHECK(replicas.whole());
  group.sentinel(0).start();
  std::this_thread::sleep_for(500ms);
  CHECK(replicas.returns[0] == before);
  CHECK(group.second().command({"DBSIZE"}) != "0");
}

TEST_CASE("A failover that is asked for is followed") {
  RedisSentinelGroup group;
  Replicas replicas(group.url());
  REQUIRE(replicas.whole());
  REQUIRE(eventually([&] { return group.sentinel(0).command({"SENTINEL", "FAILOVER", "main"}) == "OK"; }));
  CHECK(replicas.returned(1));
  CHECK(replicas.whole());
  CHECK(group.second().command({"ROLE"}).starts_with("master"));
}

TEST_CASE("A slot that moves through the cluster is followed: ASK, then MOVED") {
  RedisCluster cluster;
  Replicas replicas(cluster.url());
  int slot = 0;
  const auto kept = topic_of(0, cluster.master(0), &slot);
  add(replicas.one(), kept);
  const int before = replicas.returns[0];
  cluster.begin_move(slot, 0, 1);
  // There still, and one that comes while it moves.
  CHECK(found(replicas.two(), kept) == Names{"one"});
  add(replicas.two(), kept);
  CHECK(found(replicas.one(), kept) == Names{"one", "two"});
  remove(replicas.one(), kept);
  remove(replicas.two(), kept);
  CHECK(eventually([&] { return found(replicas.one(), kept).empty(); }));  // the set is gone: asked for at the target
  add(replicas.one(), kept);
  CHECK(found(replicas.two(), kept) == Names{"one"});
  CHECK(cluster.master(0).command({"CLUSTER", "COUNTKEYSINSLOT", std::to_string(slot)}) == "0");
  cluster.end_move(slot, 0, 1);
  for (int i = 0; i < 10; ++i) {
    CHECK(found(replicas.two(), kept) == Names{"one"});
    add(replicas.two(), kept);
    CHECK(found(replicas.one(), kept) == Names{"one", "two"});
    remove(replicas.two(), kept);
    CHECK(eventually([&] { return found(replicas.one(), kept) == Names{"one"}; }));
  }
  CHECK(replicas.returns[0] == before);
  CHECK(replicas.whole());
}

TEST_CASE("A master of the cluster dies, with and without a replica") {
  RedisCluster cluster(true);
  Replicas replicas(cluster.url());
  int slot = 0;
  const auto topic = topic_of(1, cluster.master(0), &slot);
  add(replicas.one(), topic);
  REQUIRE(found(replicas.two(), topic) == Names{"one"});
  cluster.master(1).kill();
  CHECK(replicas.returned(1));
  CHECK(replicas.whole());
  CHECK(found(replicas.two(), topic) == Names{"one"});
  CHECK(cluster.replica_of(1).command({"ROLE"}).starts_with("master"));
  const int before = replicas.returns[0];
  cluster.replica_of(1).kill();
  CHECK(eventually([&] { return !replicas.one().connected(); }));
  CHECK(asked(replicas.two(), topic) == Names{"?"});
  CHECK_FALSE(replicas.one().interest().reliable());
  cluster.replica_of(1).start();
  CHECK(replicas.returned(before + 1));
  CHECK(replicas.whole());
  CHECK(found(replicas.two(), topic) == Names{"one"});
}

TEST_CASE("One server of a cluster loses its data") {
  RedisCluster cluster;
  Replicas replicas(cluster.url());
  REQUIRE(replicas.whole());
  const int before = replicas.returns[1];
  cluster.master(RedisCluster::owner(std::stoi(cluster.master(0).command({"CLUSTER", "KEYSLOT", "nl:i:c:two"}))))
      .flush();
  CHECK(eventually([&] { return replicas.returns[1] > before; }));
  CHECK(replicas.whole());
}
