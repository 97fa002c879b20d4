#pragma once

#include <chrono>
#include <memory>
#include <string_view>

#include "gateway/http/router.hpp"

namespace netherlink::gateway {

/// One request while it is being answered.
struct Exchange {
  std::shared_ptr<Request> request;
  Router::Match match;
  std::chrono::steady_clock::time_point started;
  std::string_view allow_origin;  // for Access-Control-Allow-Origin; empty: none
  bool http_1_0 = false;
};

}  // namespace netherlink::gateway
