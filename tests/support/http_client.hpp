#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "support/descriptions.hpp"
#include "support/tcp_socket.hpp"

namespace netherlink::test {

struct HttpAnswer {
  int status = 0;
  Headers headers;         // names in lower case
  std::string body;        // decompressed
  std::size_t length = 0;  // of the body on the wire
  nlohmann::json json;     // of a JSON body, else null

  /// First value, or empty.
  std::string header(std::string_view lower_case_name) const;
  /// `code` of a problem, or empty.
  std::string code() const;
  /// Fields named by a problem's `errors`.
  std::vector<std::string> fields() const;
};

/// A small HTTP/1.1 client with keep-alive. Every answer is checked against api/openapi.yaml. Not thread-safe.
class HttpClient {
 public:
  explicit HttpClient(std::uint16_t port) : port_(port) {}

  void set_token(std::string token) { token_ = std::move(token); }
  const std::string& token() const { return token_; }
  void set_port(std::uint16_t port) { port_ = port; }

  HttpAnswer get(std::string_view target, const Headers& headers = {}) {
    return request("GET", target, std::nullopt, headers);
  }
  HttpAnswer post(std::string_view target, const nlohmann::json& body) { return request("POST", target, body); }
  HttpAnswer put(std::string_view target, const nlohmann::json& body) { return request("PUT", target, body); }
  HttpAnswer patch(std::string_view target, const nlohmann::json& body) { return request("PATCH", target, body); }
  HttpAnswer erase(std::string_view target) { return request("DELETE", target); }

  /// Connects again when the server has closed the connection meanwhile; never sends anything twice.
  HttpAnswer request(std::string_view method, std::string_view target, const std::optional<nlohmann::json>& body = {},
                     const Headers& headers = {});
  /// The same with a body that need not be JSON, and its type.
  HttpAnswer request_text(std::string_view method, std::string_view target, std::string_view body,
                          std::string_view content_type = "application/json", const Headers& headers = {});

  /// For hostile requests: any bytes.
  void send_raw(std::string_view bytes);
  /// The next answer on the connection, to a request for `target` (empty: to no proper request).
  HttpAnswer receive(std::string_view method = {}, std::string_view target = {}, milliseconds timeout = patience);
  /// The same from a connection that is not this client's own.
  static HttpAnswer receive_from(TcpSocket& socket, std::string_view method, std::string_view target,
                                 milliseconds timeout = patience);
  /// True when the server closes within `timeout`, nothing being left to read.
  bool closed_by_server(milliseconds timeout = patience);
  void disconnect() { socket_.reset(); }
  TcpSocket& socket();

 private:
  std::uint16_t port_;
  std::string token_;
  std::optional<TcpSocket> socket_;
};

}  // namespace netherlink::test
