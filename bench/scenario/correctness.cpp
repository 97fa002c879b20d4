#include "bench/scenario/correctness.hpp"

#include <fmt/format.h>

namespace netherlink::bench {

void Correctness::count(Count& kind, std::string_view where, std::int64_t got, std::int64_t expected) {
  if (kind.violations++ == 0) kind.example = fmt::format("{}: got {}, expected {}", where, got, expected);
}

void Correctness::next_seq(std::int64_t& last, std::int64_t seq, std::string_view where) {
  if (seq == last + 1) {
    last = seq;
  } else if (seq == last) {
    count(duplicate, where, seq, last + 1);
  } else if (seq < last) {
    count(out_of_order, where, seq, last + 1);
  } else {
    count(gap, where, seq, last + 1);
    last = seq;
  }
}

void Correctness::same_seq(Message& message, std::int64_t seq, std::string_view where) {
  if (message.seq == 0) message.seq = seq;
  if (message.seq != seq) count(mismatch, where, seq, message.seq);
}

void Correctness::all_delivered(const Load& load, std::uint32_t receivers) {
  for (std::uint32_t sender = 0; sender < load.messages().size(); ++sender) {
    const auto& messages = load.messages()[sender];
    for (std::uint32_t number = 0; number < messages.size(); ++number) {
      const Message& message = messages[number];
      const auto where = [&] { return fmt::format("message {}-{} seq {}", sender, number, message.seq); };
      if (!message.acked) count(unanswered, where(), 0, 1);
      if (message.acked && message.deliveries < receivers) count(lost, where(), message.deliveries, receivers);
      if (message.deliveries > receivers) count(duplicate, where(), message.deliveries, receivers);
    }
  }
}

void Correctness::report(Report& report, const std::string& prefix) const {
  report.check(prefix + "lost", lost.violations, lost.example);
  report.check(prefix + "duplicate", duplicate.violations, duplicate.example);
  report.check(prefix + "out_of_order", out_of_order.violations, out_of_order.example);
  report.check(prefix + "gaps", gap.violations, gap.example);
  report.check(prefix + "mismatched", mismatch.violations, mismatch.example);
  report.check(prefix + "unanswered", unanswered.violations, unanswered.example);
}

}  // namespace netherlink::bench
