#pragma once

#include <algorithm>
#include <cstdint>
#include <span>
#include <string>

namespace netherlink::store::sql {

constexpr std::size_t ids_per_statement = 500;

/// "1,2,3", for IN (…): numbers need no binding.
inline std::string id_list(std::span<const std::int64_t> ids) {
  std::string out;
  for (const auto id : ids) {
    if (!out.empty()) out += ',';
    out += std::to_string(id);
  }
  return out;
}

/// Calls use(list) for pieces of `ids` short enough for one statement.
template <class Use>
void for_each_id_list(std::span<const std::int64_t> ids, const Use& use) {
  while (!ids.empty()) {
    const auto count = std::min(ids.size(), ids_per_statement);
    use(id_list(ids.first(count)));
    ids = ids.subspan(count);
  }
}

}  // namespace netherlink::store::sql
