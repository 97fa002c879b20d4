#pragma once

#include <array>
#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "netherlink/config/config.hpp"

namespace netherlink::config {

/// Where a value is kept. Its type decides how the value is read, checked and printed.
template <class T>
using Field = T& (*)(Config&);
using Target =
    std::variant<Field<std::string>, Field<bool>, Field<std::size_t>, Field<std::uint16_t>, Field<seconds>,
                 Field<milliseconds>, Field<std::vector<std::string>>, Field<Config::Bucket>, Field<log::Level>,
                 Field<std::optional<log::Format>>, Field<std::vector<Config::Vpn::Cell>>>;

/// What is wrong with one text; empty: nothing.
using Check = std::string (*)(std::string_view text);

/// How numbers are meant.
enum class Unit { count, bytes };

/// Who may see a value. `url` hides the password in it alone.
enum class Secrecy { open, secret, url };

constexpr std::int64_t unlimited = std::numeric_limits<std::int64_t>::max();

/// Bounds of a number, both allowed; of durations in milliseconds, of texts in bytes.
struct Range {
  std::int64_t min = 0, max = unlimited;
};

/// One row of the table: everything that is known of a key.
struct Key {
  std::string_view name;
  Target target;
  std::string_view initial = {};                   // the default, as an environment variable would give it
  std::string_view meaning;                        // Markdown, one or two sentences
  Range range = {};                                // not for booleans, lists and rates
  Unit unit = Unit::count;                         // of plain integers
  std::span<const std::string_view> choices = {};  // of a text, or of each text of a list
  Check check = nullptr;                           // likewise
  Secrecy secrecy = Secrecy::open;                 // of the value, or of parts of it
  bool reloadable = false;                         // SIGHUP applies it
  std::string (*computed)() = nullptr;             // instead of `initial`: the default of this machine
  std::string_view computed_note = {};             // and its description
};

/// Every key, in the order of the reference: keys of a section stand together.
const std::vector<Key>& keys();
/// The parts of the table: what clients meet, messages, and what lies behind.
std::span<const Key> edge_keys();
std::span<const Key> people_keys();
std::span<const Key> message_keys();
std::span<const Key> room_keys();
std::span<const Key> attachment_keys();
std::span<const Key> server_keys();
std::span<const Key> vpn_keys();
std::span<const Key> email_keys();
std::span<const Key> e2e_keys();

/// The key of this name, or nullptr.
const Key* find_key(std::string_view name);

/// Whether `<name>_file` may name a file that holds the value.
bool may_be_file(const Key& key);

/// The names of log::Level and of std::optional<log::Format>, in order of their values.
inline constexpr std::array<std::string_view, 5> level_names = {"debug", "info", "warn", "error", "off"};
inline constexpr std::array<std::string_view, 3> format_names = {"auto", "text", "json"};

/// The texts that `key` takes; empty: any.
std::span<const std::string_view> choices(const Key& key);

/// What the reference says of a section (`http.tls`).
std::string_view section_meaning(std::string_view section);

}  // namespace netherlink::config
