#pragma once

#include <atomic>
#include <condition_variable>

#include "bus/rabbitmq/connection.hpp"
#include "bus/rabbitmq/task_outbox.hpp"

namespace netherlink::bus::rabbitmq {

/// Takes one task at a time from im.tasks: one thread for the connection, which has to be served while the handler, on
/// the other, works. A failed task is published again, to wait or to die, and acknowledged once the broker has that.
class TaskConsumer {
 public:
  /// `resend` never waits.
  using Resend = std::function<void(Message, std::function<void()> confirmed)>;
  TaskConsumer(const RabbitBusOptions& options, Monitor& monitor, Resend resend,
               std::function<bool(const std::string&)> handler);
  ~TaskConsumer() { stop(); }
  TaskConsumer(const TaskConsumer&) = delete;
  TaskConsumer& operator=(const TaskConsumer&) = delete;

  void stop();

 private:
  struct Task {
    std::uint64_t life = 0, tag = 0;
    bool redelivered = false;
    std::uint8_t priority = 0;
    int tries = 0;
    Payload payload;
  };
  /// What outlives this: a resend may be confirmed later.
  struct Shared {
    std::mutex mutex;
    std::condition_variable arrived;
    std::optional<Task> task;
    std::vector<std::pair<std::uint64_t, std::uint64_t>> done;  // life, tag
    bool stopping = false;
    Wake wake;
    void finish(std::uint64_t life, std::uint64_t tag);
  };

  void run();
  bool connect(Connection& connection);
  bool serve(Connection& connection);
  bool receive(Connection& connection);
  bool acknowledge(Connection& connection);
  void deliver(const Event& event);
  void work();
  void process(const Task& task);
  void failed(const Task& task);
  bool stopping() const;

  Endpoints endpoints_;
  const std::string retry_delay_;
  const Resend resend_;
  const std::function<bool(const std::string&)> handler_;
  const std::shared_ptr<Lifeline> lifeline_;
  const std::shared_ptr<Shared> shared_;
  std::uint64_t life_ = 0;                             // of the connection; of its thread
  std::atomic<bool> connected_{false}, ended_{false};  // ended: the worker
  std::thread thread_, worker_;
};

}  // namespace netherlink::bus::rabbitmq
