#include "bench/scenario/load.hpp"

#include <fmt/format.h>

#include <charconv>
#include <limits>

namespace netherlink::bench {

Load::Load(const LoadPlan& plan, Transmit transmit)
    : plan_(plan), transmit_(std::move(transmit)), messages_(plan.senders), open_(plan.senders) {}

void Load::start(Nanos now) {
  start_ = now;
  measure_begin_ = now + plan_.warmup;
  measure_end_ = measure_begin_ + plan_.length;
  if (plan_.rate > 0) return tick(now);
  for (std::uint32_t i = 0; i < plan_.window; ++i) {
    for (std::uint32_t sender = 0; sender < plan_.senders; ++sender) {
      ++released_;
      send_next(sender, now);
    }
  }
}

Nanos Load::due_time(std::uint64_t k) const {
  return start_ + static_cast<Nanos>(static_cast<double>(k) / plan_.rate * 1e9);
}

Nanos Load::next_due() const {
  return plan_.rate > 0 ? due_time(released_) : std::numeric_limits<Nanos>::max();
}

/// Messages are dealt to the senders in turn.
std::uint64_t Load::released_for(std::uint32_t sender) const {
  return released_ / plan_.senders + (sender < released_ % plan_.senders ? 1 : 0);
}

void Load::tick(Nanos now) {
  if (plan_.rate <= 0) return;
  for (Nanos due = due_time(released_); due <= now && due < measure_end_; due = due_time(released_)) {
    const auto sender = static_cast<std::uint32_t>(released_ % plan_.senders);
    ++released_;
    if (open_[sender] < plan_.window) send_next(sender, now);
  }
}

void Load::send_next(std::uint32_t sender, Nanos now) {
  auto& log = messages_[sender];
  const auto number = static_cast<std::uint32_t>(log.size());
  const Nanos scheduled = plan_.rate > 0 ? due_time(std::uint64_t{number} * plan_.senders + sender) : now;
  log.push_back({scheduled, now, 0, 0, false, false});
  ++sent_;
  ++in_flight_;
  ++open_[sender];
  transmit_(sender, number);
}

void Load::complete(std::uint32_t sender, std::uint32_t number, Nanos now) {
  Message& message = messages_[sender][number];
  if (message.done) return;
  message.done = true;
  --in_flight_;
  --open_[sender];
  if (plan_.rate > 0) {
    if (messages_[sender].size() < released_for(sender)) send_next(sender, now);
  } else if (now < measure_end_) {
    ++released_;
    send_next(sender, now);
  }
}

Message* Load::find(std::uint32_t sender, std::uint32_t number) {
  if (sender >= messages_.size() || number >= messages_[sender].size()) return nullptr;
  return &messages_[sender][number];
}

void append_client_msg_id(std::string& out, std::uint32_t sender, std::uint32_t number) {
  const fmt::format_int first(sender), second(number);
  out.append(first.data(), first.size()).append(1, '-').append(second.data(), second.size());
}

bool parse_client_msg_id(std::string_view text, std::uint32_t& sender, std::uint32_t& number) {
  const char* end = text.data() + text.size();
  const auto first = std::from_chars(text.data(), end, sender);
  if (first.ec != std::errc{} || first.ptr == end || *first.ptr != '-') return false;
  const auto second = std::from_chars(first.ptr + 1, end, number);
  return second.ec == std::errc{} && second.ptr == end;
}

}  // namespace netherlink::bench
