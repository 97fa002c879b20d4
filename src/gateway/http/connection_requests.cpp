#include "gateway/http/connection.hpp"
#include "gateway/http/header_rules.hpp"
#include "gateway/http/response_writer.hpp"

namespace netherlink::gateway {
namespace {

constexpr std::size_t output_bytes = 64 * 1024;  // above it no further request is looked at until it is written

}  // namespace

/// The way back of an answer that is not there at once, from whatever thread. The last copy of the Responder to go
/// without an answer sends 500.
class Connection::Answer {
 public:
  Answer(std::shared_ptr<Connection> connection, std::uint32_t number)
      : thread_(connection->set_.thread()), connection_(std::move(connection)), number_(number) {}
  ~Answer() {
    if (connection_) send(Response::problem(errors::server_internal));
  }
  Answer(const Answer&) = delete;
  Answer& operator=(const Answer&) = delete;

  void send(Response response) {
    if (answered_.test_and_set()) return;
    thread_.post([connection = std::move(connection_), number = number_, response = std::move(response)] {
      connection->answer_later(number, response);
    });
  }

 private:
  IoThread& thread_;
  std::shared_ptr<Connection> connection_;
  std::uint32_t number_;
  std::atomic_flag answered_;
};

Responder Connection::make_responder() {
  return [answer = std::make_shared<Answer>(shared_from_this(), number_)](Response response) {
    answer->send(std::move(response));
  };
}

/// True when it stopped because enough is waiting to be written, and more can be done after that.
bool Connection::read_requests(std::string_view& input) {
  while (state_ == State::idle || state_ == State::reading) {
    if (state_ == State::idle) {
      if (input.empty()) return false;
      const bool enough = unwritten_ >= dispatcher_.limits().pipeline_depth;
      if (enough || work_->output.size() - work_->written > output_bytes) return true;
      begin_request();
    }
    switch (work_->reader->read(input)) {
      case RequestReader::Status::need_more:
        return false;
      case RequestReader::Status::header:
        on_header(input);
        break;
      case RequestReader::Status::piece:
        take_piece(false);
        break;
      case RequestReader::Status::complete:
        on_complete();
        break;
      case RequestReader::Status::failed:
        fail(core::Error(work_->reader->error()));
        break;
    }
  }
  return false;
}

void Connection::begin_request() {
  const auto& limits = dispatcher_.limits();
  work_->reader = RequestReader::create({limits.header_bytes, limits.body_bytes});
  state_ = State::reading;
  begun_ = true;
  continued_ = false;
  if (!in_flight_) ++dispatcher_.in_flight;
  in_flight_ = true;
  arm_timer(limits.header_timeout);  // until the header is complete, however it trickles
}

void Connection::on_header(std::string_view& input) {
  auto& reader = *work_->reader;
  auto& exchange = work_->exchange;
  exchange.request = reader.request();
  exchange.started = std::chrono::steady_clock::now();
  exchange.http_1_0 = reader.http_1_0();
  auto& request = *exchange.request;
  request.io_thread = set_.thread().index();
  request.secure = transport_->secure();
  last_ = !request.keep_alive;
  if (const auto refusal = dispatcher_.screen(exchange, peer_, reader)) return refuse(*refusal, input);
  if (exchange.match.route->sink) return open_sink();
  if (!reader.has_body()) return;
  arm_timer(dispatcher_.limits().body_timeout);
  if (input.empty() && !exchange.http_1_0 && expects_continue(request)) work_->output += continue_response;
}

/// A body that is here already is passed over; for one that is not, the connection ends.
void Connection::refuse(const Response& response, std::string_view& input) {
  auto& reader = *work_->reader;
  if (reader.has_body()) {
    reader.discard_body();
    if (reader.read(input) != RequestReader::Status::complete) last_ = true;
  }
  respond(response);
}

void Connection::on_complete() {
  const auto& exchange = work_->exchange;
  cancel();
  if (sink_answer_) return respond(*std::exchange(sink_answer_, std::nullopt));
  if (sink_) return take_piece(true);
  if (exchange.match.route->websocket) {
    const auto response = dispatcher_.handshake(exchange);
    return response.status == 101 ? finish_request(response) : respond(response);
  }
  state_ = State::handling;
  ++number_;
  if (const auto response = dispatcher_.run(exchange, [this] { return make_responder(); })) respond(*response);
}

/// What could not be read, or came too late. The connection cannot go on.
void Connection::fail(const core::Error& error) {
  last_ = true;
  drop_sink();
  auto& exchange = work_->exchange;
  if (exchange.request) return respond(Response::problem(error));
  dispatcher_.log().refused_unread(peer_, error);
  Request unread;
  identify(unread);
  write_response(work_->output, Response::problem(error),
                 {.secure = transport_->secure(), .request_id = unread.request_id, .trace = &unread.trace});
  if (std::exchange(in_flight_, false)) ++unwritten_;
  state_ = State::closing;
}

void Connection::answer_later(std::uint32_t number, const Response& response) {
  if (state_ != State::handling || number != number_) return;
  respond(response);
  advance({});
}

void Connection::respond(const Response& response) {
  if (dispatcher_.draining) last_ = true;
  finish_request(response);
}

void Connection::finish_request(const Response& response) {
  auto& work = *work_;
  const auto& request = *work.exchange.request;
  const auto before = work.output.size();
  write_response(work.output, response,
                 {.head = request.method == "HEAD",
                  .http_1_0 = work.exchange.http_1_0,
                  .keep_alive = !last_,
                  .secure = request.secure,
                  .vary_origin = dispatcher_.cors().varies(),
                  .request_id = request.request_id,
                  .allow_origin = work.exchange.allow_origin,
                  .trace = &request.trace});
  const bool streams = response.source && request.method != "HEAD" && response.source->size() > 0;
  const auto streamed = streams ? static_cast<std::size_t>(response.source->size()) : 0;
  dispatcher_.log().answered(work.exchange, response.status, work.output.size() - before + streamed);
  work.reader.reset();
  if (streams) {
    source_ = response.source;
    unsent_ = source_->size();
    state_ = State::sending;
    return;
  }
  if (std::exchange(in_flight_, false)) ++unwritten_;
  if (response.status == 101) {
    state_ = State::upgrading;
    return;
  }
  work.exchange = {};
  state_ = last_ ? State::closing : State::idle;
}

}  // namespace netherlink::gateway
