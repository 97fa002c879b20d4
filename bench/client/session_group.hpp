#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "bench/client/accounts.hpp"
#include "bench/client/frame_scan.hpp"
#include "bench/client/ws_connection.hpp"
#include "bench/support/report.hpp"

namespace netherlink::bench {

/// Receives the frames of a group of sessions. `session` counts from 0 in the order of the accounts.
class SessionObserver {
 public:
  virtual ~SessionObserver() = default;
  virtual void on_frame(std::uint32_t session, FrameKind kind, std::string_view text) = 0;
};

/// Many authenticated WebSockets, spread over the replicas. What no scenario expects (an end, an `error` frame) is
/// counted here, with the first case as an example.
class SessionGroup final : public WsListener {
 public:
  SessionGroup(EventLoop& loop, std::vector<Endpoint> endpoints, SessionObserver& observer)
      : loop_(loop), endpoints_(std::move(endpoints)), observer_(observer) {}

  /// Sessions from this number on speak Protobuf.
  void speak_protobuf_from(std::size_t session) { protobuf_from_ = session; }
  /// Connects `per_account` sockets for each account and waits for every welcome. Failure when one is refused.
  void open(const std::vector<Account>& accounts, std::size_t per_account, Progress& progress);
  /// Says goodbye on each and waits, at most 10 s.
  void close();

  std::size_t size() const { return sessions_.size(); }
  void send(std::uint32_t session, std::string_view text) { sessions_[session]->send_text(text); }
  std::uint64_t pings_answered() const;
  /// recv() calls that brought something, and what they brought.
  std::uint64_t reads() const;
  std::uint64_t bytes_read() const;
  /// Adds the counts of what must not happen.
  void check(Report& report) const;

 private:
  void on_text(WsConnection& connection, std::string_view text) override;
  void on_end(WsConnection& connection, const WsEnd& end) override;
  void connect_next(const std::vector<Account>& accounts, std::size_t per_account);

  EventLoop& loop_;
  std::vector<Endpoint> endpoints_;
  SessionObserver& observer_;
  std::vector<std::unique_ptr<WsConnection>> sessions_;
  std::size_t protobuf_from_ = SIZE_MAX;
  std::size_t started_ = 0, welcomed_ = 0, ended_ = 0;
  std::uint64_t unexpected_ends_ = 0, errors_ = 0;
  std::string first_end_, first_error_;
  bool closing_ = false;
};

}  // namespace netherlink::bench
