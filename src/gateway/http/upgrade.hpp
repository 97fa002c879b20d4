#pragma once

#include <memory>
#include <string>
#include <variant>

#include "gateway/http/message.hpp"
#include "gateway/net/io_thread.hpp"
#include "gateway/net/transport.hpp"

namespace netherlink::gateway {

/// Where HTTP hands a connection over: implemented by ws. Called on the connection's I/O thread.
class UpgradeHandler {
 public:
  virtual ~UpgradeHandler() = default;

  /// What to answer to GET /ws: a complete 101, or a refusal after which HTTP goes on.
  virtual Response handshake(const Request& request) = 0;

  /// After the 101 was written. `received`: bytes that came behind the request.
  virtual void adopt(IoThread& thread, std::unique_ptr<Transport> transport, const Request& request,
                     std::string received) = 0;
};

}  // namespace netherlink::gateway
