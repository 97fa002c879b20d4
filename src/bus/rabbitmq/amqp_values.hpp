#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "bus/rabbitmq/amqp.hpp"

namespace netherlink::bus::rabbitmq {

/// The same memory, which has to outlive the call it is passed to; the library only reads it.
inline amqp_bytes_t bytes(std::string_view text) {
  return {text.size(), const_cast<char*>(text.data())};
}
inline std::string text(const amqp_bytes_t& bytes) {
  return bytes.len == 0 ? std::string() : std::string(static_cast<const char*>(bytes.bytes), bytes.len);
}

/// An AMQP table that refers to the memory of its names and values.
class Table {
 public:
  void add(std::string_view name, std::string_view value) {
    auto& entry = append(name, AMQP_FIELD_KIND_UTF8);
    entry.value.value.bytes = bytes(value);
  }
  void add(std::string_view name, std::int64_t value) {
    auto& entry = append(name, AMQP_FIELD_KIND_I64);
    entry.value.value.i64 = value;
  }
  void add(std::string_view name, bool value) {
    auto& entry = append(name, AMQP_FIELD_KIND_BOOLEAN);
    entry.value.value.boolean = value ? 1 : 0;
  }
  void add(std::string_view name, const Table& value) {
    auto& entry = append(name, AMQP_FIELD_KIND_TABLE);
    entry.value.value.table = value.get();
  }
  amqp_table_t get() const {
    return {static_cast<int>(entries_.size()), const_cast<amqp_table_entry_t*>(entries_.data())};
  }

 private:
  amqp_table_entry_t& append(std::string_view name, int kind) {
    auto& entry = entries_.emplace_back();
    entry.key = bytes(name);
    entry.value.kind = static_cast<std::uint8_t>(kind);
    return entry;
  }
  std::vector<amqp_table_entry_t> entries_;
};

}  // namespace netherlink::bus::rabbitmq
