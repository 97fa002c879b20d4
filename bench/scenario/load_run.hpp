#pragma once

#include <functional>
#include <string>

#include "bench/client/session_group.hpp"
#include "bench/scenario/correctness.hpp"
#include "bench/scenario/load.hpp"
#include "bench/scenario/scenario.hpp"

namespace netherlink::bench {

/// What was counted between the warm-up and the end, and latencies of the messages that were due in between.
struct LoadFigures {
  std::uint64_t acked = 0, delivered = 0;
  std::uint64_t all_acked = 0, all_delivered = 0;  // warm-up and drain too
  Histogram ack, delivery;                         // from when it was due
  Histogram ack_service;                           // from when it was sent
};

/// Runs warm-up, measurement and drain of a load, whose messages go to `receivers` each; `label` names the phase in the
/// progress line. Adds what was counted to the report.
void drive(Stage& stage, Load& load, LoadFigures& figures, std::uint32_t receivers, const std::string& label,
           Report& report);

/// The frame of one message, and what answers it. Knows the plain parts once for each sender.
class MessageWriter {
 public:
  MessageWriter(std::string_view conversation, std::size_t content_bytes);
  /// Valid until the next call.
  std::string_view frame(std::uint32_t sender, std::uint32_t number);

 private:
  std::string head_, tail_, frame_;
};

}  // namespace netherlink::bench
