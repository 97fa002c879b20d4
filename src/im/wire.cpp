#include "im/wire.hpp"

#include "im/wire_parts.hpp"

namespace netherlink::im::wire {
namespace {

constexpr std::uint8_t command_types = 3, change_kinds = 5;

void take_command(Reader& r, Command& c) {
  c.type = r.enumeration<Command::Type>(command_types);
  c.conversation = take_conversation(r);
  c.user_id = r.i64();
  c.origin = take_origin(r);
  c.instance = r.text();
  if (c.type == Command::Type::mark) {
    c.wanted = take_marks(r);
    return;
  }
  if (c.type == Command::Type::change) {
    c.change = r.enumeration<ChangeKind>(change_kinds);
    c.change_id = r.i64();
    c.message_id = r.i64();
    c.seq = r.i64();
    c.content = r.text();
    return;
  }
  c.client_msg_id = r.text();
  c.content = r.text();
  c.extra = r.text();
  c.kind = r.enumeration<MessageKind>(message_kinds);
  c.reply_to = r.i64();
  c.mentions = take_ids(r);
  take_quote(r, c.quote);
  take_signature(r, c.signature);
}

}  // namespace

void begin_commands(std::string& out) {
  Writer(out).u8(version);
}

void append_command(std::string& out, const Command& command) {
  Writer w(out);
  w.u8(static_cast<std::uint8_t>(command.type));
  w.text(command.conversation.text);
  w.i64(command.user_id);
  put(w, command.origin);
  w.text(command.instance);
  if (command.type == Command::Type::mark) return put(w, command.wanted);
  if (command.type == Command::Type::change) {
    w.u8(static_cast<std::uint8_t>(command.change));
    w.i64(command.change_id);
    w.i64(command.message_id);
    w.i64(command.seq);
    w.text(command.content);
    return;
  }
  w.text(command.client_msg_id);
  w.text(command.content);
  w.text(command.extra);
  w.u8(static_cast<std::uint8_t>(command.kind));
  w.i64(command.reply_to);
  put(w, command.mentions);
  put(w, command.quote);
  put(w, command.signature);
}

bool decode_commands(std::string_view payload, std::vector<Command>& out) {
  Reader r(payload);
  if (r.u8() != version) return false;
  while (r.ok() && !r.at_end()) {
    Command command;
    take_command(r, command);
    if (r.ok()) out.push_back(std::move(command));
  }
  return r.ok();
}

std::string encode_message(const Message& message) {
  std::string out;
  out.reserve(128 + message.content.size() + message.extra.size());
  Writer w(out);
  w.u8(version);
  put_without_quote(w, message);
  put(w, std::optional<Quote>());
  return out;
}

bool decode_message(std::string_view bytes, Message& out) {
  Reader r(bytes);
  if (r.u8() != version) return false;
  take_message(r, out);
  return r.ok() && r.at_end();
}

}  // namespace netherlink::im::wire
