#include "cache/redis/client.hpp"

#include <boost/asio/post.hpp>

#include "cache/redis/cluster.hpp"
#include "cache/redis/single.hpp"

namespace netherlink::cache::redis {
namespace {

// Bytes that wait for the thread, and bytes that wait for one server's answer. Above, commands are given up at once.
constexpr std::size_t max_queued = std::size_t{16} << 20, max_load = std::size_t{32} << 20;

std::unique_ptr<Topology> make_topology(asio::io_context& io, Url url, std::string name, Topology::Events events) {
  if (url.kind == Url::Kind::cluster) {
    return std::make_unique<Cluster>(io, std::move(url), std::move(name), std::move(events));
  }
  return std::make_unique<Single>(io, std::move(url), std::move(name), std::move(events));
}

std::size_t size_of(const Command& command) {
  std::size_t bytes = sizeof(Command);
  for (const auto& argument : command.args) bytes += argument.size();
  return bytes;
}

}  // namespace

void Waiting::arrive() {
  std::lock_guard lock(mutex_);
  if (--left_ == 0) all_.notify_all();
}

bool Waiting::wait(std::chrono::milliseconds time) {
  static auto& seconds = metrics::histogram("netherlink_cache_call_seconds", "Time that callers waited for Redis",
                                            metrics::latency_bounds());
  const auto start = Clock::now();
  std::unique_lock lock(mutex_);
  const bool arrived = all_.wait_for(lock, time, [this] { return left_ == 0; });
  seconds.observe(std::chrono::duration<double>(Clock::now() - start).count());
  return arrived;
}

Client::Client(Url url, std::string name)
    : topology_(make_topology(io_, std::move(url), std::move(name), {})),
      dropped_(metrics::counter("netherlink_cache_dropped_total", "Commands given up because Redis is behind")) {}

Client::~Client() {
  stop();
}

void Client::start(std::function<void()> up, std::function<void()> down) {
  topology_->on({[this, up = std::move(up)] {
                   connected_ = true;
                   up();
                 },
                 [this, down = std::move(down)] {
                   connected_ = false;
                   down();
                 },
                 [this](bool usable) { usable_ = usable; }});
  thread_ = std::thread([this] {
    topology_->start();
    io_.run();
  });
}

void Client::stop() {
  {
    std::lock_guard lock(mutex_);
    if (stopped_) return;
    stopped_ = true;
  }
  if (!thread_.joinable()) return;
  asio::post(io_, [this] {
    drain();
    topology_->stop();
    io_.stop();
  });
  thread_.join();
  connected_ = usable_ = false;
}

void Client::send(Command command) {
  std::lock_guard lock(mutex_);
  add(std::move(command));
}

void Client::send(std::vector<Command> commands) {
  std::lock_guard lock(mutex_);
  for (auto& command : commands) add(std::move(command));
}

void Client::add(Command&& command) {
  const auto bytes = size_of(command);
  if (stopped_) return;
  if (queued_bytes_ + bytes > max_queued) {
    dropped_.add();
    if (!command.done) return;
    command.args.clear();  // it is told on the thread, as everybody is
  }
  queued_bytes_ += bytes;
  queue_.push_back(std::move(command));
  if (queue_.size() == 1) asio::post(io_, [this] { drain(); });
}

void Client::drain() {
  std::vector<Command> commands;
  {
    std::lock_guard lock(mutex_);
    commands.swap(queue_);
    queued_bytes_ = 0;
  }
  for (auto& command : commands) dispatch(std::move(command));
}

void Client::dispatch(Command command) {
  if (command.args.empty()) return command.finish(nullptr);
  const auto link = topology_->route(command);
  if (!link || (command.hurried && link->stalled())) return command.finish(nullptr);
  if (link->load() > max_load) {
    dropped_.add();
    return command.finish(nullptr);
  }
  link->send(std::move(command));
}

}  // namespace netherlink::cache::redis
