#include "support/stack.hpp"

#include <cstdlib>
#include <stdexcept>

namespace netherlink::test {

Stack& Stack::shared() {
  static Stack stack({});
  return stack;
}

Stack::Stack(Options options)
    : limit_(options.deployments),
      database_(
          MariadbServer::Options{.durable = options.durable, .binary_log = options.topology == Topology::production}),
      broker_(RabbitServer::Options{.nodes = options.broker_nodes}) {
  if (options.topology == Topology::production) {
    if (limit_ != 1) throw std::runtime_error("sentinels serve one deployment");
    database_replica_ = std::make_unique<MariadbServer>(MariadbServer::Options{.replica_of = &database_});
    sentinels_ = std::make_unique<RedisSentinelGroup>();
  } else {
    cache_ =
        std::make_unique<RedisServer>(RedisServer::Options{.settings = {"databases " + std::to_string(limit_ + 1)}});
  }
  make_virtual_hosts(limit_);
}

/// All with one call: each takes the Erlang command line seconds to begin.
void Stack::make_virtual_hosts(std::size_t count) {
  broker_.control({"eval",
                   "[begin Name = list_to_binary(\"netherlink\" ++ integer_to_list(N)), "
                   "rabbit_vhost:add(Name, <<\"test\">>), "
                   "rabbit_auth_backend_internal:set_permissions(<<\"guest\">>, Name, "
                   "<<\".*\">>, <<\".*\">>, <<\".*\">>, <<\"test\">>) end || N <- lists:seq(1, " +
                       std::to_string(count) + ")], ok."});
}

std::vector<std::string> Stack::new_deployment() {
  if (deployments_ == limit_) throw std::runtime_error("the stack was made for fewer deployments");
  ++deployments_;
  std::string urls;
  for (const auto& url : broker_.urls(virtual_host(deployments_))) urls += (urls.empty() ? "" : ",") + url;
  const auto database = database_.create_database();
  std::vector<std::string> settings{
      "store.url=" + database_.url(database), "bus.url=" + urls,
      "cache.url=" + (sentinels_ ? sentinels_->url() : cache_->url(static_cast<int>(deployments_))),
      "auth.jwt_secret=a secret that all replicas of the tests share",
      "attachments.directory=" + (files_.path() / std::to_string(deployments_)).string()};
  if (database_replica_) settings.push_back("store.replica_urls=" + database_replica_->url(database));
  const auto migrated = run_binary({"migrate", "up", "--set", settings[0], "--set", settings[3]});
  if (migrated.exit_code != 0) throw std::runtime_error("migrate: " + migrated.output);
  return settings;
}

bool testing_replicas() {
  const char* profile = std::getenv("NETHERLINK_TEST_PROFILE");
  return profile != nullptr && std::string_view(profile) == "replicas";
}

Replicas::Replicas(Stack& stack, std::size_t count, std::vector<std::string> settings)
    : settings_(stack.new_deployment()) {
  settings_.insert(settings_.end(), settings.begin(), settings.end());
  for (std::size_t i = 0; i < count; ++i) add();
  wait_ready();
}

std::vector<std::uint16_t> Replicas::ports() const {
  std::vector<std::uint16_t> all;
  for (const auto& server : servers_) all.push_back(server->port());
  return all;
}

std::string Replicas::setting(const std::string& key) const {
  for (const auto& setting : settings_) {
    if (setting.starts_with(key + "=")) return setting.substr(key.size() + 1);
  }
  throw std::runtime_error("the replicas have no setting " + key);
}

ServerProcess& Replicas::add(const std::vector<std::string>& extra) {
  auto settings = settings_;
  settings.insert(settings.end(), extra.begin(), extra.end());
  servers_.push_back(std::make_unique<ServerProcess>(std::move(settings)));
  return *servers_.back();
}

void Replicas::wait_ready() const {
  for (const auto& server : servers_) server->wait_ready();
}

}  // namespace netherlink::test
