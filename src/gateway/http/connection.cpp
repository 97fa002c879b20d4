#include "gateway/http/connection.hpp"

#include <array>

namespace netherlink::gateway {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds linger_time{2000}, drain_grace{200};
constexpr std::uint32_t linger_bytes = 256 * 1024;

}  // namespace

Connection::Connection(std::unique_ptr<Transport> transport, Dispatcher& dispatcher, ConnectionSet& set)
    : transport_(std::move(transport)), dispatcher_(dispatcher), set_(set), peer_(transport_->remote_address()) {}

Connection::~Connection() = default;

void Connection::start() {
  arm_timer(dispatcher_.limits().header_timeout);
  become_idle();
}

void Connection::start_refusing(const core::Error& error) {
  work_ = set_.borrow();
  fail(error);
  advance({});
}

void Connection::drain() {
  if (state_ != State::idle || in_flight_ || waiting_write_) return;
  in_flight_ = true;
  ++dispatcher_.in_flight;
  arm_timer(drain_grace);
}

void Connection::close() {
  if (state_ == State::closed) return;
  state_ = State::closed;
  cancel();
  leave_flight();
  drop_sink();
  source_.reset();
  dispatcher_.in_flight -= std::exchange(unwritten_, 0);
  transport_->close();
  if (work_) set_.give_back(std::move(work_));
  set_.remove(*this);  // those who wait own it still
}

void Connection::leave_flight() {
  if (std::exchange(in_flight_, false)) --dispatcher_.in_flight;
}

void Connection::arm_timer(milliseconds delay) {
  set_.thread().wheel().arm(*this, delay);
}

void Connection::on_timer() {
  const auto self = shared_from_this();
  if (state_ == State::reading && !waiting_write_) {
    fail(errors::request_timeout);
    advance({});
  } else if (state_ == State::idle && begun_ && !waiting_write_) {
    linger();
  } else {
    close();  // nothing was asked, or the client does not take what it asked for
  }
}

void Connection::wait_readable() {
  if (std::exchange(waiting_read_, true)) return;
  transport_->wait_readable([self = shared_from_this()](bool) {
    self->waiting_read_ = false;
    if (self->state_ != State::closed) self->on_readable();
  });
}

void Connection::on_readable() {
  const auto buffer = set_.thread().read_buffer();
  const auto got = transport_->read(buffer);
  if (got.status == IoStatus::would_block) return wait_readable();
  if (got.status != IoStatus::ok) return close();
  if (state_ == State::lingering) {
    lingered_ += static_cast<std::uint32_t>(got.bytes);
    return lingered_ < linger_bytes ? wait_readable() : close();
  }
  if (!work_) work_ = set_.borrow();
  if (sink_) arm_timer(dispatcher_.limits().body_timeout);  // as long as it comes, it may take its time
  advance({buffer.data(), got.bytes});
}

/// Does what can be done with what was received, now and before; then waits for what is missing.
void Connection::advance(std::string_view received) {
  const bool is_kept = work_->taken < work_->input.size();
  auto input = is_kept ? unread(received) : received;
  bool more = true;
  while (more) {
    more = read_requests(input);
    if (!flush()) break;
  }
  if (state_ == State::closed) return;
  keep(input, is_kept);
  if (!waiting_write_) settle();
}

/// What was kept, with what came now behind it.
std::string_view Connection::unread(std::string_view received) {
  auto& work = *work_;
  if (!received.empty()) {
    work.input.erase(0, std::exchange(work.taken, 0));
    work.input.append(received);
  }
  return std::string_view(work.input).substr(work.taken);
}

void Connection::keep(std::string_view rest, bool is_kept) {
  auto& work = *work_;
  if (rest.empty()) {
    work.input.clear();
    work.taken = 0;
  } else if (is_kept) {
    work.taken = work.input.size() - rest.size();
  } else {
    work.input.assign(rest);
  }
}

/// True when nothing is left to write. False: a wait goes on, or the connection is gone.
bool Connection::flush() {
  auto& work = *work_;
  while (work.written < work.output.size()) {
    const iovec piece{work.output.data() + work.written, work.output.size() - work.written};
    const auto sent = transport_->write({&piece, 1});
    if (sent.status == IoStatus::ok) {
      work.written += sent.bytes;
    } else if (sent.status == IoStatus::would_block) {
      wait_writable();
      return false;
    } else {
      close();
      return false;
    }
  }
  work.output.clear();
  work.written = 0;
  dispatcher_.in_flight -= std::exchange(unwritten_, 0);
  return true;
}

void Connection::wait_writable() {
  arm_timer(dispatcher_.limits().body_timeout);  // for the client to take some of it
  if (std::exchange(waiting_write_, true)) return;
  transport_->wait_writable([self = shared_from_this()](bool) {
    self->waiting_write_ = false;
    if (self->state_ != State::closed) self->on_writable();
  });
}

void Connection::on_writable() {
  if (state_ == State::lingering || !work_) return;
  if (!flush()) return;
  cancel();
  const auto& limits = dispatcher_.limits();
  if (state_ == State::reading) arm_timer(sink_ || sink_answer_ ? limits.body_timeout : limits.header_timeout);
  advance({});
}

/// Everything is written: what next?
void Connection::settle() {
  switch (state_) {
    case State::idle:
      return become_idle();
    case State::reading:
      return wait_readable();
    case State::upgrading:
      return upgrade();
    case State::closing:
      return linger();
    case State::sending:
      return send_piece();
    case State::handling:
    case State::storing:
    case State::lingering:
    case State::closed:
      return;
  }
}

void Connection::become_idle() {
  if (work_) set_.give_back(std::move(work_));
  if (begun_) arm_timer(dispatcher_.limits().idle_timeout);
  if (dispatcher_.draining) drain();
  wait_readable();
}

/// Closing while the client still sends would reset the connection, and the answer with it.
void Connection::linger() {
  state_ = State::lingering;
  leave_flight();
  if (work_) set_.give_back(std::move(work_));
  transport_->shutdown_send();
  arm_timer(linger_time);
  wait_readable();
}

void Connection::upgrade() {
  const auto self = shared_from_this();
  auto transport = std::move(transport_);
  const auto request = std::move(work_->exchange.request);
  auto received = work_->input.substr(work_->taken);
  state_ = State::closed;
  cancel();
  leave_flight();
  set_.give_back(std::move(work_));
  set_.remove(*this);
  dispatcher_.upgrades()->adopt(set_.thread(), std::move(transport), *request, std::move(received));
}

}  // namespace netherlink::gateway
