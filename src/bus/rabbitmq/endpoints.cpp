#include "bus/rabbitmq/endpoints.hpp"

#include <algorithm>

#include "bus/rabbitmq/amqp.hpp"
#include "netherlink/log/log.hpp"

namespace netherlink::bus::rabbitmq {
namespace {

using namespace std::chrono_literals;

constexpr auto first_delay = 50ms;
constexpr auto longest_delay = 2000ms;

}  // namespace

std::string Endpoint::name() const {
  auto text = host;
  return text.append(":").append(std::to_string(port));
}

std::optional<Endpoint> parse_url(const std::string& url) {
  std::string text = url;  // taken apart in place
  amqp_connection_info info{};
  if (amqp_parse_url(text.data(), &info) != AMQP_STATUS_OK || info.ssl != 0) return std::nullopt;
  Endpoint endpoint{info.host, info.user, info.password, info.vhost, info.port};
  if (endpoint.vhost.empty()) endpoint.vhost.push_back('/');
  return endpoint;
}

Endpoints::Endpoints(const std::vector<std::string>& urls) {
  for (const auto& url : urls) {
    if (auto endpoint = parse_url(url)) {
      endpoints_.push_back(std::move(*endpoint));
    } else {
      log::error("bus url not understood", {{"position", endpoints_.size() + 1}});
    }
  }
  if (!endpoints_.empty()) current_ = random_() % endpoints_.size();
}

std::chrono::milliseconds Endpoints::failed() {
  current_ = (current_ + 1) % endpoints_.size();
  const auto grown = std::min<std::chrono::milliseconds>(longest_delay, first_delay * (1 << std::min(failures_, 10U)));
  ++failures_;
  std::uniform_int_distribution<std::int64_t> jitter(grown.count() / 2, grown.count());
  return std::chrono::milliseconds(jitter(random_));
}

}  // namespace netherlink::bus::rabbitmq
