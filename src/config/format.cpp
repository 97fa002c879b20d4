#include "config/format.hpp"

#include <array>
#include <charconv>

#include "config/units.hpp"
#include "netherlink/core/json_writer.hpp"

namespace netherlink::config {
namespace {

using Cell = Config::Vpn::Cell;

std::string with_suffix(std::int64_t number, std::span<const Suffix> suffixes, std::size_t plain_zero) {
  if (number == 0) return "0" + std::string(suffixes[plain_zero].text);
  for (const auto& suffix : suffixes) {
    if (number % suffix.factor == 0) return std::to_string(number / suffix.factor) + std::string(suffix.text);
  }
  return std::to_string(number);
}

/// A TOML basic string is a JSON string.
std::string toml_string(std::string_view text) {
  std::string out;
  core::append_json_string(out, text);
  return out;
}

std::string shown(const Key& key, std::string_view text, Mask mask) {
  if (mask == Mask::no || text.empty() || key.secrecy == Secrecy::open) return toml_string(text);
  return toml_string(key.secrecy == Secrecy::secret ? "***" : mask_url(text));
}

template <class T>
std::string list(const std::vector<T>& items, auto print) {
  std::string out = "[";
  for (const auto& item : items) out.append(out.size() > 1 ? ", " : "").append(print(item));
  return out + "]";
}

std::string print(const Key& key, const std::string& v, Mask mask) {
  return shown(key, v, mask);
}
std::string print(const Key&, bool v, Mask) {
  return v ? "true" : "false";
}
std::string print(const Key& key, std::size_t v, Mask) {
  return key.unit == Unit::bytes ? toml_string(format_size(static_cast<std::int64_t>(v))) : std::to_string(v);
}
std::string print(const Key&, std::uint16_t v, Mask) {
  return std::to_string(v);
}
std::string print(const Key&, milliseconds v, Mask) {
  return toml_string(format_duration(v.count()));
}
std::string print(const Key& key, const std::vector<std::string>& v, Mask mask) {
  return list(v, [&](const std::string& item) { return shown(key, item, mask); });
}
std::string print(const Key&, const Config::Bucket& v, Mask) {
  return toml_string(format_number(v.burst) + "/" + format_number(v.per_second));
}
std::string print(const Key&, log::Level v, Mask) {
  return toml_string(level_names[static_cast<std::size_t>(v)]);
}
std::string print(const Key&, const std::optional<log::Format>& v, Mask) {
  return toml_string(format_names[v ? static_cast<std::size_t>(*v) + 1 : 0]);
}
std::string print(const Key& key, const std::vector<Cell>& v, Mask mask) {
  return list(v, [&](const Cell& cell) {
    const auto control_url = cell.control_url.empty() ? "" : ", control_url = " + toml_string(cell.control_url);
    return "{name = " + toml_string(cell.name) + ", url = " + toml_string(cell.url) + control_url +
           ", api_key = " + shown(key, cell.api_key, mask) + ", max_nodes = " + std::to_string(cell.max_nodes) + "}";
  });
}

std::string number_text(const Key& key, std::int64_t number, bool duration) {
  if (duration) return format_duration(number);
  return key.unit == Unit::bytes ? format_size(number) : std::to_string(number);
}

/// ` 1 to 256`, introduced by `before`; empty without bounds.
std::string range_text(const Key& key, bool duration, std::string_view before, std::string_view between) {
  if (key.range.min == 0 && key.range.max == unlimited) return {};
  return std::string(before) + number_text(key, key.range.min, duration) + std::string(between) +
         number_text(key, key.range.max, duration);
}

template <class... F>
struct Overloaded : F... {
  using F::operator()...;
};
template <class... F>
Overloaded(F...) -> Overloaded<F...>;

enum class Kind { text, boolean, integer, size, duration, list, bucket, cells };

Kind kind_of(const Key& key) {
  return std::visit(
      Overloaded{[](Field<bool>) { return Kind::boolean; },
                 [&](Field<std::size_t>) { return key.unit == Unit::bytes ? Kind::size : Kind::integer; },
                 [](Field<std::uint16_t>) { return Kind::integer; }, [](Field<seconds>) { return Kind::duration; },
                 [](Field<milliseconds>) { return Kind::duration; },
                 [](Field<std::vector<std::string>>) { return Kind::list; },
                 [](Field<Config::Bucket>) { return Kind::bucket; },
                 [](Field<std::vector<Cell>>) { return Kind::cells; }, [](auto) { return Kind::text; }},
      key.target);
}

}  // namespace

std::string format_value(const Key& key, const Config& config, Mask mask) {
  // Fields only lead to a member; nothing is changed through them here.
  return std::visit([&](auto field) { return print(key, field(const_cast<Config&>(config)), mask); }, key.target);
}

std::string choices_text(const Key& key) {
  std::string out;
  for (const auto choice : choices(key)) out.append(out.empty() ? "" : ", ").append(choice);
  return out;
}

std::string describe_type(const Key& key) {
  const auto of = choices_text(key);
  switch (kind_of(key)) {
    case Kind::boolean:
      return "boolean";
    case Kind::integer:
      return "integer" + range_text(key, false, ", ", " to ");
    case Kind::size:
      return "size" + range_text(key, false, ", ", " to ");
    case Kind::duration:
      return "duration" + range_text(key, true, ", ", " to ");
    case Kind::list:
      return "list" + (of.empty() ? "" : " of " + of);
    case Kind::bucket:
      return "rate";
    case Kind::cells:
      return "list of tables";
    case Kind::text:
      break;
  }
  return of.empty() ? "string" : "one of " + of;
}

std::string expected(const Key& key) {
  const auto of = choices_text(key);
  switch (kind_of(key)) {
    case Kind::boolean:
      return "true or false";
    case Kind::integer:
      return "an integer" + range_text(key, false, " from ", " to ");
    case Kind::size:
      return "a size" + range_text(key, false, " from ", " to ") + " (\"64KiB\", \"1MiB\", or bytes)";
    case Kind::duration:
      return "a duration" + range_text(key, true, " from ", " to ") +
             " (\"250ms\", \"30s\", \"15m\", \"12h\", \"30d\", or seconds)";
    case Kind::list:
      return "a list of " + (of.empty() ? "strings" : of);
    case Kind::bucket:
      return "a rate \"burst/refill a second\", such as \"100/50\" (each from 0.001 to 1000000, burst at least 1)";
    case Kind::cells:
      return "a list of tables {name, url, api_key, max_nodes}";
    case Kind::text:
      break;
  }
  return of.empty() ? "a string" : "one of " + of;
}

std::string format_duration(std::int64_t ms) {
  return with_suffix(ms, duration_suffixes, 3);
}
std::string format_size(std::int64_t bytes) {
  return with_suffix(bytes, size_suffixes, 3);
}

std::string format_number(double number) {
  std::array<char, 32> text;
  return {text.data(), std::to_chars(text.data(), text.data() + text.size(), number).ptr};
}

std::string mask_url(std::string_view url) {
  std::string out;
  for (std::size_t at = 0; at < url.size();) {
    const auto end = std::min(url.find(',', at), url.size());
    const auto one = url.substr(at, end - at);
    const auto scheme = one.find("://");
    const auto authority = scheme == std::string_view::npos ? 0 : scheme + 3;
    const auto host = one.rfind('@');
    const auto colon = one.find(':', authority);
    out.append(out.empty() ? "" : ",");
    if (host != std::string_view::npos && colon < host) {
      out.append(one.substr(0, colon)).append(":***").append(one.substr(host));
    } else {
      out.append(one);
    }
    at = end + 1;
  }
  return out;
}

}  // namespace netherlink::config
