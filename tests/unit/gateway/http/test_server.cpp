#include "test_server.hpp"

#include <algorithm>
#include <boost/algorithm/string/predicate.hpp>
#include <csignal>
#include <future>
#include <stdexcept>

namespace netherlink::test {

using namespace gateway;
using namespace std::chrono_literals;

namespace {

void echo(std::shared_ptr<Transport> transport) {
  transport->wait_readable([transport](bool ready) {
    std::array<char, 256> buffer{};
    const auto got = ready ? transport->read(buffer) : IoResult{IoStatus::closed};
    if (got.status == IoStatus::closed || got.status == IoStatus::failed) return transport->close();
    const iovec piece{buffer.data(), got.bytes};
    if (got.bytes > 0) transport->write({&piece, 1});
    echo(transport);
  });
}

Response text(std::string body) {
  Response response;
  response.content_type = "text/plain";
  response.body = std::move(body);
  return response;
}

Route open_route(std::string_view method, std::string_view pattern, Lane lane, Handler handler,
                 AsyncHandler later = {}) {
  return {.method = method,
          .pattern = pattern,
          .access = Access::open,
          .lane = lane,
          .handler = std::move(handler),
          .async_handler = std::move(later)};
}

}  // namespace

Response EchoUpgrades::handshake(const Request& request) {
  if (request.header("sec-websocket-protocol") != "echo") return Response::problem(errors::auth_origin_forbidden);
  Response response;
  response.status = 101;
  response.headers = {{"Upgrade", "websocket"}, {"Connection", "Upgrade"}};
  return response;
}

void EchoUpgrades::adopt(IoThread&, std::unique_ptr<Transport> transport, const Request&, std::string received) {
  const iovec piece{received.data(), received.size()};
  if (!received.empty()) transport->write({&piece, 1});
  echo(std::move(transport));
}

config::Config HttpTestServer::plain_config() {
  config::Config config = config::defaults();
  config.http.threads = 2;
  config.http.port = 0;
  config.http.header_timeout = config.http.body_timeout = config.http.idle_timeout = 600s;
  config.http.body_bytes = 100'000;
  config.rate_limits.enabled = false;
  return config;
}

config::Config HttpTestServer::impatient_config() {
  auto config = plain_config();
  config.http.header_timeout = config.http.body_timeout = 1s;
  return config;
}

HttpTestServer::HttpTestServer(const config::Config& config, std::string certificate, std::string key)
    : config_(config),
      cache_(cache::make_memory_cache({})),
      signer_({std::string(32, 's')}),
      store_pool_({.name = "store", .threads = 2, .queue_limit = 64, .nice = 0}),
      password_pool_({.name = "password", .threads = 1, .queue_limit = 1, .nice = 0}),
      transfer_pool_({.name = "transfer", .threads = 1, .queue_limit = 64, .nice = 0}) {
  std::signal(SIGPIPE, SIG_IGN);  // as the application does; OpenSSL writes without MSG_NOSIGNAL
  for (std::size_t i = 0; i < config.http.threads; ++i) threads_.push_back(std::make_unique<IoThread>(i));
  for (const auto& thread : threads_) sets_.push_back(std::make_unique<ConnectionSet>(*thread));
  if (!certificate.empty()) tls_ = std::move(make_tls_context(certificate, key).value());
  Router router;
  router.add(routes());
  dispatcher_ = std::make_unique<Dispatcher>(
      Dispatcher::Dependencies{config_, *cache_, signer_, store_pool_, password_pool_, transfer_pool_, {}, &upgrades_},
      std::move(router));
  listener_ = std::make_unique<Listener>(
      *threads_.front(),
      Listener::Options{.address = config_.http.address,
                        .port = 0,
                        .max_connections = config_.http.max_connections,
                        .tls = tls_.get(),
                        .threads = threads_,
                        .open = open_,
                        .accepted = [this](IoThread& thread, std::unique_ptr<Transport> transport, bool full) {
                          auto& set = *sets_[thread.index()];
                          const auto connection = std::make_shared<Connection>(std::move(transport), *dispatcher_, set);
                          set.add(connection);
                          full ? connection->start_refusing(errors::server_overloaded) : connection->start();
                        }});
  if (!listener_->open()) throw std::runtime_error("no port");
  for (const auto& thread : threads_) thread->start();
}

HttpTestServer::~HttpTestServer() {
  stop();
}

std::vector<Route> HttpTestServer::routes() {
  const auto slow = [this](const Request&) {
    eventually([this] { return released_.load(); });
    return text("slow");
  };
  const auto fails = [](const Request&) -> Response { throw std::runtime_error("a bug"); };
  const auto never = [](std::shared_ptr<const Request>, Responder) {};
  const auto elsewhere = [this](std::shared_ptr<const Request> request, Responder responder) {
    const std::lock_guard lock(helpers_mutex_);
    helpers_.emplace_back([request, responder] { responder(text("from elsewhere")); });
  };
  const auto big = [](const Request& r) {
    return text(std::string(std::stoul(std::string(*r.query_value("bytes"))), 'x'));
  };
  Route token{.method = "GET", .pattern = "/token", .lane = Lane::io, .handler = [](const Request& r) {
                return text(std::to_string(r.principal->user_id));
              }};
  auto login = open_route("POST", "/login", Lane::io, [](const Request&) { return text("in"); });
  login.rate_class = RateClass::login;
  auto probe = open_route("GET", "/probe", Lane::io, [](const Request&) { return text("alive"); });
  probe.limited = false;
  Route socket{
      .method = "GET", .pattern = "/echo", .access = Access::open, .lane = Lane::io, .handler = {}, .websocket = true};
  return {
      open_route("GET", "/io", Lane::io, [](const Request&) { return text("io"); }),
      open_route("POST", "/io", Lane::io, [](const Request& r) { return text(r.body); }),
      open_route("GET", "/items/{id}", Lane::io, [](const Request& r) { return text(r.path_params.at("id")); }),
      open_route("GET", "/who", Lane::io, [](const Request& r) { return text(r.remote_address); }),
      open_route("GET", "/store", Lane::store, [](const Request&) { return text("store"); }),
      open_route("GET", "/slow", Lane::store, slow),
      open_route("GET", "/full", Lane::password, slow),
      open_route("GET", "/throw", Lane::io, fails),
      open_route("GET", "/throw-later", Lane::store, fails),
      open_route("GET", "/drop", Lane::io, {}, never),
      open_route("GET", "/async", Lane::io, {}, elsewhere),
      open_route("GET", "/big", Lane::io, big),
      std::move(token),
      std::move(login),
      std::move(probe),
      std::move(socket),
  };
}

std::string HttpTestServer::token(core::SessionId session, std::chrono::seconds life) const {
  const auto now = core::now_ms();
  return signer_.sign({.user_id = 42,
                       .session_id = session,
                       .issued_at = now - 1000,
                       .expires_at = now + std::chrono::milliseconds(life).count()});
}

void HttpTestServer::on_each_set(const std::function<void(ConnectionSet&)>& job) {
  for (const auto& set : sets_) {
    std::promise<void> done;
    set->thread().post([&] {
      job(*set);
      done.set_value();
    });
    done.get_future().wait();
  }
}

void HttpTestServer::drain() {
  dispatcher_->draining = true;
  std::promise<void> closed;
  threads_.front()->post([&] {
    listener_->close();
    closed.set_value();
  });
  closed.get_future().wait();
  on_each_set([](ConnectionSet& set) { set.drain(); });
}

void HttpTestServer::stop() {
  if (std::exchange(stopped_, true)) return;
  release();
  drain();
  for (auto& helper : helpers_) helper.join();
  on_each_set([](ConnectionSet& set) { set.close_all(); });
  for (const auto& thread : threads_) thread->stop();
  store_pool_.stop();
  password_pool_.stop();
  transfer_pool_.stop();
}

std::string RawAnswer::header(std::string_view name) const {
  std::string_view rest = head;
  while (!rest.empty()) {
    const auto end = rest.find("\r\n");
    const auto line = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 2, rest.size()));
    if (line.size() > name.size() + 2 && boost::algorithm::istarts_with(line, name) && line[name.size()] == ':') {
      return std::string(line.substr(name.size() + 2));
    }
  }
  return {};
}

RawAnswer read_answer(TcpSocket& socket, bool bodiless) {
  RawAnswer answer;
  answer.head = socket.read_until("\r\n\r\n");
  answer.status = std::stoi(answer.head.substr(9, 3));
  const auto length = answer.header("Content-Length");
  if (!bodiless && !length.empty()) answer.body = socket.read_exactly(std::stoul(length));
  return answer;
}

RawAnswer ask(TcpSocket& socket, std::string_view request) {
  socket.send(request);
  return read_answer(socket, request.starts_with("HEAD"));
}

std::string get(std::string_view path, std::string_view headers) {
  return "GET " + std::string(path) + " HTTP/1.1\r\nHost: test\r\n" + std::string(headers) + "\r\n";
}

std::string post(std::string_view path, std::string_view body, std::string_view headers) {
  return "POST " + std::string(path) +
         " HTTP/1.1\r\nHost: test\r\nContent-Type: application/json\r\nContent-Length: " + std::to_string(body.size()) +
         "\r\n" + std::string(headers) + "\r\n" + std::string(body);
}

bool eventually(const std::function<bool()>& condition) {
  const auto deadline = Clock::now() + patience;
  while (!condition()) {
    if (Clock::now() > deadline) return false;
    std::this_thread::sleep_for(2ms);
  }
  return true;
}

}  // namespace netherlink::test
