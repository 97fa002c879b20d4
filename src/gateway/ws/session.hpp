#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/net/timing_wheel.hpp"
#include "gateway/net/transport.hpp"
#include "gateway/ws/connection_id.hpp"
#include "gateway/ws/frame_codec.hpp"
#include "gateway/ws/handshake.hpp"
#include "gateway/ws/out_queue.hpp"
#include "gateway/ws/requests.hpp"
#include "gateway/ws/room_watches.hpp"
#include "gateway/ws/topics.hpp"
#include "gateway/ws/watches.hpp"
#include "netherlink/user/types.hpp"

namespace netherlink::gateway::ws {

class Hub;

/// What a session keeps until its welcome is there.
struct Attachment {
  enum class Part : std::uint8_t { messages, updates, receipts, signal };
  struct Waiting {
    RunPtr run;
    std::size_t begin = 0;  // first message, or update, that the topic had not handed out yet
    Part part = Part::messages;
  };
  std::vector<Waiting> waiting;  // pushes, to be sent behind the welcome
  std::size_t bytes = 0;
  bool stale = false;  // what the session is a member of changed: it is read once more
};

/// One WebSocket. Belongs to the hub of its I/O thread, and everything here happens on that thread. While idle it waits
/// for readability and for its place on the wheel, and owns no buffer.
class Session final : public WheelTimer {
 public:
  enum class State : std::uint8_t {
    attaching,  // the welcome is being made: nothing is read, pushes wait
    open,
    closing,  // our close frame is on its way; what arrives is thrown away
    gone,     // waits to be deleted
  };
  /// Why the socket is not read.
  enum Pause : std::uint8_t { attach = 1, job = 2, in_flight = 4, big_reply = 8 };

  Session(Hub& hub, Handle handle, std::unique_ptr<Transport> transport, const user::Principal& principal,
          Encoding encoding);
  ~Session() override;

  Handle handle() const { return handle_; }
  std::uint64_t connection() const;
  const user::Principal& principal() const { return principal_; }
  void set_token_expiry(core::Timestamp at);
  State state() const { return state_; }
  bool draining() const { return draining_; }
  std::vector<Subscription>& subscriptions() { return subscriptions_; }
  const std::vector<Subscription>& subscriptions() const { return subscriptions_; }
  Attachment* attachment() { return attachment_.get(); }
  const Attachment* attachment() const { return attachment_.get(); }
  Requests& requests() { return requests_; }

  /// `received`: bytes that came behind the handshake.
  void begin(std::string received);
  /// Opens the session: `welcome` is the first frame.
  std::unique_ptr<Attachment> open(std::string welcome);

  // Writing. Appends only; the hub flushes at the end of its turn.

  void push(const ChunkRef& chunk, std::size_t begin, std::size_t end);
  /// The same for what goes to many: may wait for the next round of WideWrites.
  void push_wide(const ChunkRef& chunk, std::size_t begin, std::size_t end);
  /// Keeps a part of a push until the welcome is there.
  void hold(const RunPtr& run, std::size_t begin, Attachment::Part part);
  /// `write(std::string&)` appends whole frames.
  template <class Write>
  void send(Write write) {
    if (!can_send()) return;
    if (encoding_ == Encoding::json) {
      out_.append(write);
    } else {
      std::string frames;
      write(frames);
      append_in_protobuf(frames);
    }
    appended();
  }
  /// A large answer that was asked for: it may exceed the bound of the queue, and nothing is read until it has left.
  void send_big(std::string frames);
  void flush();

  /// Sends a close frame and hangs up when it has left or the time is over. The session hears of nothing any more.
  void close(std::uint16_t code, std::string_view reason = {});
  /// Its queue is over the bound: what is queued is dropped, and the close frame may never leave.
  void cut();
  void drain();
  /// Closes the socket: the hub deletes the object soon.
  void end();

  // Reading.

  void pause(Pause reason);
  /// Reading goes on at the end of the turn, once nothing else holds it.
  void resume(Pause reason);
  /// At the end of a turn: goes on with what was received, then with the socket.
  void read_on();

  std::uint32_t add_request(OpenRequest request);
  std::optional<OpenRequest> take_request(std::uint32_t number);
  void forget_requests() { requests_ = {}; }

  /// Takes one frame off the session's budget, or says how long to wait.
  std::optional<milliseconds> take_frame_token();

  bool dirty = false, waking = false, in_wide_writes = false;  // in the hub's lists
  bool counted = false;                                        // in Presence
  std::uint32_t own_mark = 0;                                  // see FanOut
  std::shared_ptr<const void> interest;                        // see im::ChatService::Subscriptions
  /// The same for what was joined since, by conversation.
  std::vector<std::pair<std::string, std::shared_ptr<const void>>> joined;
  std::unique_ptr<Watch> watch;           // see Watches
  std::unique_ptr<RoomWatch> room_watch;  // see RoomWatches

 private:
  static constexpr std::string_view drain_ping = "draining";  // payload: its pong shows that the client knows

  void on_timer() override;
  void on_open_timer();
  void on_drain_timer();
  void give_up_requests();
  void request_ended();
  void arm_open_timer();

  void append_in_protobuf(std::string_view frames);
  bool can_send() const { return state_ == State::open && !doomed_; }
  void append_chunk(const ChunkRef& chunk, std::size_t begin, std::size_t end);
  void appended();
  void check_bound();
  void after_flush();
  void wait_readable();
  void on_readable(bool ok);
  void wait_writable();
  void on_writable(bool ok);
  void process(std::span<char> input);
  void on_event(const FrameEvent& event);
  void start_closing(std::uint16_t code, std::string_view reason);

  Hub& hub_;
  std::unique_ptr<Transport> transport_;
  user::Principal principal_;
  Handle handle_;
  Encoding encoding_;
  State state_ = State::attaching;
  std::uint8_t paused_ = Pause::attach;
  std::uint8_t probes_ = 0;                 // pings that nothing followed
  bool reading_ = false, writing_ = false;  // a wait is outstanding
  bool doomed_ = false, draining_ = false, pong_after_drain_ = false, said_goodbye_ = false;
  FrameParser parser_;
  OutQueue out_;
  std::size_t allowance_ = 0;  // bytes of a big reply that are in the queue beyond the bound
  Requests requests_;
  std::vector<Subscription> subscriptions_;
  std::string unread_;  // received while paused
  std::unique_ptr<Attachment> attachment_;
  Clock::time_point heard_;  // when the last bytes came
  Clock::time_point drain_since_;
  double frame_tokens_;
  Clock::time_point frame_tokens_at_;
};

}  // namespace netherlink::gateway::ws
