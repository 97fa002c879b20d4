#include "netherlink/core/trace.hpp"

#include <algorithm>
#include <cstdint>
#include <random>

namespace netherlink::core {
namespace {

constexpr std::string_view hex = "0123456789abcdef";
constexpr std::size_t header_length = 55;  // 00-{32}-{16}-{2}

bool is_lower_hex(std::string_view text) {
  return text.find_first_not_of(hex) == std::string_view::npos;
}
bool is_all_zero(std::string_view text) {
  return text.find_first_not_of('0') == std::string_view::npos;
}

/// `words` times 16 random digits, not all zero. The ids need to be unique, not secret.
std::string random_hex(int words) {
  thread_local std::mt19937_64 generator = [] {
    std::random_device device;
    std::seed_seq seed{device(), device(), device(), device(), device(), device(), device(), device()};
    return std::mt19937_64(seed);
  }();
  std::string out;
  do {
    out.clear();
    for (int i = 0; i < words; ++i) {
      std::uint64_t number = generator();
      for (int digit = 0; digit < 16; ++digit, number >>= 4) out.push_back(hex[number & 15]);
    }
  } while (is_all_zero(out));
  return out;
}

}  // namespace

TraceContext TraceContext::start() {
  return {random_hex(2), random_hex(1), false};
}

std::optional<TraceContext> TraceContext::continue_from(std::string_view traceparent) {
  if (traceparent.size() < header_length) return std::nullopt;
  const auto version = traceparent.substr(0, 2), trace = traceparent.substr(3, 32);
  const auto parent = traceparent.substr(36, 16), flags = traceparent.substr(53, 2);
  if (traceparent[2] != '-' || traceparent[35] != '-' || traceparent[52] != '-') return std::nullopt;
  if (!is_lower_hex(version) || !is_lower_hex(trace) || !is_lower_hex(parent) || !is_lower_hex(flags))
    return std::nullopt;
  if (version == "ff" || is_all_zero(trace) || is_all_zero(parent)) return std::nullopt;
  // A later version may say more after another dash; version 00 may not.
  if (traceparent.size() > header_length && (version == "00" || traceparent[header_length] != '-')) return std::nullopt;
  const bool sampled = (hex.find(flags[1]) & 1) != 0;
  return TraceContext{std::string(trace), random_hex(1), sampled};
}

std::string TraceContext::traceparent() const {
  std::string out;
  out.reserve(header_length);
  return out.append("00-").append(trace_id).append("-").append(parent_id).append(sampled ? "-01" : "-00");
}

}  // namespace netherlink::core
