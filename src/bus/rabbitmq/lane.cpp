#include "bus/rabbitmq/lane.hpp"

#include <algorithm>
#include <charconv>

#include "bus/rabbitmq/instruments.hpp"

namespace netherlink::bus::rabbitmq {
namespace {

using namespace std::chrono_literals;

constexpr auto stalled_after = 4s;  // without a confirm: nothing more is taken
constexpr auto patience = 6s;       // without a confirm: what is there is given up

}  // namespace

void Lane::progress() {
  const auto now = Clock::now();
  last_progress_ = now.time_since_epoch().count();
  give_up_at_ = now + patience;
  grace_used_ = false;
  stuck_since_.reset();
}

bool Lane::stalled(Clock::time_point now) const {
  return now.time_since_epoch().count() - last_progress_ >= Clock::duration(stalled_after).count();
}

bool Lane::open(std::size_t messages, std::size_t bytes) const {
  return unsettled_ < messages && sent_bytes_ < bytes && !stuck_since_;
}

std::optional<Outgoing> Lane::next_to_resend() {
  if (resend_.empty()) return std::nullopt;
  auto outgoing = std::move(resend_.front());
  resend_.pop_front();
  return outgoing;
}

std::string Lane::add(Outgoing outgoing) {
  ++unsettled_;
  sent_bytes_ += outgoing.message.body->size();
  sent_.push_back({next_tag_, false, false, std::move(outgoing)});
  return std::to_string(next_tag_++);
}

void Lane::settle(const Event& event, Finished& finished) {
  const auto by_tag = [](const Sent& message, std::uint64_t tag) { return message.tag < tag; };
  if (event.kind == Event::Kind::returned) {
    // An acknowledgement follows that means nothing.
    std::uint64_t tag = 0;
    std::from_chars(event.message_id.data(), event.message_id.data() + event.message_id.size(), tag);
    const auto found = std::lower_bound(sent_.begin(), sent_.end(), tag, by_tag);
    if (found != sent_.end() && found->tag == tag) found->returned = true;
    return;
  }
  const bool confirmed = event.kind == Event::Kind::ack;
  const auto last = std::upper_bound(sent_.begin(), sent_.end(), event.tag,
                                     [](std::uint64_t tag, const Sent& message) { return tag < message.tag; });
  auto first = event.multiple ? sent_.begin() : std::lower_bound(sent_.begin(), last, event.tag, by_tag);
  for (; first != last; ++first) settle(*first, confirmed && !first->returned, finished);
  while (!sent_.empty() && sent_.front().settled) sent_.pop_front();
  progress();
}

void Lane::settle(Sent& message, bool confirmed, Finished& finished) {
  if (std::exchange(message.settled, true)) return;
  --unsettled_;
  sent_bytes_ -= message.outgoing.message.body->size();
  finished.emplace_back(std::move(message.outgoing), confirmed);
}

std::size_t Lane::give_up(Finished& finished, bool connected) {
  const auto before = finished.size();
  // They stay, as settled: the broker may still answer.
  for (auto& message : sent_) settle(message, false, finished);
  for (auto& outgoing : resend_) finished.emplace_back(std::move(outgoing), false);
  resend_.clear();
  progress();
  if (connected) {
    stuck_since_ = Clock::now();
    last_progress_ = 0;
  }
  instruments().lost.add(static_cast<double>(finished.size() - before));
  return finished.size() - before;
}

void Lane::connected() {
  next_tag_ = 1;
  stuck_since_.reset();
  if (!std::exchange(grace_used_, true)) give_up_at_ = Clock::now() + patience;
  last_progress_ = Clock::now().time_since_epoch().count();
}

void Lane::disconnected() {
  for (auto message = sent_.rbegin(); message != sent_.rend(); ++message) {
    if (!message->settled) resend_.push_front(std::move(message->outgoing));
  }
  sent_.clear();
  sent_bytes_ = unsettled_ = 0;
  stuck_since_.reset();
  // The broker had its time; what is left of it is for finding another.
  if (!grace_used_) give_up_at_ = Clock::now() + patience;
}

}  // namespace netherlink::bus::rabbitmq
