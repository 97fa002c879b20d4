#pragma once

#include <memory>
#include <string>

#include "netherlink/core/result.hpp"

struct ssl_ctx_st;

namespace netherlink::gateway {

struct TlsContextDeleter {
  void operator()(ssl_ctx_st* context) const;
};
using TlsContext = std::unique_ptr<ssl_ctx_st, TlsContextDeleter>;

/// For a server: TLS 1.2 and above, ALPN http/1.1. PEM files. The error's detail says what is wrong with which.
core::result<TlsContext> make_tls_context(const std::string& certificate_file, const std::string& key_file);

}  // namespace netherlink::gateway
