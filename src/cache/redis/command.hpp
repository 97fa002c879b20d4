#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "cache/redis/reply.hpp"
#include "cache/redis/scripts.hpp"

namespace netherlink::cache::redis {

/// nullptr: not known (away, refused, lost on the way). On the thread of the cache.
using Handler = std::function<void(const Reply* reply)>;

struct Command {
  std::vector<std::string> args;
  std::size_t key = 1;             // the argument that is the key; 0: none
  const Script* script = nullptr;  // EVALSHA; see script_command()
  bool scoped = false;  // the key is of the server's present life alone: a restarted or promoted one has older copies
  bool redirected = true;  // follows MOVED and ASK
  bool hurried = false;    // somebody waits for it: refused at once where the server does not answer
  bool raw = false;        // the handler wants errors too
  bool eval = false;       // the server does not know the script: send its text
  int hops = 0;            // redirections so far
  Handler done;

  void finish(const Reply* reply) {
    if (done) std::exchange(done, nullptr)(reply);
  }
};

inline Command script_command(const Script& script, std::string key, std::vector<std::string> arguments) {
  Command command;
  command.args.reserve(4 + arguments.size());
  command.args = {"EVALSHA", "", "1", std::move(key)};
  for (auto& argument : arguments) command.args.push_back(std::move(argument));
  command.key = 3;
  command.script = &script;
  return command;
}

/// Appends it as RESP. `scope` goes before the key of a scoped command.
void encode(Command& command, std::string_view scope, const ScriptHashes& hashes, std::string& out);

}  // namespace netherlink::cache::redis
