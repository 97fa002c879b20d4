#pragma once

#include <bit>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

namespace netherlink::im::wire {

static_assert(std::endian::native == std::endian::little, "the wire format is little endian");

/// Appends fixed-width numbers and length-prefixed texts.
class Writer {
 public:
  explicit Writer(std::string& out) : out_(out) {}

  void u8(std::uint8_t v) { out_.push_back(static_cast<char>(v)); }
  void u32(std::uint32_t v) { fixed(v); }
  void u64(std::uint64_t v) { fixed(v); }
  void i64(std::int64_t v) { fixed(v); }
  void count(std::size_t n) { u32(static_cast<std::uint32_t>(n)); }
  void text(std::string_view s) {
    count(s.size());
    out_.append(s);
  }

 private:
  template <class T>
  void fixed(T v) {
    char bytes[sizeof v];
    std::memcpy(bytes, &v, sizeof v);
    out_.append(bytes, sizeof v);
  }

  std::string& out_;
};

/// Reads what Writer wrote. After the first read beyond the end ok() is false and every value is empty.
class Reader {
 public:
  explicit Reader(std::string_view in) : in_(in) {}

  std::uint8_t u8() { return fixed<std::uint8_t>(); }
  std::uint32_t u32() { return fixed<std::uint32_t>(); }
  std::uint64_t u64() { return fixed<std::uint64_t>(); }
  std::int64_t i64() { return fixed<std::int64_t>(); }
  std::string_view text() {
    const auto size = u32();
    if (!ok_ || in_.size() < size) return fail(), std::string_view();
    const auto s = in_.substr(0, size);
    in_.remove_prefix(size);
    return s;
  }
  /// A count of elements of at least `element_bytes` each: a false one is seen before anything is reserved.
  std::size_t count(std::size_t element_bytes) {
    const auto n = u32();
    if (n > in_.size() / element_bytes) return fail(), 0;
    return n;
  }
  /// A number below `limit`, as an enumeration.
  template <class E>
  E enumeration(std::uint8_t limit) {
    const auto v = u8();
    if (v >= limit) return fail(), E{};
    return static_cast<E>(v);
  }

  bool ok() const { return ok_; }
  bool at_end() const { return in_.empty(); }
  void fail() {
    ok_ = false;
    in_ = {};
  }

 private:
  template <class T>
  T fixed() {
    if (in_.size() < sizeof(T)) return fail(), T{};
    T v;
    std::memcpy(&v, in_.data(), sizeof v);
    in_.remove_prefix(sizeof v);
    return v;
  }

  std::string_view in_;
  bool ok_ = true;
};

}  // namespace netherlink::im::wire
