#include "gateway/ws/session.hpp"

#include <algorithm>
#include <utility>

#include "gateway/ws/frames.hpp"
#include "gateway/ws/hub.hpp"
#include "gateway/ws/protobuf_frames.hpp"

namespace netherlink::gateway::ws {

Session::Session(Hub& hub, Handle handle, std::unique_ptr<Transport> transport, const user::Principal& principal,
                 Encoding encoding)
    : hub_(hub),
      transport_(std::move(transport)),
      principal_(principal),
      handle_(handle),
      encoding_(encoding),
      parser_(hub.context().settings.frame_bytes),
      attachment_(std::make_unique<Attachment>()),
      heard_(hub.now()),
      frame_tokens_(hub.context().settings.frame_bucket.burst),
      frame_tokens_at_(hub.now()) {}

Session::~Session() = default;

std::uint64_t Session::connection() const {
  return ConnectionId::of_session(hub_.thread().index(), handle_);
}

void Session::begin(std::string received) {
  unread_ = std::move(received);
  hub_.thread().wheel().arm(*this, hub_.context().settings.attach_timeout);
}

std::unique_ptr<Attachment> Session::open(std::string welcome) {
  state_ = State::open;
  auto attachment = std::move(attachment_);
  send_big(std::move(welcome));
  heard_ = hub_.now();
  arm_open_timer();
  resume(Pause::attach);
  return attachment;
}

void Session::push(const ChunkRef& chunk, std::size_t begin, std::size_t end) {
  if (!can_send()) return;
  append_chunk(chunk, begin, end);
  appended();
}

void Session::push_wide(const ChunkRef& chunk, std::size_t begin, std::size_t end) {
  if (!can_send()) return;
  append_chunk(chunk, begin, end);
  hub_.wide_writes().add(*this);
  check_bound();
}

void Session::append_chunk(const ChunkRef& chunk, std::size_t begin, std::size_t end) {
  if (encoding_ == Encoding::json) {
    out_.push(chunk, begin, end);
  } else {
    const ProtobufTwin& twin = chunk->in_protobuf();
    out_.push(twin.chunk, twin.place(begin), twin.place(end));
  }
}

void Session::hold(const RunPtr& run, std::size_t begin, Attachment::Part part) {
  if (doomed_) return;
  attachment_->waiting.push_back({run, begin, part});
  switch (part) {
    case Attachment::Part::signal:
    case Attachment::Part::messages:
      attachment_->bytes += run->frames.size() - run->begin_of(begin);
      break;
    case Attachment::Part::updates:
      attachment_->bytes += run->update_frames.size();
      break;
    case Attachment::Part::receipts:
      attachment_->bytes += run->receipt_frames.size();
      break;
  }
  if (attachment_->bytes <= hub_.context().settings.send_queue_bytes) return;
  doomed_ = true;
  hub_.doom(*this);
}

void Session::send_big(std::string frames) {
  if (!can_send()) return;
  allowance_ += frames.size();
  if (encoding_ == Encoding::json) {
    out_.append([&](std::string& out) { out += frames; });
  } else {
    append_in_protobuf(frames);
  }
  pause(Pause::big_reply);
  hub_.mark_dirty(*this);
}

void Session::append_in_protobuf(std::string_view frames) {
  out_.append([&](std::string& out) { append_as_protobuf(out, frames); });
}

void Session::appended() {
  hub_.mark_dirty(*this);
  check_bound();
}

void Session::check_bound() {
  if (out_.bytes() <= hub_.context().settings.send_queue_bytes + allowance_) return;
  doomed_ = true;
  hub_.doom(*this);
}

void Session::flush() {
  if (writing_ || state_ == State::gone) return;
  const IoStatus status = out_.flush(*transport_);
  if (status == IoStatus::ok) {
    after_flush();
  } else if (status == IoStatus::would_block) {
    wait_writable();
  } else {
    hub_.destroy(*this);
  }
}

void Session::after_flush() {
  if (allowance_ != 0) {
    allowance_ = 0;
    resume(Pause::big_reply);
  }
  if (state_ == State::closing && !std::exchange(said_goodbye_, true)) transport_->shutdown_send();
}

// The handlers of the transport find the session by its handle: it may be gone when they run. Two words fit into a
// std::function without an allocation.

void Session::wait_writable() {
  writing_ = true;
  transport_->wait_writable([hub = &hub_, slot = handle_](bool ok) {
    if (Session* const session = hub->find(slot)) session->on_writable(ok);
  });
}

void Session::on_writable(bool ok) {
  hub_.begin_handler();
  writing_ = false;
  if (ok) flush();
}

void Session::wait_readable() {
  if (reading_ || state_ == State::gone) return;
  reading_ = true;
  transport_->wait_readable([hub = &hub_, slot = handle_](bool ok) {
    if (Session* const session = hub->find(slot)) session->on_readable(ok);
  });
}

void Session::on_readable(bool ok) {
  hub_.begin_handler();
  reading_ = false;
  if (!ok) return;
  const auto buffer = hub_.thread().read_buffer();
  const IoResult result = transport_->read(buffer);
  if (result.status == IoStatus::would_block) return wait_readable();
  if (result.status != IoStatus::ok) return hub_.destroy(*this);
  heard_ = hub_.now();
  probes_ = 0;
  process(buffer.first(result.bytes));
}

/// Works off what was received, as far as the session may. What is left waits in unread_.
void Session::process(std::span<char> input) {
  while (state_ == State::open && paused_ == 0) {
    const FrameEvent event = parser_.next(input);
    if (event.kind == FrameEvent::Kind::need_more) break;
    on_event(event);
  }
  if (state_ == State::gone) return;
  if (state_ == State::closing || paused_ == 0) return wait_readable();  // closing: the rest is thrown away
  if (!input.empty()) unread_.assign(input.data(), input.size());
}

void Session::on_event(const FrameEvent& event) {
  switch (event.kind) {
    case FrameEvent::Kind::text:
      if (encoding_ == Encoding::json) return dispatch_frame(hub_, *this, event.payload);
      return start_closing(close_code::unsupported_data, "this subprotocol is binary");
    case FrameEvent::Kind::binary:
      if (encoding_ == Encoding::protobuf) return dispatch_protobuf_frame(hub_, *this, event.payload);
      return start_closing(close_code::unsupported_data, "this subprotocol speaks text");
    case FrameEvent::Kind::ping:
      return send([&](std::string& out) { append_frame(out, Opcode::pong, event.payload); });
    case FrameEvent::Kind::pong:
      pong_after_drain_ = pong_after_drain_ || event.payload == drain_ping;
      return;
    case FrameEvent::Kind::close:
      return start_closing(event.code, {});
    case FrameEvent::Kind::error:
      return start_closing(event.code, {});
    case FrameEvent::Kind::need_more:
      return;
  }
}

void Session::pause(Pause reason) {
  paused_ |= reason;
}

void Session::resume(Pause reason) {
  if ((paused_ & reason) == 0) return;
  paused_ = static_cast<std::uint8_t>(paused_ & ~reason);
  if (paused_ == 0 && state_ == State::open) hub_.wake(*this);
}

void Session::read_on() {
  if (state_ != State::open || paused_ != 0) return;
  if (unread_.empty()) return wait_readable();
  std::string input = std::exchange(unread_, {});
  process(input);
}

std::uint32_t Session::add_request(OpenRequest request) {
  hub_.request_opened();
  const std::uint32_t number = requests_.add(std::move(request));
  if (requests_.span() >= hub_.context().settings.max_in_flight) pause(Pause::in_flight);
  return number;
}

std::optional<OpenRequest> Session::take_request(std::uint32_t number) {
  auto request = requests_.take(number);
  if (request) request_ended();
  return request;
}

void Session::request_ended() {
  hub_.requests_ended(1);
  if (requests_.span() < hub_.context().settings.max_in_flight) resume(Pause::in_flight);
}

std::optional<milliseconds> Session::take_frame_token() {
  const Settings& settings = hub_.context().settings;
  if (!settings.rate_limits) return std::nullopt;
  const double gained =
      std::chrono::duration<double>(hub_.now() - frame_tokens_at_).count() * settings.frame_bucket.per_second;
  frame_tokens_ = std::min(settings.frame_bucket.burst, frame_tokens_ + gained);
  frame_tokens_at_ = hub_.now();
  if (frame_tokens_ >= 1) {
    frame_tokens_ -= 1;
    return std::nullopt;
  }
  const double seconds = (1 - frame_tokens_) / settings.frame_bucket.per_second;
  return milliseconds(static_cast<milliseconds::rep>(seconds * 1000) + 1);
}

}  // namespace netherlink::gateway::ws
