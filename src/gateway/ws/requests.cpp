#include "gateway/ws/requests.hpp"

namespace netherlink::gateway::ws {

void Requests::grow() {
  std::vector<Entry> bigger(ring_.empty() ? 4 : ring_.size() * 2);
  for (std::uint32_t n = first_; n != next_; ++n) bigger[n & (bigger.size() - 1)] = std::move(entry(n));
  ring_ = std::move(bigger);
}

std::uint32_t Requests::add(OpenRequest request) {
  if (span() == ring_.size()) grow();
  entry(next_) = {std::move(request), true};
  ++open_;
  return next_++;
}

std::optional<OpenRequest> Requests::take(std::uint32_t number) {
  if (number - first_ >= span() || !entry(number).open) return std::nullopt;
  OpenRequest taken = std::move(entry(number).request);
  entry(number).open = false;
  --open_;
  while (first_ != next_ && !entry(first_).open) ++first_;
  return taken;
}

std::optional<OpenRequest> Requests::take_older(Clock::time_point limit) {
  // The oldest is open: those before it are forgotten as soon as they are answered.
  if (empty() || entry(first_).request.since >= limit) return std::nullopt;
  return take(first_);
}

std::optional<std::uint32_t> Requests::find(std::string_view client_msg_id, std::size_t conversation) const {
  for (std::uint32_t n = first_; n != next_; ++n) {
    const Entry& candidate = entry(n);
    if (candidate.open && candidate.request.conversation == conversation &&
        candidate.request.client_msg_id == client_msg_id) {
      return n;
    }
  }
  return std::nullopt;
}

void Requests::shrink() {
  if (empty()) std::vector<Entry>().swap(ring_);
}

}  // namespace netherlink::gateway::ws
