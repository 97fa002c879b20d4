#pragma once

#include <atomic>
#include <chrono>
#include <memory>
#include <string>
#include <string_view>

#include "netherlink/core/result.hpp"

namespace netherlink::vpn {

/// One HTTP server, with connections that are kept. Calls block, each for `timeout` at most. Thread-safe.
class HttpPeer {
 public:
  struct Options {
    std::string url;            // what every path is appended to
    std::string authorization;  // of each request; a secret
    std::chrono::milliseconds timeout{2500};
    std::size_t answer_bytes = std::size_t{32} << 20;
  };
  explicit HttpPeer(Options options);
  ~HttpPeer();

  struct Answer {
    long status = 0;
    std::string body;
  };
  /// vpn.unavailable, with the reason as its detail: no answer. `body` empty: none is sent. Redirects are answers.
  core::result<Answer> call(std::string_view method, const std::string& path, const std::string& body = {});
  /// `text` as a part of a query.
  static std::string escaped(std::string_view text);
  /// Ends what runs, and lets later calls fail. Any thread.
  void interrupt() { interrupted_ = true; }

 private:
  struct Handles;

  const Options options_;
  std::atomic<bool> interrupted_{false};
  std::unique_ptr<Handles> handles_;
};

}  // namespace netherlink::vpn
