// Decoders of bus payloads and cached messages: any bytes, no crash, no huge allocation.
#include <cstddef>
#include <cstdint>

#include "im/wire.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  namespace wire = netherlink::im::wire;
  std::vector<netherlink::im::Command> commands;
  (void)wire::decode_commands(bytes, commands);
  netherlink::im::Message message;
  (void)wire::decode_message(bytes, message);
  netherlink::im::PushEnvelope envelope;
  (void)wire::decode_push(bytes, envelope);
  return 0;
}
