#include "netherlink/core/ids.hpp"

#include <array>
#include <charconv>
#include <chrono>

namespace netherlink::core {
namespace {

constexpr std::size_t max_id_digits = 19;

/// Writes `number` with `width` digits, leading zeros included.
void put_digits(char* at, unsigned number, int width) {
  for (int i = width - 1; i >= 0; --i) {
    at[i] = static_cast<char>('0' + number % 10);
    number /= 10;
  }
}

/// Takes exactly `width` digits off the front of `text`.
std::optional<int> take_digits(std::string_view& text, std::size_t width) {
  if (text.size() < width) return std::nullopt;
  int number = 0;
  for (const char c : text.substr(0, width)) {
    if (c < '0' || c > '9') return std::nullopt;
    number = number * 10 + (c - '0');
  }
  text.remove_prefix(width);
  return number;
}

bool take(std::string_view& text, std::string_view any_of) {
  if (text.empty() || any_of.find(text.front()) == std::string_view::npos) return false;
  text.remove_prefix(1);
  return true;
}

/// Two digits from 0 to `max`.
std::optional<int> take_two(std::string_view& text, int max) {
  const auto number = take_digits(text, 2);
  return number && *number <= max ? number : std::nullopt;
}

/// hh:mm as minutes.
std::optional<int> take_minutes(std::string_view& text) {
  const auto hours = take_two(text, 23);
  if (!hours || !take(text, ":")) return std::nullopt;
  const auto minutes = take_two(text, 59);
  return minutes ? std::optional(*hours * 60 + *minutes) : std::nullopt;
}

/// ".123456" as milliseconds; nothing: 0.
std::optional<int> take_fraction(std::string_view& text) {
  if (!take(text, ".")) return 0;
  int milliseconds = 0, digits = 0;
  for (; !text.empty() && text.front() >= '0' && text.front() <= '9'; text.remove_prefix(1), ++digits) {
    if (digits < 3) milliseconds = milliseconds * 10 + (text.front() - '0');
  }
  if (digits == 0) return std::nullopt;
  for (; digits < 3; ++digits) milliseconds *= 10;
  return milliseconds;
}

/// "Z", or the offset in minutes.
std::optional<int> take_offset(std::string_view& text) {
  if (take(text, "Zz")) return 0;
  const bool west = !text.empty() && text.front() == '-';
  if (!take(text, "+-")) return std::nullopt;
  const auto minutes = take_minutes(text);
  return minutes ? std::optional(west ? -*minutes : *minutes) : std::nullopt;
}

std::optional<std::chrono::sys_days> take_date(std::string_view& text) {
  const auto year = take_digits(text, 4);
  if (!year || !take(text, "-")) return std::nullopt;
  const auto month = take_two(text, 12);
  if (!month || !take(text, "-")) return std::nullopt;
  const auto day = take_two(text, 31);
  if (!day) return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year(*year), std::chrono::month(static_cast<unsigned>(*month)),
                                         std::chrono::day(static_cast<unsigned>(*day))};
  return date.ok() ? std::optional(std::chrono::sys_days(date)) : std::nullopt;
}

}  // namespace

std::optional<std::int64_t> parse_id(std::string_view text) {
  if (text.empty() || text.size() > max_id_digits || text.front() < '1' || text.front() > '9') return std::nullopt;
  std::int64_t number = 0;
  const char* const end = text.data() + text.size();
  const auto [stop, problem] = std::from_chars(text.data(), end, number);
  if (problem != std::errc{} || stop != end) return std::nullopt;
  return number;
}

Timestamp now_ms() {
  using namespace std::chrono;
  return duration_cast<milliseconds>(system_clock::now().time_since_epoch()).count();
}

void append_timestamp(std::string& out, Timestamp time) {
  using namespace std::chrono;
  const sys_time<milliseconds> point{milliseconds(time)};
  const auto day = floor<days>(point);
  const year_month_day date{day};
  const auto in_day = static_cast<unsigned>((point - day).count());
  const auto year = static_cast<int>(date.year());

  std::array<char, 24> text{'0', '0', '0', '0', '-', '0', '0', '-', '0', '0', 'T', '0',
                            '0', ':', '0', '0', ':', '0', '0', '.', '0', '0', '0', 'Z'};
  // RFC 3339 knows the years 0 to 9999 only: what lies outside is shown as the nearest of them.
  put_digits(&text[0], static_cast<unsigned>(year < 0 ? 0 : year > 9999 ? 9999 : year), 4);
  put_digits(&text[5], static_cast<unsigned>(date.month()), 2);
  put_digits(&text[8], static_cast<unsigned>(date.day()), 2);
  put_digits(&text[11], in_day / 3'600'000, 2);
  put_digits(&text[14], in_day / 60'000 % 60, 2);
  put_digits(&text[17], in_day / 1000 % 60, 2);
  put_digits(&text[20], in_day % 1000, 3);
  out.append(text.data(), text.size());
}

std::optional<Timestamp> parse_timestamp(std::string_view text) {
  using namespace std::chrono;
  const auto date = take_date(text);
  if (!date || !take(text, "Tt")) return std::nullopt;
  const auto in_day = take_minutes(text);
  if (!in_day || !take(text, ":")) return std::nullopt;
  const auto second = take_two(text, 59);
  if (!second) return std::nullopt;
  const auto fraction = take_fraction(text);
  if (!fraction) return std::nullopt;
  const auto offset = take_offset(text);
  if (!offset || !text.empty()) return std::nullopt;
  const sys_time<milliseconds> point = *date + minutes(*in_day - *offset) + seconds(*second) + milliseconds(*fraction);
  return point.time_since_epoch().count();
}

std::string format_timestamp(Timestamp time) {
  std::string out;
  append_timestamp(out, time);
  return out;
}

}  // namespace netherlink::core
