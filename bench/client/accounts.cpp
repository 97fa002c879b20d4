#include "bench/client/accounts.hpp"

#include <fmt/format.h>

#include <boost/json/parse.hpp>
#include <random>

#include "bench/client/http_client.hpp"
#include "bench/support/failure.hpp"

namespace netherlink::bench {

namespace {

constexpr std::size_t registrations_in_flight = 16;

Account read_account(const HttpResponse& response) {
  if (response.status != 201) throw Failure(fmt::format("register answered {}: {}", response.status, response.body));
  const auto answer = boost::json::parse(response.body);
  return {std::string(answer.at("user").at("id").as_string()), std::string(answer.at("access_token").as_string())};
}

}  // namespace

std::vector<Account> register_accounts(EventLoop& loop, const std::vector<Endpoint>& endpoints, std::size_t count,
                                       Progress& progress) {
  progress.phase("registering users");
  std::random_device random;
  const auto run = fmt::format("{:08x}{:04x}", random(), random() & 0xffffU);
  std::vector<Account> accounts(count);
  HttpPool pool(loop, endpoints, registrations_in_flight);
  for (std::size_t i = 0; i < count; ++i) {
    pool.request({"POST", "/api/v1/auth/register",
                  fmt::format(R"({{"username":"b{}_{}","password":"Load-{}-test-{}"}})", run, i, run, i)},
                 [&accounts, i](const HttpResponse& response) { accounts[i] = read_account(response); });
  }
  pool.run(600 * nanos_per_second, [&] { progress.show(fmt::format("{} left", pool.pending())); });
  return accounts;
}

std::string single_conversation(const std::string& a, const std::string& b) {
  const bool a_first = a.size() != b.size() ? a.size() < b.size() : a < b;
  return "single_" + (a_first ? a : b) + "_" + (a_first ? b : a);
}

}  // namespace netherlink::bench
