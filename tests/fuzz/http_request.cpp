// libFuzzer: whatever a client sends, and however it is cut, is read the same way, within its limits.
#include <cstdlib>
#include <string>

#include "gateway/http/request_reader.hpp"
#include "netherlink/core/utf8.hpp"

namespace {

using namespace netherlink;
using gateway::RequestReader;
using Status = RequestReader::Status;

constexpr RequestReader::Limits limits{.header_bytes = 1024, .body_bytes = 256};

struct Outcome {
  Status status = Status::need_more;
  std::unique_ptr<RequestReader> reader = RequestReader::create(limits);
  std::size_t left = 0;
};

Outcome read(std::string_view bytes, std::size_t step) {
  Outcome outcome;
  std::string held;
  while (!bytes.empty() && outcome.status == Status::need_more) {
    held += bytes.substr(0, step);
    bytes.remove_prefix(std::min(step, bytes.size()));
    std::string_view input = held;
    do {
      outcome.status = outcome.reader->read(input);
    } while (outcome.status == Status::header);
    held = std::string(input);
    if (outcome.status == Status::need_more && held.size() > limits.header_bytes) std::abort();
  }
  outcome.left = held.size() + bytes.size();
  return outcome;
}

void check(const gateway::Request& request) {
  if (request.body.size() > limits.body_bytes || request.headers.size() > 128) std::abort();
  if (!core::is_valid_utf8(request.path) || request.path.find('\0') != std::string::npos) std::abort();
  if (request.path != "*" && !request.path.starts_with('/')) std::abort();
  for (const auto& [name, value] : request.headers) {
    if (name.empty() || value.find_first_of("\r\n") != std::string::npos) std::abort();
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::size_t step = 1 + data[0] % 64;
  const std::string_view bytes(reinterpret_cast<const char*>(data + 1), size - 1);
  const auto whole = read(bytes, bytes.size()), cut = read(bytes, step);
  if (whole.status == Status::complete) {
    check(*whole.reader->request());
    if (cut.status != Status::complete || cut.left != whole.left) std::abort();
    if (cut.reader->request()->body != whole.reader->request()->body) std::abort();
    if (cut.reader->request()->headers != whole.reader->request()->headers) std::abort();
  }
  // In pieces a mistake may show later, or another first; but what is wrong never becomes right.
  if (whole.status == Status::failed && cut.status == Status::complete) std::abort();
  return 0;
}
