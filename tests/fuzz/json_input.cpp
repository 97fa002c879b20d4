// libFuzzer: JSON from clients either is a strict object, which survives being written and read again, or is refused.
#include "gateway/json_input.hpp"

#include <boost/json/serialize.hpp>
#include <cstdlib>

#include "netherlink/core/utf8.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace netherlink;
  using gateway::JsonInput;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto object = gateway::parse_json_object(text, 16);
  if (!object) {
    if (!object.error().is(errors::request_malformed)) std::abort();
    return 0;
  }
  if (!core::is_valid_utf8(text)) std::abort();

  JsonInput input(*object, JsonInput::Unknown::refuse);
  const auto name = input.optional_string("a", {1, 8});
  if (name && (name->empty() || name->size() > 8 || !core::is_valid_utf8(*name))) std::abort();
  const auto number = input.optional_integer("b", -5, 5);
  if (number && (*number < -5 || *number > 5)) std::abort();
  if (input.optional_id("c").value_or(1) <= 0) std::abort();
  for (const auto id : input.ids("d", 4)) {
    if (id <= 0) std::abort();
  }
  if (input.optional_object_text("e", 32).size() > 32) std::abort();
  const auto finished = input.finish();
  if (!finished && finished.error().fields().empty()) std::abort();

  const auto again = gateway::parse_json_object(boost::json::serialize(*object), 16);
  if (!again) std::abort();
  return 0;
}
