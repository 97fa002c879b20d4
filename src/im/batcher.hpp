#pragma once

#include <memory>
#include <string>
#include <vector>

#include "netherlink/bus/bus.hpp"
#include "netherlink/im/ports.hpp"
#include "netherlink/im/service.hpp"

namespace netherlink::im {

/// See CommandBatcher. One payload for each partition and turn; a payload is closed early at 64 KiB.
class PartitionBatcher final : public CommandBatcher {
 public:
  PartitionBatcher(std::string instance, bus::IngestQueue& queue, Delivery& delivery);

  void add(CommandPtr command) override;
  void flush() override;
  bool empty() const override { return touched_.empty(); }

 private:
  struct Pending {
    std::string payload;
    std::vector<Origin> origins;  // to tell when the bus refuses
  };

  void publish(std::size_t partition);

  std::string instance_;
  bus::IngestQueue& queue_;
  Delivery& delivery_;
  std::vector<Pending> partitions_;
  std::vector<std::size_t> touched_;
};

/// Tells each origin of `instance` that its command failed.
void refuse(Delivery& delivery, const std::string& instance, const std::vector<Origin>& origins,
            const core::Error& error);

}  // namespace netherlink::im
