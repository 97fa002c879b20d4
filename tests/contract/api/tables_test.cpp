#include <algorithm>
#include <array>
#include <cstddef>

#include "gateway/api/accounts.hpp"
#include "gateway/api/chat.hpp"
#include "gateway/ws/frames.hpp"
#include "support/catch.hpp"
#include "support/descriptions.hpp"

namespace netherlink::test {
namespace {

/// Storage for what a table's handlers refer to. The tables are only read here: no handler runs, nothing is touched.
template <class T>
T& unused() {
  alignas(T) static std::array<std::byte, sizeof(T)> storage{};
  return *reinterpret_cast<T*>(storage.data());
}

}  // namespace

TEST_CASE("descriptions: the table of frames and asyncapi.yaml name the same", "[descriptions]") {
  std::set<std::string> types;
  for (const auto& row : gateway::ws::frame_types()) types.emplace(row.type);
  CHECK(Descriptions::get().client_frames() == types);
}

}  // namespace netherlink::test
