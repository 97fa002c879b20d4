#pragma once

#include <string>
#include <string_view>

#include "netherlink/core/error.hpp"
#include "netherlink/core/json_writer.hpp"
#include "netherlink/im/types.hpp"

namespace netherlink::gateway::ws {

/// Appends one text frame {"type", "id"?, "data"}; `write_data(core::JsonWriter&)` appends the value of data. `id`: of
/// the request that is answered, empty if it had none.
template <class WriteData>
void append_json_frame(std::string& out, std::string_view type, std::string_view id, WriteData write_data);

void append_ack(std::string& out, std::string_view id, const im::Message& message, bool duplicate);
void append_ok(std::string& out, std::string_view id);
/// `client_msg_id`: of the message.send that failed, or empty.
void append_error(std::string& out, std::string_view id, const core::Error& error, std::string_view client_msg_id);

/// One line for people: the detail, and what is wrong with each field.
std::string describe(const core::Error& error);

/// For append_json_frame.
std::size_t begin_json_frame(std::string& out, std::string_view type, std::string_view id);
void end_json_frame(std::string& out, std::size_t start);

template <class WriteData>
void append_json_frame(std::string& out, std::string_view type, std::string_view id, WriteData write_data) {
  const std::size_t start = begin_json_frame(out, type, id);
  core::JsonWriter writer(out);
  write_data(writer);
  end_json_frame(out, start);
}

}  // namespace netherlink::gateway::ws
