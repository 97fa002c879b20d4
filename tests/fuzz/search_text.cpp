// libFuzzer: any text is cut into units that lie in it, in order; its tokens are bounded; and what a text says is found
// in it. The first line is the query, the rest is the text.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "im/search/query.hpp"
#include "netherlink/core/utf8.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace netherlink;
  using namespace netherlink::im::search;
  const std::string_view all(reinterpret_cast<const char*>(data), size);
  if (!core::is_valid_utf8(all)) return 0;
  const auto line = all.find('\n');
  const auto wanted = all.substr(0, line), text = line == all.npos ? all : all.substr(line + 1);

  std::size_t end = 0;
  for (const auto& unit : units_of(text)) {
    if (unit.begin < end || unit.end <= unit.begin || unit.end > text.size()) std::abort();
    if (unit.text.empty() || unit.text.size() > token_bytes || !core::is_valid_utf8(unit.text)) std::abort();
    end = unit.end;
  }
  for (const auto& token : tokens_of(text, 100)) {
    if (token.empty() || token.size() > token_bytes) std::abort();
  }

  const im::SearchLimits limits;
  const auto query = Query::parse(wanted, limits);
  if (!query) return 0;
  for (const auto& piece : query->match(text).value_or(std::vector<std::string>())) {
    if (piece.empty() || text.find(piece) == text.npos) std::abort();
  }
  if (!query->match(wanted)) std::abort();
  return 0;
}
