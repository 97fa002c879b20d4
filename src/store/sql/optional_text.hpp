#pragma once

#include <soci/soci.h>

#include <optional>
#include <string>

namespace netherlink::store::sql {

/// The value and whether it is there, as soci binds what may be NULL.
struct OptionalText {
  std::string value;
  soci::indicator indicator;
  explicit OptionalText(const std::optional<std::string>& from)
      : value(from.value_or("")), indicator(from ? soci::i_ok : soci::i_null) {}
};

}  // namespace netherlink::store::sql
