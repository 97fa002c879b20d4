#pragma once

#include <array>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "cache/redis/command.hpp"
#include "cache/redis/url.hpp"

namespace netherlink::cache::redis {

namespace asio = boost::asio;
using Clock = std::chrono::steady_clock;

/// One connection to one server, for one life: after down it is thrown away. Everything sent in one turn of the loop
/// goes out in one write; answers come in order. On the thread of the cache alone.
class Link : public std::enable_shared_from_this<Link> {
 public:
  struct Setup {
    std::string user, password;  // none: no AUTH
    std::string name;            // shown by CLIENT LIST
    int database = 0;
    bool data = true;          // not a sentinel: has databases, scripts and a run id
    bool master_only = false;  // a replica of another server is of no use
  };
  struct Events {
    std::function<void()> up;
    /// Not after close(). `reason` holds no secret.
    std::function<void(std::string_view reason)> down;
    /// The server refuses a command; true: it was sent elsewhere or again.
    std::function<bool(Command& command, std::string_view error)> refused;
  };

  Link(asio::io_context& io, Endpoint endpoint, Setup setup, ScriptHashes& hashes);

  void connect(Events events);
  /// Before it is up, the command waits until it is.
  void send(Command command);
  /// Whoever waits gets nullptr.
  void close();
  void fail(std::string_view reason);

  bool up() const { return up_; }
  const Endpoint& endpoint() const { return endpoint_; }
  /// Bytes sent and not answered yet.
  std::size_t load() const { return load_; }
  /// It is silent although it has been asked something.
  bool stalled() const { return silent_for() > stall; }

 private:
  static constexpr std::chrono::milliseconds stall{200}, silence{1500}, watch_interval{250}, setup_time{3000};
  struct Waiter {
    Command command;
    std::size_t bytes = 0;
    Clock::time_point sent;
  };

  void resolve();
  void open(const asio::ip::tcp::resolver::results_type& addresses);
  void shake_hands();
  void say_who();
  void setup_command(std::vector<std::string> args, Handler done);
  void ready(const Reply& pong);
  void transmit(Command command);
  void flush();
  void read();
  void on_bytes(std::size_t count);
  void answer(const Reply& reply);
  void watch();
  Clock::duration silent_for() const;
  void end();

  asio::ip::tcp::resolver resolver_;
  asio::ip::tcp::socket socket_;
  asio::steady_timer deadline_, watch_timer_;
  const Endpoint endpoint_;
  const Setup setup_;
  ScriptHashes& hashes_;
  Events events_;

  bool up_ = false, ended_ = false, flush_posted_ = false, watching_ = false;
  std::string scope_;  // the server's present life
  std::string out_, writing_;
  std::deque<Waiter> waiters_;
  std::vector<Command> held_;  // until it is up
  std::size_t load_ = 0;
  Decoder decoder_;
  Clock::time_point read_at_;
  std::array<char, 64 * 1024> buffer_;
};

/// The first word of an error: "WRONGPASS". The rest may repeat what was sent.
std::string_view error_code(std::string_view error);

}  // namespace netherlink::cache::redis
