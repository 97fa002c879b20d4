#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "gateway/http/connection_set.hpp"
#include "gateway/http/dispatcher.hpp"
#include "gateway/net/transport.hpp"

namespace netherlink::gateway {

/// One client of the HTTP port, until it leaves or becomes a WebSocket: reads a request, has it answered, writes the
/// answer, in this order, so that pipelined requests are answered in theirs. Belongs to one I/O thread; kept alive by
/// its set, its waits and the requests it waits for.
class Connection final : public std::enable_shared_from_this<Connection>, private WheelTimer {
 public:
  Connection(std::unique_ptr<Transport> transport, Dispatcher& dispatcher, ConnectionSet& set);
  ~Connection() override;

  /// Begins. On the I/O thread, like everything here.
  void start();
  /// Instead of start(): answers before anything is asked, and closes.
  void start_refusing(const core::Error& error);

  /// An idle connection is closed, unless a request arrives in the next moments; a busy one after its answer.
  void drain();
  /// At once. Idempotent.
  void close();

 private:
  friend class ConnectionSet;
  class Answer;

  enum class State : std::uint8_t {
    idle,       // between requests
    reading,    // the first byte of a request is here
    handling,   // a handler has it
    storing,    // a sink has a piece of its body
    sending,    // the body of its answer is being read and written
    upgrading,  // the 101 is being written
    closing,    // the last answer is being written
    lingering,  // all is written; the client may not have read it yet
    closed
  };

  void on_timer() override;
  void arm_timer(std::chrono::milliseconds delay);

  // connection.cpp: bytes in, bytes out, and the end.
  void wait_readable();
  void on_readable();
  void advance(std::string_view received);
  std::string_view unread(std::string_view received);
  void keep(std::string_view rest, bool is_kept);
  bool flush();
  void wait_writable();
  void on_writable();
  void settle();
  void become_idle();
  void linger();
  void upgrade();
  void leave_flight();

  // connection_requests.cpp: from bytes to requests, from answers to bytes.
  bool read_requests(std::string_view& input);
  void begin_request();
  void on_header(std::string_view& input);
  void on_complete();
  void refuse(const Response& response, std::string_view& input);
  void fail(const core::Error& error);
  void answer_later(std::uint32_t number, const Response& response);
  void respond(const Response& response);
  void finish_request(const Response& response);
  Responder make_responder();

  // connection_bodies.cpp: bodies that are larger than memory should be.
  void open_sink();
  void take_piece(bool is_last);
  void run_sink(std::function<std::optional<Response>(BodySink&)> job, bool is_last);
  void on_sink(std::uint32_t number, std::optional<Response> answer, bool is_last);
  void refuse_body(Response response);
  void drop_sink();
  void send_piece();
  void on_piece(std::uint32_t number, std::string piece);
  void end_source();

  std::unique_ptr<Transport> transport_;
  Dispatcher& dispatcher_;
  ConnectionSet& set_;
  std::unique_ptr<ConnectionWork> work_;
  std::shared_ptr<BodySink> sink_;       // of the request whose body is being read
  std::optional<Response> sink_answer_;  // what it said before the body was over
  std::shared_ptr<BodySource> source_;   // of the answer that is being written
  std::uint64_t unsent_ = 0;             // bytes of it
  std::string peer_;                     // remote address
  std::size_t slot_ = 0;                 // in the set
  std::uint32_t number_ = 0;             // of the request
  std::uint32_t unwritten_ = 0;          // answers in the output, each in flight still
  std::uint32_t lingered_ = 0;           // bytes thrown away
  State state_ = State::idle;
  bool begun_ = false;  // the first request has begun: from here on idle_timeout
  bool waiting_read_ = false, waiting_write_ = false;
  bool in_flight_ = false;  // the request under way, or the last moments of an idle connection
  bool last_ = false;       // no request after this one
  bool sink_busy_ = false;
  bool continued_ = false;  // the client was told to send the body
};

}  // namespace netherlink::gateway
