#include "bus/rabbitmq/task_consumer.hpp"

#include <pthread.h>

#include <charconv>

#include "bus/rabbitmq/instruments.hpp"
#include "bus/rabbitmq/topology.hpp"
#include "bus/task_policy.hpp"
#include "netherlink/log/log.hpp"

namespace netherlink::bus::rabbitmq {
namespace {

using namespace std::chrono_literals;

constexpr auto connection_name = "tasks-in";
constexpr amqp_channel_t declare_channel = 1, consume_channel = 2;
constexpr auto longest_wait = 1s;

int tries_of(const Headers& headers) {
  int tries = 0;
  for (const auto& [name, value] : headers) {
    if (name == tries_header) std::from_chars(value.data(), value.data() + value.size(), tries);
  }
  return tries;
}

}  // namespace

TaskConsumer::TaskConsumer(const RabbitBusOptions& options, Monitor& monitor, Resend resend,
                           std::function<bool(const std::string&)> handler)
    : endpoints_(options.urls),
      retry_delay_(std::to_string(options.task_retry.count())),
      resend_(std::move(resend)),
      handler_(std::move(handler)),
      lifeline_(std::make_shared<Lifeline>()),
      shared_(std::make_shared<Shared>()) {
  monitor.add([lifeline = lifeline_](Clock::time_point now) { lifeline->check(now); });
  thread_ = std::thread([this] { run(); });
  worker_ = std::thread([this] { work(); });
  pthread_setname_np(thread_.native_handle(), "bus-tasks-in");
  pthread_setname_np(worker_.native_handle(), "tasks");
}

void TaskConsumer::Shared::finish(std::uint64_t life, std::uint64_t tag) {
  {
    std::lock_guard lock(mutex);
    done.emplace_back(life, tag);
  }
  wake.signal();
}

bool TaskConsumer::stopping() const {
  std::lock_guard lock(shared_->mutex);
  return shared_->stopping;
}

void TaskConsumer::stop() {
  {
    std::lock_guard lock(shared_->mutex);
    shared_->stopping = true;
  }
  shared_->arrived.notify_all();
  if (worker_.joinable()) worker_.join();  // its last task is acknowledged by the other thread
  ended_ = true;
  if (!connected_) lifeline_->cut();
  shared_->wake.signal();
  if (thread_.joinable()) thread_.join();
}

void TaskConsumer::run() {
  bool before = false;
  while (!stopping() && !endpoints_.empty()) {
    Connection connection(*lifeline_);
    if (connect(connection)) {
      if (std::exchange(before, true)) reconnects(connection_name).add();
      if (serve(connection)) return connection.close();
      connected_ = false;
    }
    if (stopping()) return;
    const auto delay = endpoints_.failed();
    log::warn("bus connection lost", {{"connection", connection_name}, {"reason", connection.error()}});
    for (const auto end = Clock::now() + delay; !stopping() && Clock::now() < end;) {
      shared_->wake.wait(-1, std::chrono::ceil<std::chrono::microseconds>(end - Clock::now()));
    }
  }
}

bool TaskConsumer::connect(Connection& connection) {
  if (!connection.open(endpoints_.current(), connection_name)) return false;
  if (!connection.open_channel(declare_channel) || !declare_tasks(connection, declare_channel)) return false;
  if (!connection.start_consuming(consume_channel, tasks_queue, 1)) return false;
  endpoints_.succeeded();
  ++life_;
  connected_ = true;
  log::info("bus connected", {{"connection", connection_name}, {"broker", endpoints_.current().name()}});
  return true;
}

// True: stopped.
bool TaskConsumer::serve(Connection& connection) {
  for (;;) {
    const bool last = ended_;
    if (!receive(connection) || !acknowledge(connection)) return false;
    if (last) return true;
    if (!connection.has_input()) shared_->wake.wait(connection.fd(), longest_wait);
  }
}

bool TaskConsumer::receive(Connection& connection) {
  for (Event event;;) {
    const auto next = connection.next(event);
    if (next == Connection::Next::failed) return false;
    if (next == Connection::Next::nothing) return true;
    if (event.kind == Event::Kind::delivery) deliver(event);
    if (event.kind == Event::Kind::channel_closed || event.kind == Event::Kind::cancelled) {
      log::warn("task queue gone", {{"reason", event.reason}});
      return false;
    }
  }
}

void TaskConsumer::deliver(const Event& event) {
  {
    std::lock_guard lock(shared_->mutex);
    shared_->task = Task{life_, event.tag, event.redelivered, event.priority, tries_of(event.headers), event.body};
  }
  shared_->arrived.notify_one();
}

bool TaskConsumer::acknowledge(Connection& connection) {
  std::vector<std::pair<std::uint64_t, std::uint64_t>> done;
  {
    std::lock_guard lock(shared_->mutex);
    done.swap(shared_->done);
  }
  for (const auto& [life, tag] : done) {
    if (life == life_ && !connection.ack(consume_channel, tag, false)) return false;
  }
  return true;
}

void TaskConsumer::work() {
  std::unique_lock lock(shared_->mutex);
  for (;;) {
    shared_->arrived.wait(lock, [&] { return shared_->stopping || shared_->task; });
    if (shared_->stopping) return;
    const auto task = std::move(*shared_->task);
    shared_->task.reset();
    lock.unlock();
    process(task);
    lock.lock();
  }
}

void TaskConsumer::process(const Task& task) {
  // Whoever had it before died with it or lost its connection: that counts as a try, so that a task which kills its
  // worker ends.
  if (task.redelivered || !handler_(*task.payload)) {
    failed(task);
  } else {
    shared_->finish(task.life, task.tag);
  }
}

void TaskConsumer::failed(const Task& task) {
  const auto tries = task.tries + 1;
  Message message;
  message.body = task.payload;
  message.priority = task.priority;
  message.headers = {{tries_header, std::to_string(tries)}};
  if (tries < task_tries) {
    message.exchange = tasks_exchange;
    message.routing_key = retry_key;
    message.expiration = retry_delay_;
  } else {
    message.exchange = dead_exchange;
    message.routing_key = task_key;
    message.headers.emplace_back(reason_header, "failed");
    message.headers.emplace_back(queue_header, tasks_queue);
    count_dead_task();
  }
  resend_(std::move(message), [shared = shared_, life = task.life, tag = task.tag] { shared->finish(life, tag); });
}

}  // namespace netherlink::bus::rabbitmq
