#include "bench/client/http_client.hpp"

#include <fmt/format.h>
#include <strings.h>

#include <algorithm>
#include <charconv>
#include <optional>

#include "bench/support/failure.hpp"

namespace netherlink::bench {

namespace {

/// The value of a header in a response head, or empty.
std::string_view header(std::string_view head, std::string_view name) {
  for (std::size_t line = head.find("\r\n"); line != head.npos; line = head.find("\r\n", line + 2)) {
    const auto rest = head.substr(line + 2);
    if (rest.size() <= name.size() || rest[name.size()] != ':') continue;
    if (strncasecmp(rest.data(), name.data(), name.size()) != 0) continue;
    const auto value = rest.substr(name.size() + 1, rest.find("\r\n") - name.size() - 1);
    return value.substr(std::min(value.find_first_not_of(' '), value.size()));
  }
  return {};
}

std::size_t to_number(std::string_view text) {
  std::size_t value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

std::string encode(const HttpRequest& request, const std::string& host) {
  std::string out = fmt::format("{} {} HTTP/1.1\r\nHost: {}\r\n", request.method, request.target, host);
  if (!request.token.empty()) out += "Authorization: Bearer " + request.token + "\r\n";
  if (!request.body.empty()) {
    out += fmt::format("Content-Type: application/json\r\nContent-Length: {}\r\n", request.body.size());
  }
  return out + "\r\n" + request.body;
}

}  // namespace

class HttpPool::Connection final : public EventHandler {
 public:
  Connection(HttpPool& pool, Endpoint endpoint) : pool_(pool), endpoint_(std::move(endpoint)) {}
  ~Connection() override { disconnect(); }

  bool busy() const { return job_.has_value(); }

  void start(Job job) {
    out_ = encode(job.request, endpoint_.host);
    job_ = std::move(job);
    fresh_ = !fd_;
    connect_if_needed();
  }

 private:
  void connect_if_needed() {
    if (fd_) return pool_.loop_.mark_dirty(*this);
    fd_ = connect_to(endpoint_);
    pool_.loop_.add(fd_.get(), *this, EPOLLIN | EPOLLOUT);
  }

  void on_ready(std::uint32_t events) override {
    if ((events & EPOLLOUT) != 0) on_flush();
    if (fd_ && (events & (EPOLLIN | EPOLLHUP | EPOLLERR)) != 0) read();
  }

  void on_flush() override {
    if (!fd_) return;
    if (!out_.empty()) {
      const ssize_t n = send(fd_.get(), out_.data(), out_.size(), MSG_NOSIGNAL);
      if (n < 0 && errno != EAGAIN && errno != EINTR) return lost(std::strerror(errno));
      if (n > 0) out_.erase(0, static_cast<std::size_t>(n));
    }
    pool_.loop_.modify(fd_.get(), *this, out_.empty() ? EPOLLIN : EPOLLIN | EPOLLOUT);
  }

  void read() {
    auto buffer = pool_.loop_.read_buffer();
    const ssize_t n = recv(fd_.get(), buffer.data(), buffer.size(), 0);
    if (n < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (n <= 0) return lost(n == 0 ? "connection closed by the server" : std::strerror(errno));
    in_.append(buffer.data(), static_cast<std::size_t>(n));
    take_response();
  }

  void take_response() {
    const auto head_end = in_.find("\r\n\r\n");
    if (head_end == in_.npos || !job_) return;
    const auto head = std::string_view(in_).substr(0, head_end);
    HttpResponse response;
    response.status = static_cast<int>(to_number(head.substr(std::min<std::size_t>(9, head.size()), 3)));
    if (!header(head, "Transfer-Encoding").empty()) return lost("a chunked answer, which this client does not read");
    const std::size_t length = to_number(header(head, "Content-Length"));
    if (in_.size() < head_end + 4 + length) return;
    response.body = in_.substr(head_end + 4, length);
    response.retry_after = static_cast<double>(to_number(header(head, "Retry-After")));
    const bool closing = header(head, "Connection").substr(0, 5) == "close";
    in_.erase(0, head_end + 4 + length);
    if (closing) disconnect();
    finish(response);
  }

  void finish(const HttpResponse& response) {
    Job job = std::move(*job_);
    job_.reset();
    pool_.finished(std::move(job), response);
  }

  void lost(const std::string& why) {
    disconnect();
    if (!job_) return;
    if (!fresh_) {  // a kept connection that the server closed meanwhile: not an answer to this request
      out_ = encode(job_->request, endpoint_.host);
      fresh_ = true;
      return connect_if_needed();
    }
    finish({0, 0, why});
  }

  void disconnect() {
    if (fd_) pool_.loop_.remove(fd_.get(), *this);
    fd_.reset();
    in_.clear();
    out_.clear();
  }

  HttpPool& pool_;
  Endpoint endpoint_;
  FileDescriptor fd_;
  std::string out_, in_;
  std::optional<Job> job_;
  bool fresh_ = true;
};

HttpPool::HttpPool(EventLoop& loop, std::vector<Endpoint> endpoints, std::size_t connections) : loop_(loop) {
  for (std::size_t i = 0; i < connections; ++i) {
    connections_.push_back(std::make_unique<Connection>(*this, endpoints[i % endpoints.size()]));
  }
}

HttpPool::~HttpPool() = default;

void HttpPool::request(HttpRequest request, HttpHandler handler) {
  ++pending_;
  queue_.push_back({std::move(request), std::move(handler), 0});
  dispatch();
}

void HttpPool::dispatch() {
  const Nanos now = delayed_.empty() ? 0 : now_ns();
  while (!delayed_.empty() && delayed_.front().not_before <= now) {
    queue_.push_front(std::move(delayed_.front()));
    delayed_.pop_front();
  }
  for (auto& connection : connections_) {
    if (queue_.empty()) return;
    if (connection->busy()) continue;
    Job job = std::move(queue_.front());
    queue_.pop_front();
    connection->start(std::move(job));
  }
}

void HttpPool::finished(Job job, const HttpResponse& response) {
  if (response.status == 429 || response.status == 503) {
    ++retried_;
    job.not_before = now_ns() + from_seconds(std::clamp(response.retry_after, 0.05, 2.0));
    delayed_.push_back(std::move(job));
  } else {
    --pending_;
    job.handler(response);
  }
  dispatch();
}

void HttpPool::run(Nanos timeout, const std::function<void()>& tick) {
  const bool in_time = loop_.run_until(now_ns() + timeout, [&] {
    dispatch();
    if (tick) tick();
    return pending_ == 0;
  });
  if (!in_time) throw Failure(fmt::format("{} HTTP requests were not answered in time", pending_));
}

HttpResponse http_once(EventLoop& loop, const Endpoint& endpoint, HttpRequest request, Nanos timeout) {
  HttpPool pool(loop, {endpoint}, 1);
  HttpResponse answer{0, 0, "no answer in time"};
  bool done = false;
  pool.request(std::move(request), [&](const HttpResponse& response) {
    answer = response;
    done = true;
  });
  loop.run_until(now_ns() + timeout, [&] { return done; });
  return answer;
}

}  // namespace netherlink::bench
