// Connection, continued: frames of the broker become events.
#include <algorithm>

#include "bus/rabbitmq/amqp_values.hpp"
#include "bus/rabbitmq/connection.hpp"

namespace netherlink::bus::rabbitmq {
namespace {

// Memory of the library that pins at most this many frames while they never stop coming.
constexpr unsigned frames_between_releases = 256;

Headers headers_of(const amqp_table_t& table) {
  Headers headers;
  for (int i = 0; i < table.num_entries; ++i) {
    const auto& [key, field] = table.entries[i];
    switch (field.kind) {
      case AMQP_FIELD_KIND_UTF8:
        headers.emplace_back(text(key), text(field.value.bytes));
        break;
      case AMQP_FIELD_KIND_I32:
        headers.emplace_back(text(key), std::to_string(field.value.i32));
        break;
      case AMQP_FIELD_KIND_I64:
        headers.emplace_back(text(key), std::to_string(field.value.i64));
        break;
      default:
        break;
    }
  }
  return headers;
}

template <class T>
const T& as(const amqp_method_t& method) {
  return *static_cast<const T*>(method.decoded);
}

}  // namespace

Connection::Next Connection::next(Event& event) {
  timeval now{0, 0};
  for (;;) {
    amqp_frame_t frame;
    const Armed armed(lifeline_, std::chrono::seconds(3));  // it may send a heartbeat
    const auto status = amqp_simple_wait_frame_noblock(state_, &frame, &now);
    if (status == AMQP_STATUS_TIMEOUT) {
      amqp_maybe_release_buffers(state_);
      unreleased_ = 0;
      return Next::nothing;
    }
    if (!check(status, "receive")) return Next::failed;
    const bool complete = handle(frame, event);
    if (++unreleased_ >= frames_between_releases) {
      amqp_maybe_release_buffers(state_);
      unreleased_ = 0;
    }
    if (!open_) return Next::failed;
    if (complete) return Next::event;
  }
}

bool Connection::has_input() const {
  return amqp_frames_enqueued(state_) != 0 || amqp_data_in_buffer(state_) != 0;
}

bool Connection::handle(const amqp_frame_t& frame, Event& event) {
  if (frame.frame_type == AMQP_FRAME_METHOD) {
    event = Event();
    event.channel = frame.channel;
    return handle_method(frame.channel, frame.payload.method, event);
  }
  if (frame.frame_type == AMQP_FRAME_HEADER) return handle_header(frame, event);
  const auto found = partial_.find(frame.channel);
  if (frame.frame_type != AMQP_FRAME_BODY || found == partial_.end()) return false;
  auto& partial = found->second;
  const auto& fragment = frame.payload.body_fragment;
  partial.body.append(static_cast<const char*>(fragment.bytes), fragment.len);
  partial.missing -= std::min(partial.missing, fragment.len);
  if (partial.missing > 0) return false;
  event = std::move(partial.event);
  event.body = std::make_shared<const std::string>(std::move(partial.body));
  partial_.erase(found);
  return true;
}

bool Connection::handle_header(const amqp_frame_t& frame, Event& event) {
  const auto found = partial_.find(frame.channel);
  if (found == partial_.end()) return false;
  auto& partial = found->second;
  const auto& properties = *static_cast<const amqp_basic_properties_t*>(frame.payload.properties.decoded);
  if ((properties._flags & AMQP_BASIC_MESSAGE_ID_FLAG) != 0) partial.event.message_id = text(properties.message_id);
  if ((properties._flags & AMQP_BASIC_HEADERS_FLAG) != 0) partial.event.headers = headers_of(properties.headers);
  if ((properties._flags & AMQP_BASIC_PRIORITY_FLAG) != 0) partial.event.priority = properties.priority;
  partial.missing = frame.payload.properties.body_size;
  partial.body.reserve(partial.missing);
  if (partial.missing > 0) return false;
  event = std::move(partial.event);
  event.body = std::make_shared<const std::string>();
  partial_.erase(found);
  return true;
}

bool Connection::handle_method(amqp_channel_t channel, const amqp_method_t& method, Event& event) {
  using Kind = Event::Kind;
  switch (method.id) {
    case AMQP_BASIC_DELIVER_METHOD: {
      const auto& deliver = as<amqp_basic_deliver_t>(method);
      event.kind = Kind::delivery;
      event.tag = deliver.delivery_tag;
      event.redelivered = deliver.redelivered != 0;
      event.exchange = text(deliver.exchange);
      event.routing_key = text(deliver.routing_key);
      partial_[channel] = {std::move(event), {}, 0};
      return false;
    }
    case AMQP_BASIC_RETURN_METHOD: {
      event.kind = Kind::returned;
      event.routing_key = text(as<amqp_basic_return_t>(method).routing_key);
      partial_[channel] = {std::move(event), {}, 0};
      return false;
    }
    case AMQP_BASIC_ACK_METHOD:
      event.kind = Kind::ack;
      event.tag = as<amqp_basic_ack_t>(method).delivery_tag;
      event.multiple = as<amqp_basic_ack_t>(method).multiple != 0;
      return true;
    case AMQP_BASIC_NACK_METHOD:
      event.kind = Kind::nack;
      event.tag = as<amqp_basic_nack_t>(method).delivery_tag;
      event.multiple = as<amqp_basic_nack_t>(method).multiple != 0;
      return true;
    case AMQP_BASIC_CONSUME_OK_METHOD:
      event.kind = Kind::consuming;
      return true;
    case AMQP_BASIC_CANCEL_METHOD:
      event.kind = Kind::cancelled;
      return true;
    case AMQP_CHANNEL_CLOSE_METHOD: {
      event.kind = Kind::channel_closed;
      event.reason = text(as<amqp_channel_close_t>(method).reply_text);
      partial_.erase(channel);
      amqp_channel_close_ok_t ok{};
      check(amqp_send_method(state_, channel, AMQP_CHANNEL_CLOSE_OK_METHOD, &ok), "channel.close");
      return true;
    }
    case AMQP_CHANNEL_CLOSE_OK_METHOD:
      event.kind = Kind::channel_closed;
      return true;
    case AMQP_CONNECTION_BLOCKED_METHOD:
      event.kind = Kind::blocked;
      event.reason = text(as<amqp_connection_blocked_t>(method).reason);
      return true;
    case AMQP_CONNECTION_UNBLOCKED_METHOD:
      event.kind = Kind::unblocked;
      return true;
    case AMQP_CONNECTION_CLOSE_METHOD: {
      const auto why = text(as<amqp_connection_close_t>(method).reply_text);
      amqp_connection_close_ok_t ok{};
      amqp_send_method(state_, 0, AMQP_CONNECTION_CLOSE_OK_METHOD, &ok);
      failed("closed by the broker", why);
      return false;
    }
    default:
      return false;  // channel.open-ok, basic.qos-ok
  }
}

}  // namespace netherlink::bus::rabbitmq
