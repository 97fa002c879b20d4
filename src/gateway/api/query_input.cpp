#include "gateway/api/query_input.hpp"

#include <algorithm>
#include <charconv>

namespace netherlink::gateway {
namespace {

constexpr std::int64_t max_page = 200, default_page = 50;

}  // namespace

QueryInput::QueryInput(const Request& request, std::initializer_list<std::string_view> known) : request_(request) {
  for (auto at = request.query.begin(); at != request.query.end(); ++at) {
    const std::string& name = at->first;
    if (std::find(known.begin(), known.end(), name) == known.end()) {
      fail(name.substr(0, 64), "is not a known parameter");
    } else if (std::any_of(request.query.begin(), at, [&](const auto& before) { return before.first == name; })) {
      fail(name, "is given more than once");
    }
  }
}

std::string_view QueryInput::required_text(std::string_view name) {
  const auto value = text(name);
  if (!value) fail(name, "is required");
  return value.value_or(std::string_view());
}

std::optional<std::int64_t> QueryInput::number(std::string_view name, std::int64_t min, std::int64_t max) {
  const auto value = text(name);
  if (!value) return std::nullopt;
  std::int64_t number = 0;
  const char* const end = value->data() + value->size();
  const auto [stop, problem] = std::from_chars(value->data(), end, number);
  if (problem == std::errc{} && stop == end && number >= min && number <= max) return number;
  fail(name, "must be a number from " + std::to_string(min) + " to " + std::to_string(max));
  return std::nullopt;
}

std::size_t QueryInput::page_limit() {
  return static_cast<std::size_t>(number("limit", 1, max_page).value_or(default_page));
}

std::string_view QueryInput::cursor() {
  const auto value = text("cursor");
  if (value && value->empty()) fail_cursor();
  return value.value_or(std::string_view());
}

std::optional<std::int64_t> QueryInput::id_cursor() {
  const auto value = text("cursor");
  if (!value) return std::nullopt;
  const auto id = core::parse_id(*value);
  if (!id) fail_cursor();
  return id;
}

void QueryInput::fail(std::string_view name, std::string message) {
  problems_.push_back({std::string(name), std::move(message)});
}

core::result<void> QueryInput::finish() {
  if (problems_.empty()) return {};
  return core::Error(errors::request_invalid, std::exchange(problems_, {}));
}

}  // namespace netherlink::gateway
