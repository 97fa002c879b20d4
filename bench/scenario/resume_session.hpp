#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <string_view>

#include "bench/scenario/correctness.hpp"

namespace netherlink::bench {

/// What one client that keeps losing its connection knows of its one conversation. It is level when it holds
/// everything from 1 to the head that its last `welcome` named.
class ResumeSession {
 public:
  explicit ResumeSession(std::string conversation) : conversation_(std::move(conversation)) {}

  const std::string& conversation() const { return conversation_; }
  /// Everything from 1 to here is held.
  std::int64_t held() const { return held_; }

  /// The frame's answer to "what did I miss?": a `sync` request.
  std::string sync_request() const;

  /// `welcome`: a new stream begins behind the head it names.
  void on_welcome(std::string_view frame);
  /// A `message.new`, or a first `message.ack`, on the stream.
  void on_live(std::int64_t seq, Correctness& correctness, std::string_view where);
  struct Page {
    bool complete = false;
    std::size_t messages = 0;
  };
  /// `sync.result`; `each(seq, client_msg_id)` for its messages.
  template <class F>
  Page on_sync(std::string_view frame, Correctness& correctness, F&& each) {
    return read_page(frame, correctness, std::forward<F>(each));
  }
  bool level() const { return synced_ && held_ >= welcome_head_; }
  void lost_connection() { synced_ = false; }

 private:
  using Each = std::function<void(std::int64_t, std::string_view)>;
  Page read_page(std::string_view frame, Correctness& correctness, const Each& each);
  void hold(std::int64_t seq);

  std::string conversation_;
  std::int64_t held_ = 0;
  std::set<std::int64_t> ahead_;  // held too, behind a hole that sync will fill
  std::int64_t welcome_head_ = 0;
  std::int64_t stream_last_ = 0;  // on this connection
  bool synced_ = false;
};

}  // namespace netherlink::bench
