#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "bench/client/endpoint.hpp"
#include "bench/support/event_loop.hpp"

namespace netherlink::bench {

struct HttpRequest {
  std::string method = "GET";
  std::string target;
  std::string body = {};   // JSON
  std::string token = {};  // access token, may be empty
};

struct HttpResponse {
  int status = 0;          // 0: the connection failed, `body` says how
  double retry_after = 0;  // seconds
  std::string body;
};

using HttpHandler = std::function<void(const HttpResponse&)>;

/// A pool of keep-alive connections, one request at a time on each; what does not fit waits. 429 and 503 are tried
/// again after the Retry-After that was asked for (at most 2 s), as a polite client does.
class HttpPool {
 public:
  HttpPool(EventLoop& loop, std::vector<Endpoint> endpoints, std::size_t connections);
  ~HttpPool();

  void request(HttpRequest request, HttpHandler handler);
  /// Requests that are not answered yet.
  std::size_t pending() const { return pending_; }
  std::size_t retried() const { return retried_; }
  /// Turns the loop until everything is answered; Failure after `timeout`.
  void run(Nanos timeout, const std::function<void()>& tick = {});

 private:
  class Connection;
  struct Job {
    HttpRequest request;
    HttpHandler handler;
    Nanos not_before = 0;
  };

  void dispatch();
  void finished(Job job, const HttpResponse& response);

  EventLoop& loop_;
  std::vector<std::unique_ptr<Connection>> connections_;
  std::deque<Job> queue_;
  std::deque<Job> delayed_;
  std::size_t pending_ = 0;
  std::size_t retried_ = 0;
};

/// One request, waited for.
HttpResponse http_once(EventLoop& loop, const Endpoint& endpoint, HttpRequest request, Nanos timeout);

}  // namespace netherlink::bench
