#include "cache/redis/link.hpp"

#include <boost/asio/connect.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/write.hpp>

namespace netherlink::cache::redis {

using asio::ip::tcp;

std::string_view error_code(std::string_view error) {
  return error.substr(0, error.find(' '));
}

Link::Link(asio::io_context& io, Endpoint endpoint, Setup setup, ScriptHashes& hashes)
    : resolver_(io),
      socket_(io),
      deadline_(io),
      watch_timer_(io),
      endpoint_(std::move(endpoint)),
      setup_(std::move(setup)),
      hashes_(hashes) {}

void Link::connect(Events events) {
  events_ = std::move(events);
  deadline_.expires_after(setup_time);
  deadline_.async_wait([self = shared_from_this()](boost::system::error_code ec) {
    if (!ec && !self->up_) self->fail("it does not answer in time");
  });
  resolve();
}

void Link::resolve() {
  resolver_.async_resolve(
      endpoint_.host, std::to_string(endpoint_.port), tcp::resolver::numeric_service,
      [self = shared_from_this()](boost::system::error_code ec, const tcp::resolver::results_type& found) {
        if (self->ended_) return;
        if (ec) return self->fail(ec.message());
        self->open(found);
      });
}

void Link::open(const tcp::resolver::results_type& addresses) {
  asio::async_connect(socket_, addresses,
                      [self = shared_from_this()](boost::system::error_code ec, const tcp::endpoint&) {
                        if (self->ended_) return;
                        if (ec) return self->fail(ec.message());
                        boost::system::error_code ignored;
                        self->socket_.set_option(tcp::no_delay(true), ignored);
                        self->socket_.set_option(asio::socket_base::keep_alive(true), ignored);
                        self->shake_hands();
                        self->read();
                      });
}

void Link::shake_hands() {
  if (!setup_.password.empty()) {
    std::vector<std::string> auth{"AUTH"};
    if (!setup_.user.empty()) auth.push_back(setup_.user);
    auth.push_back(setup_.password);
    setup_command(std::move(auth), [this](const Reply* reply) {
      if (reply->is_error()) fail("it refuses user or password: " + std::string(redis::error_code(reply->text())));
    });
  }
  setup_command({"CLIENT", "SETNAME", setup_.name}, {});
  if (setup_.data) say_who();
  setup_command({"PING"}, [this](const Reply* reply) { ready(*reply); });
}

void Link::say_who() {
  if (setup_.database != 0) {
    setup_command({"SELECT", std::to_string(setup_.database)}, [this](const Reply* reply) {
      // NOAUTH is said by PING too, and better.
      if (reply->is_error() && !reply->text().starts_with("NOAUTH")) fail("it has no such database");
    });
  }
  setup_command({"INFO", "server"}, [this](const Reply* reply) {
    constexpr std::string_view name = "run_id:";
    const auto at = reply->text().find(name);
    if (!reply->is_error() && at != std::string_view::npos) scope_ = reply->text().substr(at + name.size(), 10);
  });
  setup_command({"ROLE"}, [this](const Reply* reply) {
    if (setup_.master_only && reply->size() > 0 && (*reply)[0].text() == "slave") fail("it is a replica");
  });
  for (const auto* script : all_scripts) {
    setup_command({"SCRIPT", "LOAD", std::string(script->text)}, [this, script](const Reply* reply) {
      if (reply->is_text()) hashes_[script->index] = reply->text();
    });
  }
}

void Link::setup_command(std::vector<std::string> args, Handler done) {
  Command command;
  command.args = std::move(args);
  command.raw = true;
  command.done = [done = std::move(done)](const Reply* reply) {
    if (reply != nullptr && done) done(reply);
  };
  transmit(std::move(command));
}

void Link::ready(const Reply& pong) {
  if (pong.text().starts_with("NOAUTH")) return fail("it wants a password: NOAUTH");
  // A server that may do less than PING for us (NOPERM) may still do what we need.
  if (pong.is_error() && !pong.text().starts_with("NOPERM")) return fail(redis::error_code(pong.text()));
  up_ = true;
  deadline_.cancel();
  for (auto& command : std::exchange(held_, {})) transmit(std::move(command));
  events_.up();
}

void Link::send(Command command) {
  if (ended_) return command.finish(nullptr);
  if (up_) return transmit(std::move(command));
  held_.push_back(std::move(command));
}

void Link::transmit(Command command) {
  const auto before = out_.size();
  encode(command, scope_, hashes_, out_);
  const auto bytes = out_.size() - before;
  load_ += bytes;
  waiters_.push_back({std::move(command), bytes, Clock::now()});
  if (!flush_posted_ && writing_.empty()) {
    flush_posted_ = true;
    asio::post(socket_.get_executor(), [self = shared_from_this()] {
      self->flush_posted_ = false;
      self->flush();
    });
  }
  watch();
}

void Link::flush() {
  if (ended_ || out_.empty() || !writing_.empty()) return;
  writing_.swap(out_);
  asio::async_write(socket_, asio::buffer(writing_),
                    [self = shared_from_this()](boost::system::error_code ec, std::size_t) {
                      if (self->ended_) return;
                      if (ec) return self->fail(ec.message());
                      self->writing_.clear();
                      self->flush();
                    });
}

void Link::read() {
  socket_.async_read_some(asio::buffer(buffer_),
                          [self = shared_from_this()](boost::system::error_code ec, std::size_t count) {
                            if (self->ended_) return;
                            if (ec) return self->fail(ec.message());
                            self->on_bytes(count);
                          });
}

void Link::on_bytes(std::size_t count) {
  read_at_ = Clock::now();
  decoder_.feed(buffer_.data(), count);
  while (const auto reply = decoder_.next()) {
    if (waiters_.empty()) return fail("it answers what nobody asked");
    answer(Reply(reply.get()));
    if (ended_) return;
  }
  if (decoder_.broken()) return fail("it does not speak the Redis protocol");
  read();
}

void Link::answer(const Reply& reply) {
  auto waiter = std::move(waiters_.front());
  waiters_.pop_front();
  load_ -= waiter.bytes;
  if (!reply.is_error() || waiter.command.raw) return waiter.command.finish(&reply);
  if (waiter.command.script != nullptr && !waiter.command.eval && reply.text().starts_with("NOSCRIPT")) {
    waiter.command.eval = true;
    return transmit(std::move(waiter.command));
  }
  if (!events_.refused(waiter.command, reply.text())) waiter.command.finish(nullptr);
}

Clock::duration Link::silent_for() const {
  if (waiters_.empty()) return {};
  return Clock::now() - std::max(read_at_, waiters_.front().sent);
}

void Link::watch() {
  if (watching_) return;
  watching_ = true;
  watch_timer_.expires_after(watch_interval);
  watch_timer_.async_wait([self = shared_from_this()](boost::system::error_code ec) {
    self->watching_ = false;
    if (ec || self->ended_ || self->waiters_.empty()) return;
    if (self->silent_for() > silence) return self->fail("it has become silent");
    self->watch();
  });
}

void Link::fail(std::string_view reason) {
  if (ended_) return;
  const auto self = shared_from_this();
  const auto events = events_;
  const auto text = std::string(reason);
  end();
  if (events.down) events.down(text);
}

void Link::close() {
  if (ended_) return;
  const auto self = shared_from_this();
  end();
}

void Link::end() {
  ended_ = true;
  up_ = false;
  events_ = {};
  boost::system::error_code ignored;
  socket_.close(ignored);
  resolver_.cancel();
  deadline_.cancel();
  watch_timer_.cancel();
  load_ = 0;
  for (auto& waiter : std::exchange(waiters_, {})) waiter.command.finish(nullptr);
  for (auto& command : std::exchange(held_, {})) command.finish(nullptr);
}

}  // namespace netherlink::cache::redis
