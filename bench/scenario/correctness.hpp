#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "bench/scenario/load.hpp"
#include "bench/support/report.hpp"

namespace netherlink::bench {

/// Counts broken promises of docs/protocol.md, and keeps the first case of each as an example.
class Correctness {
 public:
  struct Count {
    std::uint64_t violations = 0;
    std::string example;
  };

  Count lost;          // acknowledged, and a receiver never got it
  Count duplicate;     // received twice, or a first send acknowledged as duplicate
  Count out_of_order;  // a seq, or a sender's number, that came after a higher one
  Count gap;           // a seq that was left out
  Count mismatch;      // two different seqs, or another's conversation, for one message
  Count unanswered;    // neither acknowledged nor refused until the end

  static void count(Count& kind, std::string_view where, std::int64_t got, std::int64_t expected);

  /// The next seq that a session saw in a conversation, received or acknowledged: exactly one more than the last.
  void next_seq(std::int64_t& last, std::int64_t seq, std::string_view where);
  /// What a frame said about a message; every frame has to say the same.
  void same_seq(Message& message, std::int64_t seq, std::string_view where);
  /// After the end: each message acknowledged, and delivered `receivers` times.
  void all_delivered(const Load& load, std::uint32_t receivers);

  /// `prefix`: before each name, where a report has several of these.
  void report(Report& report, const std::string& prefix = {}) const;
};

}  // namespace netherlink::bench
