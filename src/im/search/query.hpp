#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "im/search/text.hpp"
#include "netherlink/im/ports.hpp"
#include "netherlink/im/service.hpp"

namespace netherlink::im::search {

/// What somebody looks for. Words beside each other must all be there, the last one as the beginning of a word; "words
/// between quotation marks" must be there in this order, as must what is written without a blank (`don't`, `今日`).
class Query {
 public:
  /// request.invalid for `q`.
  static core::result<Query> parse(std::string_view text, const SearchLimits& limits);

  /// What the index is asked for: a message that matches has had all of them. The rarest (longest) first.
  std::vector<SearchTerm> terms() const;

  /// Whether the text has everything: the pieces of it that match, each once, as they stand there.
  std::optional<std::vector<std::string>> match(std::string_view content) const;

 private:
  struct Clause {
    std::vector<Unit> units;  // one behind the other
    bool prefix = false;      // the last one may go on, if it is a word
  };
  struct Span {
    std::size_t begin = 0, end = 0;
  };

  void add(std::string_view text, bool prefix);
  static bool stands_at(const Clause& clause, const std::vector<Unit>& units, std::size_t at);
  static bool find(const Clause& clause, const std::vector<Unit>& units, std::vector<Span>& found);

  std::vector<Clause> clauses_;
};

}  // namespace netherlink::im::search
