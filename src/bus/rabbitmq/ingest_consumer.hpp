#pragma once

#include <atomic>

#include "bus/rabbitmq/connection.hpp"
#include "bus/rabbitmq/ingest_inbox.hpp"
#include "bus/rabbitmq/spread.hpp"

namespace netherlink::bus::rabbitmq {

/// Consumes the partitions on one connection with a channel for each, so that each can be given back alone: closing the
/// channel is what makes the broker deliver again in order. As many partitions as the Spread gives to this replica are
/// consumed at once, the others a moment later, as a stand-by.
class RabbitIngestConsumer final : public IngestConsumer {
 public:
  /// `missing` counts the consumers that are not connected.
  RabbitIngestConsumer(const RabbitBusOptions& options, Spread& spread, Monitor& monitor,
                       std::shared_ptr<std::atomic<int>> missing, std::shared_ptr<std::atomic<std::size_t>> arrived);
  ~RabbitIngestConsumer() override;

  std::vector<IngestDelivery> take(std::size_t max_bytes, std::chrono::milliseconds timeout) override {
    return inbox_.take(max_bytes, timeout);
  }
  void ack(std::uint64_t tag) override;
  void give_back() override;
  void stop() override;
  bool stopped_and_empty() const override { return inbox_.stopped(); }

 private:
  struct Channel {
    enum class State { closed, starting, consuming, closing } state = State::closed;
    Clock::time_point since{};       // of the state
    Clock::time_point not_before{};  // of the next start
    std::string owner;               // that should have consumed it when we began to
    bool yielding = false;
    bool active = false;  // something was delivered
  };

  void run();
  bool connect(Connection& connection);
  bool serve(Connection& connection);
  bool receive(Connection& connection);
  bool handle(Connection& connection, Event& event);
  bool deliver(Connection& connection, std::size_t partition, const Event& event);
  bool work(Connection& connection);
  bool care(Connection& connection);
  bool care(Connection& connection, std::size_t partition, Clock::time_point now);
  bool start(Connection& connection, std::size_t partition, Clock::time_point now);
  bool close(Connection& connection, std::size_t partition, Clock::duration pause);
  void closed(std::size_t partition, Clock::duration pause);
  void disconnected();
  void set_connected(bool connected);
  void sleep(Clock::duration duration);
  bool finished() const;

  const std::size_t partitions_;
  const std::uint16_t prefetch_;
  Spread& spread_;
  Endpoints endpoints_;
  const std::shared_ptr<Lifeline> lifeline_;  // the monitor outlives this
  const std::shared_ptr<std::atomic<int>> missing_;
  Wake wake_;
  IngestInbox inbox_;
  std::vector<Channel> channels_;  // of the thread
  Clock::time_point connected_at_{}, next_care_{};
  std::atomic<bool> connected_{false}, abandoned_{false};
  std::thread thread_;
};

}  // namespace netherlink::bus::rabbitmq
