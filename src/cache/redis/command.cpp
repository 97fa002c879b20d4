#include "cache/redis/command.hpp"

#include <new>

namespace netherlink::cache::redis {

void encode(Command& command, std::string_view scope, const ScriptHashes& hashes, std::string& out) {
  if (command.script != nullptr) {
    const auto& hash = hashes[command.script->index];
    const bool by_hash = !command.eval && !hash.empty();
    command.args[0] = by_hash ? "EVALSHA" : "EVAL";
    command.args[1] = by_hash ? std::string_view(hash) : command.script->text;
  }
  std::string scoped_key;
  std::vector<const char*> texts;
  std::vector<std::size_t> sizes;
  texts.reserve(command.args.size());
  sizes.reserve(command.args.size());
  for (std::size_t i = 0; i < command.args.size(); ++i) {
    const auto* text = &command.args[i];
    if (command.scoped && i == command.key) text = &(scoped_key.append(scope).append(":").append(*text));
    texts.push_back(text->data());
    sizes.push_back(text->size());
  }
  char* bytes = nullptr;
  const auto size = redisFormatCommandArgv(&bytes, static_cast<int>(texts.size()), texts.data(), sizes.data());
  if (size < 0) throw std::bad_alloc();
  out.append(bytes, static_cast<std::size_t>(size));
  redisFreeCommand(bytes);
}

}  // namespace netherlink::cache::redis
