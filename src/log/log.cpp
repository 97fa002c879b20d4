#include "netherlink/log/log.hpp"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <mutex>

#include "log/mask.hpp"
#include "netherlink/core/ids.hpp"
#include "netherlink/core/json_writer.hpp"

namespace netherlink::log {
namespace {

constexpr std::string_view masked = "***";

std::atomic<Level> current_level = Level::info;
std::atomic<Format> current_format = Format::text;
std::mutex output_mutex;  // a long line may need several write() calls
thread_local const Context* current_context = nullptr;

constexpr std::array<std::string_view, 5> level_names = {"debug", "info", "warn", "error", "off"};
std::string_view name_of(Level level) {
  return level_names[static_cast<std::size_t>(level)];
}

void put(std::string_view line) {
  const std::lock_guard lock(output_mutex);
  while (!line.empty()) {
    const auto written = ::write(STDOUT_FILENO, line.data(), line.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return;  // nowhere left to report it
    line.remove_prefix(static_cast<std::size_t>(written));
  }
}

void append_json_value(core::JsonWriter& json, const Field& field) {
  if (is_secret(field.name)) {
    json.value(masked);
  } else if (const auto* text = std::get_if<std::string_view>(&field.value)) {
    json.value(printable(*text));
  } else {
    std::visit([&json](auto v) { json.value(v); }, field.value);
  }
}

void append_text_value(std::string& out, const Field& field) {
  if (is_secret(field.name)) {
    out.append(masked);
  } else if (const auto* text = std::get_if<std::string_view>(&field.value)) {
    append_text(out, *text);
  } else {
    core::JsonWriter json(out);
    std::visit([&json](auto v) { json.value(v); }, field.value);
  }
}

}  // namespace

void configure(Level level, Format format) {
  current_format = format;
  current_level = level;
}

void set_level(Level level) {
  current_level = level;
}

Level level() {
  return current_level.load(std::memory_order_relaxed);
}

Context::Context(std::string_view request_id, std::string_view trace_id)
    : outer_(current_context), request_id_(request_id), trace_id_(trace_id) {
  current_context = this;
}

Context::~Context() {
  current_context = outer_;
}

void write(Level level, std::string_view message, Fields fields) {
  if (!enabled(level) || level == Level::off) return;
  thread_local std::string line;
  line.clear();
  const Context* const context = current_context;
  if (current_format == Format::json) {
    core::JsonWriter json(line);
    json.begin_object().key("time").timestamp(core::now_ms());
    json.field("level", name_of(level)).field("message", printable(message));
    if (context && !context->request_id_.empty()) json.field("request_id", printable(context->request_id_));
    if (context && !context->trace_id_.empty()) json.field("trace_id", printable(context->trace_id_));
    for (const auto& field : fields) append_json_value(json.key(field.name), field);
    json.end_object();
  } else {
    core::append_timestamp(line, core::now_ms());
    line.append(" ").append(name_of(level)).append(name_of(level).size() < 5 ? "  " : " ");
    line.append(printable(message));
    for (const auto& field : fields) {
      line.append(" ").append(field.name).append("=");
      append_text_value(line, field);
    }
    if (context && !context->request_id_.empty()) append_text(line.append(" request_id="), context->request_id_);
    if (context && !context->trace_id_.empty()) append_text(line.append(" trace_id="), context->trace_id_);
  }
  line.push_back('\n');
  put(line);
}

}  // namespace netherlink::log
