#pragma once

#include <chrono>
#include <memory>
#include <string>

#include "netherlink/vpn/ports.hpp"

namespace netherlink::vpn {

struct HeadscaleOptions {
  std::string cell;     // for logs and metrics
  std::string url;      // of the server, without /api/v1
  std::string api_key;  // a secret
  std::chrono::milliseconds timeout{2500};
};

/// The REST API of Headscale 0.29, behind a circuit breaker: after a few calls in a row without a sensible answer the
/// server is left alone for a while, longer each time.
std::unique_ptr<Control> make_headscale(const HeadscaleOptions& options);

}  // namespace netherlink::vpn
