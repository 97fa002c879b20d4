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

std::string format_timestamp(Timestamp time) {
  std::string out;
  append_timestamp(out, time);
  return out;
}

}  // namespace netherlink::core
