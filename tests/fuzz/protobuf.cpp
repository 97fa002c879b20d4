// libFuzzer: bytes of a client either are a Frame, which is a frame in JSON that may be written and read again, or are
// refused.
#include <boost/json/serialize.hpp>
#include <cstdlib>

#include "gateway/json_input.hpp"
#include "gateway/proto/decode.hpp"
#include "gateway/proto/encode.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace netherlink;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const auto frame = gateway::proto::decode_frame(bytes, 16);
  if (!frame) {
    if (!frame.error().is(errors::frame_malformed) || frame.error().detail().empty()) std::abort();
    return 0;
  }
  const auto text = boost::json::serialize(*frame);
  if (!gateway::parse_json_object(text, 20)) std::abort();
  if (frame->at("type").as_string().empty()) return 0;

  // The same Frame says the same.
  std::string written;
  gateway::proto::append_frame(written, text);
  const auto again = gateway::proto::decode_frame(written, 16);
  if (!again || again->at("type") != frame->at("type")) std::abort();
  return 0;
}
