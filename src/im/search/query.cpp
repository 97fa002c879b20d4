#include "im/search/query.hpp"

#include <unicode/uchar.h>
#include <unicode/utf8.h>

#include <algorithm>
#include <cstdint>

#include "netherlink/core/utf8.hpp"

namespace netherlink::im::search {
namespace {

using Kind = Unit::Kind;

constexpr std::size_t most_highlights = 20, most_terms = 8;

core::Error bad_query(std::string message) {
  return {errors::request_invalid, std::vector<core::FieldError>{{"q", std::move(message)}}};
}

enum class Mark { none, blank, quote };

/// What the code point at `at` does to a query; `at` moves behind it.
Mark next_mark(std::string_view text, std::size_t& at) {
  const auto* bytes = reinterpret_cast<const std::uint8_t*>(text.data());
  auto index = static_cast<std::int32_t>(at);
  UChar32 c = 0;
  U8_NEXT_OR_FFFD(bytes, index, static_cast<std::int32_t>(text.size()), c);
  at = static_cast<std::size_t>(index);
  if (c == '"' || c == 0x201C || c == 0x201D) return Mark::quote;  // telephones write “so”
  return u_isUWhiteSpace(c) ? Mark::blank : Mark::none;
}

/// Exact terms of the characters from `begin` to `end`, which stand side by side.
void add_characters(const std::vector<Unit>& units, std::size_t begin, std::size_t end,
                    std::vector<SearchTerm>& terms) {
  if (end - begin == 1) terms.push_back({units[begin].text, false});
  for (auto i = begin + 1; i < end; ++i) terms.push_back({pair_of(units[i - 1], units[i]), false});
}

}  // namespace

core::result<Query> Query::parse(std::string_view text, const SearchLimits& limits) {
  if (!core::is_valid_utf8(text)) return bad_query("must be valid UTF-8");
  if (text.size() > limits.query_bytes) {
    return bad_query("must have at most " + std::to_string(limits.query_bytes) + " bytes");
  }
  Query query;
  bool quoted = false;
  std::size_t begin = 0;
  for (std::size_t at = 0; at < text.size();) {
    const auto here = at;
    const auto mark = next_mark(text, at);
    if (mark == Mark::none || (mark == Mark::blank && quoted)) continue;
    query.add(text.substr(begin, here - begin), !quoted);
    begin = at;
    if (mark == Mark::quote) quoted = !quoted;
  }
  query.add(text.substr(begin), true);  // a phrase without its end is still being written
  for (auto& clause : query.clauses_) clause.prefix = clause.prefix && &clause == &query.clauses_.back();

  std::size_t units = 0, characters = 0;
  for (const auto& clause : query.clauses_) {
    units += clause.units.size();
    for (const auto& unit : clause.units) characters += core::count_code_points(unit.text);
  }
  if (units == 0) return bad_query("must have a letter, a digit or an emoji");
  if (characters < limits.query_chars) {
    return bad_query("must have at least " + std::to_string(limits.query_chars) + " letters and digits");
  }
  if (query.clauses_.size() > limits.query_words) {
    return bad_query("must have at most " + std::to_string(limits.query_words) + " words");
  }
  return query;
}

void Query::add(std::string_view text, bool prefix) {
  auto units = units_of(text);
  if (!units.empty()) clauses_.push_back({std::move(units), prefix});
}

std::vector<SearchTerm> Query::terms() const {
  std::vector<SearchTerm> terms;
  for (const auto& [units, prefix] : clauses_) {
    for (std::size_t i = 0; i < units.size(); ++i) {
      if (units[i].kind != Kind::character) {
        const bool open = prefix && i + 1 == units.size() && units[i].kind == Kind::word;
        terms.push_back({units[i].text, open});
        continue;
      }
      const auto begin = i;
      while (i + 1 < units.size() && are_pair(units[i], units[i + 1])) ++i;
      add_characters(units, begin, i + 1, terms);
    }
  }
  const auto rarer = [](const SearchTerm& a, const SearchTerm& b) {
    return a.text.size() != b.text.size() ? a.text.size() > b.text.size() : a.text < b.text;
  };
  std::ranges::sort(terms, rarer);
  terms.erase(std::unique(terms.begin(), terms.end()), terms.end());
  if (terms.size() > most_terms) terms.resize(most_terms);
  return terms;
}

bool Query::stands_at(const Clause& clause, const std::vector<Unit>& units, std::size_t at) {
  if (units.size() - at < clause.units.size()) return false;
  for (std::size_t i = 0; i < clause.units.size(); ++i) {
    const auto &wanted = clause.units[i], &there = units[at + i];
    const bool open = clause.prefix && i + 1 == clause.units.size() && wanted.kind == Kind::word;
    if (there.kind != wanted.kind) return false;
    if (open ? !there.text.starts_with(wanted.text) : there.text != wanted.text) return false;
    if (i > 0 && are_pair(clause.units[i - 1], wanted) && !there.joined) return false;
  }
  return true;
}

bool Query::find(const Clause& clause, const std::vector<Unit>& units, std::vector<Span>& found) {
  const auto before = found.size();
  for (std::size_t at = 0; at < units.size(); ++at) {
    if (!stands_at(clause, units, at)) continue;
    found.push_back({units[at].begin, units[at + clause.units.size() - 1].end});
  }
  return found.size() > before;
}

std::optional<std::vector<std::string>> Query::match(std::string_view content) const {
  const auto units = units_of(content);
  std::vector<Span> found;
  for (const auto& clause : clauses_) {
    if (!find(clause, units, found)) return std::nullopt;
  }
  std::ranges::sort(found, {}, &Span::begin);
  std::vector<std::string> pieces;
  for (const auto& [begin, end] : found) {
    const auto piece = content.substr(begin, end - begin);
    if (pieces.size() < most_highlights && std::ranges::find(pieces, piece) == pieces.end()) pieces.emplace_back(piece);
  }
  return pieces;
}

}  // namespace netherlink::im::search
