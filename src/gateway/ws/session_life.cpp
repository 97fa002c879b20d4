#include <algorithm>

#include "gateway/ws/hub.hpp"
#include "gateway/ws/server_frames.hpp"
#include "gateway/ws/session.hpp"

namespace netherlink::gateway::ws {
namespace {

constexpr std::size_t tls_record_bytes = 16 * 1024;  // what TLS may have sealed of a write that would block

}  // namespace

void Session::set_token_expiry(core::Timestamp at) {
  principal_.expires_at = at;
  if (state_ == State::open && !draining_) arm_open_timer();
}

/// The next moment at which anything can be due: received bytes do not move the timer, it looks at heard_ when it
/// fires.
void Session::arm_open_timer() {
  const Settings& settings = hub_.context().settings;
  const auto silent = std::chrono::duration_cast<milliseconds>(hub_.now() - heard_);
  const milliseconds to_probe = settings.heartbeat_interval - silent % settings.heartbeat_interval;
  const milliseconds to_expiry(principal_.expires_at - core::now_ms());
  hub_.thread().wheel().arm(*this, std::max(milliseconds(0), std::min(to_probe, to_expiry)));
}

void Session::on_timer() {
  hub_.begin_handler();
  switch (state_) {
    case State::attaching:
      return close(close_code::try_again_later, errors::server_overloaded.name);
    case State::open:
      return draining_ ? on_drain_timer() : on_open_timer();
    case State::closing:
      return hub_.destroy(*this);
    case State::gone:
      return;
  }
}

void Session::on_open_timer() {
  const Settings& settings = hub_.context().settings;
  if (core::now_ms() >= principal_.expires_at) {
    return close(close_code::token_expired, errors::auth_token_expired.name);
  }
  give_up_requests();
  if (hub_.now() - heard_ >= settings.heartbeat_interval * (probes_ + 1)) {
    if (probes_ >= settings.probe_count) return close(close_code::heartbeat_missed);
    ++probes_;
    send([](std::string& out) { append_frame(out, Opcode::ping, {}); });
    out_.shrink();
    requests_.shrink();
  }
  arm_open_timer();
}

/// An answer that was lost on the way would hold its place in the window for ever. The client asks again; if the
/// message was committed after all, it hears of it then, or as of anybody's message.
void Session::give_up_requests() {
  while (const auto request = requests_.take_older(hub_.now() - hub_.context().settings.request_timeout)) {
    request_ended();
    const core::Error error(errors::server_unavailable, std::chrono::milliseconds(1000));
    send([&](std::string& out) { append_error(out, request->id, error, request->client_msg_id); });
  }
}

/// Tells the client to go elsewhere. What it sent before it knew is still taken: the pong shows that it knows.
void Session::drain() {
  if (state_ == State::attaching) return close(close_code::going_away);
  if (state_ != State::open || draining_) return;
  draining_ = true;
  drain_since_ = hub_.now();
  send([&](std::string& out) {
    append_json_frame(out, "draining", {}, [&](core::JsonWriter& data) {
      data.begin_object().field("reconnect_after_ms", hub_.context().settings.reconnect_after.count()).end_object();
    });
    append_frame(out, Opcode::ping, drain_ping);
  });
  hub_.thread().wheel().arm(*this, hub_.context().settings.drain_quiet);
}

void Session::on_drain_timer() {
  const Settings& settings = hub_.context().settings;
  const bool knows = pong_after_drain_ || hub_.now() - drain_since_ >= settings.drain_patience;
  const bool quiet = hub_.now() - heard_ >= settings.drain_quiet;
  const bool answered = requests_.empty() && paused_ == 0;
  // A client that goes on sending is cut off all the same: what is not acknowledged it sends again elsewhere.
  const bool enough = hub_.now() - drain_since_ >= 2 * settings.drain_patience;
  if (knows && answered && (quiet || enough)) return close(close_code::going_away);
  hub_.thread().wheel().arm(*this, settings.drain_quiet);
}

void Session::close(std::uint16_t code, std::string_view reason) {
  if (state_ == State::closing || state_ == State::gone) return;
  start_closing(code, reason);
  wait_readable();  // to notice that the peer hangs up; its frames do not matter any more
}

void Session::start_closing(std::uint16_t code, std::string_view reason) {
  state_ = State::closing;
  unread_.clear();
  hub_.leave(*this);
  attachment_.reset();
  out_.append([&](std::string& out) { append_close_frame(out, code, reason); });
  hub_.mark_dirty(*this);
  hub_.thread().wheel().arm(*this, hub_.context().settings.close_timeout);
}

void Session::end() {
  state_ = State::gone;
  cancel();
  out_.clear();
  transport_->close();
}

void Session::cut() {
  if (state_ == State::closing || state_ == State::gone) return;
  hub_.context().metrics.slow_clients.add();
  out_.keep_begun(transport_->secure() && writing_ ? tls_record_bytes : 0);
  close(close_code::too_slow, "the client reads too slowly");
}

}  // namespace netherlink::gateway::ws
