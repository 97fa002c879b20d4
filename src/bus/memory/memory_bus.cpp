#include "bus/memory/ingest_queue.hpp"
#include "bus/memory/push_bus.hpp"
#include "bus/memory/task_queue.hpp"

namespace netherlink::bus {
namespace {

constexpr std::size_t push_limit_bytes = std::size_t{32} << 20;

class MemoryBus final : public Bus {
 public:
  explicit MemoryBus(const MemoryBusOptions& options)
      : ingest_(options.partitions, options.queue_messages),
        push_(push_limit_bytes),
        tasks_(options.queue_messages, options.task_retry) {}

  IngestQueue& ingest() override { return ingest_; }
  PushBus& push() override { return push_; }
  TaskQueue& tasks() override { return tasks_; }
  bool connected() const override { return true; }
  void stop() override {
    tasks_.stop();
    push_.stop();
  }

 private:
  MemoryIngestQueue ingest_;
  MemoryPushBus push_;
  MemoryTaskQueue tasks_;
};

}  // namespace

std::unique_ptr<Bus> make_memory_bus(MemoryBusOptions options) {
  return std::make_unique<MemoryBus>(options);
}

}  // namespace netherlink::bus
