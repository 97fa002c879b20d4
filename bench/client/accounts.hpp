#pragma once

#include <string>
#include <vector>

#include "bench/client/endpoint.hpp"
#include "bench/support/event_loop.hpp"
#include "bench/support/report.hpp"

namespace netherlink::bench {

/// A registered user with a session.
struct Account {
  std::string user_id;
  std::string access_token;
};

/// Registers users with fresh random names. Failure when one is refused.
std::vector<Account> register_accounts(EventLoop& loop, const std::vector<Endpoint>& endpoints, std::size_t count,
                                       Progress& progress);

/// `single_{smaller}_{larger}` for two decimal ids.
std::string single_conversation(const std::string& a, const std::string& b);

}  // namespace netherlink::bench
