// Bodies that are larger than memory should be: a piece is read, then written elsewhere, then the next is read.
#include "gateway/http/connection.hpp"
#include "gateway/http/header_rules.hpp"
#include "gateway/http/response_writer.hpp"

namespace netherlink::gateway {
namespace {

constexpr std::size_t piece_bytes = 256 * 1024;

core::Error overloaded() {
  return {errors::server_overloaded, std::chrono::milliseconds(1000)};
}

}  // namespace

void Connection::open_sink() {
  const auto& route = *work_->exchange.match.route;
  work_->reader->stream_body(piece_bytes, route.body_bytes);
  sink_ = route.sink(work_->exchange.request);
  run_sink([](BodySink& sink) { return sink.open(); }, false);
}

void Connection::take_piece(bool is_last) {
  const auto piece = std::make_shared<const std::string>(work_->reader->take_piece());
  const auto take = [piece, is_last](BodySink& sink) -> std::optional<Response> {
    if (!piece->empty()) {
      if (auto refused = sink.take(*piece)) return refused;
    }
    return is_last ? std::optional(sink.finish()) : std::nullopt;
  };
  run_sink(take, is_last);
}

/// Nothing is read meanwhile, so that a client cannot be faster than the disk.
void Connection::run_sink(std::function<std::optional<Response>(BodySink&)> job, bool is_last) {
  state_ = State::storing;
  cancel();
  const auto number = ++number_;
  sink_busy_ = true;
  const bool posted = dispatcher_.transfer(
      work_->exchange.request, [sink = sink_, job = std::move(job)] { return job(*sink); },
      [self = shared_from_this(), number, is_last](std::optional<Response> answer) {
        self->set_.thread().post([self, number, is_last, answer = std::move(answer)]() mutable {
          self->on_sink(number, std::move(answer), is_last);
        });
      });
  if (posted) return;
  sink_busy_ = false;
  drop_sink();
  last_ = true;
  respond(Response::problem(overloaded()));
}

void Connection::on_sink(std::uint32_t number, std::optional<Response> answer, bool is_last) {
  sink_busy_ = false;
  if (state_ != State::storing || number != number_) return answer ? sink_.reset() : drop_sink();
  if (answer) {
    sink_.reset();
    if (!is_last) return refuse_body(std::move(*answer));
    respond(*answer);
    return advance({});
  }
  state_ = State::reading;
  arm_timer(dispatcher_.limits().body_timeout);
  auto& exchange = work_->exchange;
  const bool waits = !exchange.http_1_0 && expects_continue(*exchange.request);
  if (waits && !std::exchange(continued_, true) && work_->taken == work_->input.size()) {
    work_->output += continue_response;
  }
  advance({});
}

/// What is on its way is let in and forgotten: an answer to a client that is still sending might be lost. One that
/// waits for a sign before it sends has it now.
void Connection::refuse_body(Response response) {
  auto& reader = *work_->reader;
  const bool waits = expects_continue(*work_->exchange.request) && !continued_;
  if ((waits && work_->taken == work_->input.size()) || !reader.content_length()) {
    last_ = true;
    respond(response);
    return advance({});
  }
  sink_answer_ = std::move(response);
  reader.discard_body();
  state_ = State::reading;
  arm_timer(dispatcher_.limits().body_timeout);
  advance({});
}

/// What was taken is kept. Not while the sink is at work: on_sink() comes back to it.
void Connection::drop_sink() {
  if (!sink_ || sink_busy_) return;
  // Refused: it is closed as it is, and the client sends again what was not noted yet.
  const bool ignored = dispatcher_.transfer(
      work_ ? work_->exchange.request : std::make_shared<Request>(),
      [sink = sink_]() -> std::optional<Response> {
        sink->interrupt();
        return std::nullopt;
      },
      [](const std::optional<Response>&) {});
  static_cast<void>(ignored);
  sink_.reset();
}

void Connection::send_piece() {
  if (unsent_ == 0) return end_source();
  const auto number = ++number_;
  const auto piece = std::make_shared<std::string>();
  const auto most = static_cast<std::size_t>(std::min<std::uint64_t>(unsent_, piece_bytes));
  const bool posted = dispatcher_.transfer(
      work_->exchange.request,
      [source = source_, piece, most]() -> std::optional<Response> {
        *piece = source->read(most);
        return std::nullopt;
      },
      [self = shared_from_this(), number, piece](const std::optional<Response>&) {
        self->set_.thread().post([self, number, piece] { self->on_piece(number, std::move(*piece)); });
      });
  if (!posted) close();  // the client asks for the rest
}

void Connection::on_piece(std::uint32_t number, std::string piece) {
  if (state_ != State::sending || number != number_) return;
  if (piece.empty() || piece.size() > unsent_) return close();  // the length that was promised cannot be kept
  unsent_ -= piece.size();
  work_->output = std::move(piece);
  advance({});
}

void Connection::end_source() {
  source_.reset();
  leave_flight();
  work_->exchange = {};
  state_ = last_ || dispatcher_.draining ? State::closing : State::idle;
  advance({});
}

}  // namespace netherlink::gateway
