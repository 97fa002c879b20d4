#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <variant>

namespace netherlink::log {

enum class Level { debug, info, warn, error, off };
enum class Format { text, json };

/// A named value of a log line. Never give it a password, token, key or message text: names of that kind are masked
/// (see log.cpp), and a test greps a debug log of a full run.
struct Field {
  std::string_view name;
  std::variant<std::string_view, std::int64_t, double, bool> value;

  Field(std::string_view n, std::string_view v) : name(n), value(v) {}
  Field(std::string_view n, const std::string& v) : name(n), value(std::string_view(v)) {}
  Field(std::string_view n, const char* v) : name(n), value(std::string_view(v)) {}
  Field(std::string_view n, bool v) : name(n), value(v) {}
  Field(std::string_view n, double v) : name(n), value(v) {}
  template <class T>
  requires std::is_integral_v<T> Field(std::string_view n, T v) : name(n), value(static_cast<std::int64_t>(v)) {}
};

using Fields = std::initializer_list<Field>;

/// Process-wide, thread-safe; one line per call to standard output. Before configure(): info, text.
void configure(Level level, Format format);
void set_level(Level level);
Level level();

/// `message` is a constant English phrase ("listening"); what varies goes into fields.
void write(Level level, std::string_view message, Fields fields = {});

inline bool enabled(Level wanted) {
  return wanted >= level();
}
inline void debug(std::string_view message, Fields fields = {}) {
  write(Level::debug, message, fields);
}
inline void info(std::string_view message, Fields fields = {}) {
  write(Level::info, message, fields);
}
inline void warn(std::string_view message, Fields fields = {}) {
  write(Level::warn, message, fields);
}
inline void error(std::string_view message, Fields fields = {}) {
  write(Level::error, message, fields);
}

/// Adds request_id and trace_id to every line that this thread writes while it lives. Nests.
class Context {
 public:
  Context(std::string_view request_id, std::string_view trace_id);
  ~Context();
  Context(const Context&) = delete;
  Context& operator=(const Context&) = delete;

 private:
  const Context* outer_;
  std::string_view request_id_, trace_id_;
  friend void write(Level, std::string_view, Fields);
};

}  // namespace netherlink::log
