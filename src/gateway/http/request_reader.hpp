#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>

#include "gateway/http/message.hpp"
#include "netherlink/core/result.hpp"

namespace netherlink::gateway {

/// Reads one HTTP/1.1 or 1.0 request from bytes as they come (RFC 9112). Not thread-safe.
class RequestReader {
 public:
  struct Limits {
    std::size_t header_bytes = 0, body_bytes = 0;
  };
  enum class Status { need_more, header, piece, complete, failed };

  static std::unique_ptr<RequestReader> create(Limits limits);
  virtual ~RequestReader() = default;

  /// Takes from the front of `input`. Once it says `header` (everything but the body is known and well formed), later:
  /// `complete`; what is left of `input` is then the next request's. After need_more the bytes left over must come
  /// first again. After `failed` the connection cannot go on.
  virtual Status read(std::string_view& input) = 0;

  /// From `header` on. remote_address, secure, path_params and the like are the caller's.
  virtual const std::shared_ptr<Request>& request() const = 0;
  virtual bool http_1_0() const = 0;
  virtual bool has_body() const = 0;
  /// Known before the body is read, unless it is chunked.
  virtual std::optional<std::uint64_t> content_length() const = 0;

  /// The body is read, and forgotten.
  virtual void discard_body() = 0;
  /// The body, of `most` bytes at most, is handed out: whenever `piece_bytes` of it are there read() says `piece`, and
  /// the caller takes them. What is left at the end comes with `complete`.
  virtual void stream_body(std::size_t piece_bytes, std::uint64_t most) = 0;
  virtual std::string take_piece() = 0;
  /// After `failed`: request.malformed, .too_large (body), .headers_too_large, .version_unsupported.
  virtual const core::Error& error() const = 0;
};

}  // namespace netherlink::gateway
