#include <atomic>

#include "bus/rabbitmq/ingest_consumer.hpp"
#include "bus/rabbitmq/ingest_queue.hpp"
#include "bus/rabbitmq/push_outbox.hpp"
#include "bus/rabbitmq/push_subscriber.hpp"
#include "bus/rabbitmq/task_consumer.hpp"
#include "bus/rabbitmq/topology.hpp"

namespace netherlink::bus {
namespace {

using namespace std::chrono_literals;
using namespace rabbitmq;

constexpr auto push_patience = 1s;    // of a publisher that is far ahead
constexpr auto marker_patience = 2s;  // for the last pushes to this replica

Publisher::Options publishing(const char* name, std::function<bool(Connection&, amqp_channel_t)> declare) {
  Publisher::Options options;
  options.name = name;
  options.declare = std::move(declare);
  return options;
}

class RabbitIngestQueue final : public IngestQueue {
 public:
  RabbitIngestQueue(const RabbitBusOptions& options, Spread& spread, Monitor& monitor)
      : options_(options),
        spread_(spread),
        monitor_(monitor),
        outbox_(options.partitions, options.queue_messages),
        publisher_(ingest_options(options.partitions), options.urls, outbox_, monitor) {}

  std::size_t partitions() const override { return outbox_.partitions(); }

  core::result<void> publish(std::size_t partition, std::string payload, std::size_t weight,
                             std::function<void()> on_lost) override {
    if (!publisher_.accepts(partition)) return errors::server_unavailable;
    auto added = outbox_.add(partition, std::move(payload), weight, std::move(on_lost));
    if (added) publisher_.wake();
    return added;
  }

  std::unique_ptr<IngestConsumer> consume() override {
    return std::make_unique<RabbitIngestConsumer>(options_, spread_, monitor_, missing_, arrived_);
  }

  std::size_t depth() const override { return outbox_.weight() + *arrived_; }
  bool connected() const { return publisher_.connected() && *missing_ == 0; }
  void begin_stop() { publisher_.begin_stop(); }
  void stop() { publisher_.stop(); }

 private:
  static Publisher::Options ingest_options(std::size_t partitions) {
    auto options = publishing("ingest-out", [partitions](Connection& connection, amqp_channel_t channel) {
      return declare_dead(connection, channel) && declare_ingest(connection, channel, partitions);
    });
    options.lanes = partitions;
    return options;
  }

  const RabbitBusOptions& options_;
  Spread& spread_;
  Monitor& monitor_;
  const std::shared_ptr<std::atomic<int>> missing_ = std::make_shared<std::atomic<int>>(0);  // consumers not connected
  // By weight: what consumers got and nobody took yet.
  const std::shared_ptr<std::atomic<std::size_t>> arrived_ = std::make_shared<std::atomic<std::size_t>>(0);
  IngestOutbox outbox_;
  Publisher publisher_;
};

class RabbitPushBus final : public PushBus {
 public:
  RabbitPushBus(const RabbitBusOptions& options, Monitor& monitor)
      : options_(options),
        monitor_(monitor),
        spread_(options.instance, options.partitions,
                [this](const std::string& text) {
                  if (!publisher_.connected()) return;
                  outbox_.add(PushMessage::Kind::presence, all_key, text);
                  publisher_.wake();
                }),
        publisher_(push_options(), options.urls, outbox_, monitor) {
    monitor.add([this](Clock::time_point now) { spread_.tick(now); });
  }

  void publish(std::span<const std::string> instances, Payload payload) override {
    if (stopped_) return;
    if (outbox_.wait_for_room(publisher_.accepts() ? push_patience : 0s)) {
      outbox_.add(instances, *payload);
    } else {
      outbox_.note_lost();
    }
    publisher_.wake();
  }

  void subscribe(std::function<void(Payload)> handler, std::function<void()> on_gap) override {
    spread_.listen();
    subscriber_ = std::make_unique<PushSubscriber>(options_, spread_, monitor_, std::move(handler), std::move(on_gap));
  }

  Spread& spread() { return spread_; }
  bool connected() const { return publisher_.connected() && (subscriber_ == nullptr || subscriber_->connected()); }

  void stop() {
    if (stopped_.exchange(true)) return;
    const bool hears = subscriber_ != nullptr && subscriber_->connected() && publisher_.connected();
    if (hears) outbox_.add(PushMessage::Kind::marker, instance_key(options_.instance), "stop");
    publisher_.stop();
    if (hears) subscriber_->wait_for_marker("stop", marker_patience);
    if (subscriber_ != nullptr) subscriber_->stop();
  }

 private:
  static Publisher::Options push_options() {
    auto options = publishing("push-out", declare_push);
    options.window_messages = 1024;
    options.window_bytes = std::size_t{4} << 20;
    return options;
  }

  const RabbitBusOptions& options_;
  Monitor& monitor_;
  PushOutbox outbox_;
  Spread spread_;
  Publisher publisher_;
  std::unique_ptr<PushSubscriber> subscriber_;
  std::atomic<bool> stopped_{false};
};

class RabbitTaskQueue final : public TaskQueue {
 public:
  RabbitTaskQueue(const RabbitBusOptions& options, Monitor& monitor)
      : options_(options),
        monitor_(monitor),
        outbox_(options.queue_messages),
        publisher_(task_options(), options.urls, outbox_, monitor) {}

  core::result<void> publish(Priority priority, std::string payload) override {
    if (!publisher_.accepts()) return errors::server_unavailable;
    Message message;
    message.exchange = tasks_exchange;
    message.routing_key = task_key;
    message.body = std::make_shared<const std::string>(std::move(payload));
    message.priority = static_cast<std::uint8_t>(priority);
    if (!outbox_.add(std::move(message), {}, true)) return errors::server_overloaded;
    publisher_.wake();
    return {};
  }

  void consume(std::function<bool(const std::string&)> handler) override {
    const auto resend = [this](Message message, std::function<void()> confirmed) {
      outbox_.add(std::move(message), std::move(confirmed), false);
      publisher_.wake();
    };
    consumer_ = std::make_unique<TaskConsumer>(options_, monitor_, resend, std::move(handler));
  }

  void stop() {
    if (consumer_ != nullptr) consumer_->stop();
    publisher_.stop();
  }

 private:
  static Publisher::Options task_options() {
    auto options = publishing("tasks-out", [](Connection& connection, amqp_channel_t channel) {
      return declare_dead(connection, channel) && declare_tasks(connection, channel);
    });
    options.gives_up = false;
    return options;
  }

  const RabbitBusOptions& options_;
  Monitor& monitor_;
  TaskOutbox outbox_;
  Publisher publisher_;
  std::unique_ptr<TaskConsumer> consumer_;
};

class RabbitBus final : public Bus {
 public:
  explicit RabbitBus(RabbitBusOptions options)
      : options_(std::move(options)),
        push_(options_, monitor_),
        ingest_(options_, push_.spread(), monitor_),
        tasks_(options_, monitor_) {}
  ~RabbitBus() override { stop(); }

  IngestQueue& ingest() override { return ingest_; }
  PushBus& push() override { return push_; }
  TaskQueue& tasks() override { return tasks_; }
  bool connected() const override { return ingest_.connected() && push_.connected(); }

  void stop() override {
    ingest_.begin_stop();
    tasks_.stop();
    ingest_.stop();
    push_.stop();
    monitor_.stop();
  }

 private:
  const RabbitBusOptions options_;
  Monitor monitor_;
  RabbitPushBus push_;
  RabbitIngestQueue ingest_;
  RabbitTaskQueue tasks_;
};

}  // namespace

std::unique_ptr<Bus> make_rabbit_bus(RabbitBusOptions options) {
  return std::make_unique<RabbitBus>(std::move(options));
}

}  // namespace netherlink::bus
