#pragma once

#include <string>

#include "config/keys.hpp"

namespace netherlink::config {

enum class Mask { no, yes };

/// The value of `key` as TOML. Masked: secrets as "***", URLs without their passwords.
std::string format_value(const Key& key, const Config& config, Mask mask);

/// "string", "integer, 1 to 256", "duration, 1s to 1h", … for the reference.
std::string describe_type(const Key& key);

/// What a value of this type is called in an error: "an integer from 1 to 256".
std::string expected(const Key& key);

/// "gateway, ingest, push"; empty where any text goes.
std::string choices_text(const Key& key);

std::string format_duration(std::int64_t ms);
std::string format_size(std::int64_t bytes);
/// Shortest decimal form.
std::string format_number(double number);

/// A URL, or several, with passwords as "***".
std::string mask_url(std::string_view url);

}  // namespace netherlink::config
