#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "support/chaos_client.hpp"

namespace netherlink::test {

/// Some people who all talk to each other and to the world, over the replicas in turn.
struct Crowd {
  Crowd(const std::vector<std::uint16_t>& ports, std::size_t count, ChaosClient::Options options);
  Crowd(const ServerProcess& server, std::size_t count, ChaosClient::Options options)
      : Crowd(std::vector{server.port()}, count, options) {}

  std::size_t acknowledged() const;
  bool failed() const;
  /// Waits until everybody is connected and `more` messages were acknowledged. False: that does not happen.
  bool make_progress(std::size_t more, milliseconds timeout = 3 * patience) const;
  /// Everything is acknowledged, everybody is level, and nothing went wrong on the way.
  void finish();

  std::vector<std::unique_ptr<Person>> people;
  std::vector<std::unique_ptr<ChaosClient>> clients;
  std::set<std::string> all;  // conversations

 private:
  std::vector<std::string> conversations_of(std::size_t person) const;
};

/// Nothing acknowledged is missing, nothing is there twice, seq is 1..n, and everybody saw it like that. The order of
/// who was never refused is kept. `rest`: seq by client_msg_id of what was sent otherwise.
void check_everything(Crowd& crowd, const std::map<std::string, long>& rest = {});

}  // namespace netherlink::test
