#include "gateway/ws/server_frames.hpp"

#include "gateway/encode.hpp"
#include "gateway/ws/frame_codec.hpp"

namespace netherlink::gateway::ws {

std::size_t begin_json_frame(std::string& out, std::string_view type, std::string_view id) {
  const std::size_t start = begin_frame(out);
  out += R"({"type":")";
  out += type;
  out += '"';
  if (!id.empty()) {
    out += R"(,"id":)";
    core::append_json_string(out, id);
  }
  out += R"(,"data":)";
  return start;
}

void end_json_frame(std::string& out, std::size_t start) {
  out += '}';
  end_frame(out, start);
}

void append_ack(std::string& out, std::string_view id, const im::Message& message, bool duplicate) {
  append_json_frame(out, "message.ack", id, [&](core::JsonWriter& data) { write_ack(data, message, duplicate); });
}

void append_ok(std::string& out, std::string_view id) {
  append_json_frame(out, "ok", id, [](core::JsonWriter& data) { data.raw("{}"); });
}

std::string describe(const core::Error& error) {
  std::string text(error.detail());
  const char* separator = ": ";
  for (const auto& field : error.fields()) {
    text += separator;
    text += field.field.empty() ? field.message : field.field + " " + field.message;
    separator = "; ";
  }
  return text;
}

void append_error(std::string& out, std::string_view id, const core::Error& error, std::string_view client_msg_id) {
  append_json_frame(out, "error", id, [&](core::JsonWriter& data) {
    data.begin_object().field("code", error.code().name).field("message", describe(error));
    if (const auto wait = error.retry_after()) data.field("retry_after_ms", wait->count());
    if (!client_msg_id.empty()) data.field("client_msg_id", client_msg_id);
    data.end_object();
  });
}

}  // namespace netherlink::gateway::ws
