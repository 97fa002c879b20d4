#include "bench/client/session_group.hpp"

#include <fmt/format.h>

#include "bench/support/failure.hpp"

namespace netherlink::bench {

namespace {
constexpr std::size_t handshakes_in_flight = 64;
}  // namespace

void SessionGroup::open(const std::vector<Account>& accounts, std::size_t per_account, Progress& progress) {
  progress.phase("connecting");
  const std::size_t total = accounts.size() * per_account;
  sessions_.reserve(total);
  const bool all = loop_.run_until(now_ns() + 300 * nanos_per_second, [&] {
    if (unexpected_ends_ != 0) throw Failure("a session was not opened: " + first_end_);
    while (started_ < total && started_ - welcomed_ < handshakes_in_flight) connect_next(accounts, per_account);
    progress.show(fmt::format("{} of {}", welcomed_, total));
    return welcomed_ == total;
  });
  if (!all) throw Failure(fmt::format("only {} of {} sessions got a welcome in time", welcomed_, total));
}

void SessionGroup::connect_next(const std::vector<Account>& accounts, std::size_t per_account) {
  const auto& account = accounts[started_ / per_account];
  sessions_.push_back(std::make_unique<WsConnection>(loop_, *this, static_cast<std::uint32_t>(started_)));
  sessions_.back()->connect(endpoints_[started_ % endpoints_.size()], account.access_token, started_ >= protobuf_from_);
  ++started_;
}

void SessionGroup::close() {
  closing_ = true;
  const std::size_t open = static_cast<std::size_t>(
      std::count_if(sessions_.begin(), sessions_.end(), [](const auto& session) { return session->open(); }));
  ended_ = 0;
  for (auto& session : sessions_) session->close();
  loop_.run_until(now_ns() + 10 * nanos_per_second, [&] { return ended_ == open; });
}

void SessionGroup::on_text(WsConnection& connection, std::string_view text) {
  const FrameKind kind = kind_of(text);
  if (kind == FrameKind::welcome) {
    ++welcomed_;
  } else if (kind == FrameKind::error) {
    if (errors_++ == 0) first_error_ = text;
  }
  observer_.on_frame(connection.index(), kind, text);
}

void SessionGroup::on_end(WsConnection& connection, const WsEnd& end) {
  ++ended_;
  if (closing_) return;
  if (unexpected_ends_++ == 0) first_end_ = fmt::format("session {}: {} {}", connection.index(), end.code, end.reason);
}

std::uint64_t SessionGroup::pings_answered() const {
  std::uint64_t sum = 0;
  for (const auto& session : sessions_) sum += session->pings_answered();
  return sum;
}

std::uint64_t SessionGroup::reads() const {
  std::uint64_t sum = 0;
  for (const auto& session : sessions_) sum += session->reads();
  return sum;
}

std::uint64_t SessionGroup::bytes_read() const {
  std::uint64_t sum = 0;
  for (const auto& session : sessions_) sum += session->bytes_read();
  return sum;
}

void SessionGroup::check(Report& report) const {
  report.check("unexpected_ends", unexpected_ends_, first_end_);
  report.check("error_frames", errors_, first_error_);
}

}  // namespace netherlink::bench
