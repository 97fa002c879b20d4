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

  /// What to answer to a GET that asks for a websocket (one that does not gets 426 before): a 101 with the headers of
  /// the handshake, or a refusal. A refusal is plain HTTP: 400, 401, 403, 429 (also before this is called, by
  /// ws_connect_ip) or 503 with a problem as its body; the connection goes on as HTTP.
  virtual Response handshake(const Request& request) = 0;

  /// After the 101 was written. `received`: bytes that came behind the request.
  virtual void adopt(IoThread& thread, std::unique_ptr<Transport> transport, const Request& request,
                     std::string received) = 0;
};

}  // namespace netherlink::gateway
