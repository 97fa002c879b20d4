#include "gateway/ws/frame_codec.hpp"

#include <algorithm>
#include <cstring>

#include "netherlink/core/utf8.hpp"

namespace netherlink::gateway::ws {
namespace {

constexpr std::size_t max_header = 14, max_control = 125;
constexpr unsigned fin_bit = 0x80, reserved_bits = 0x70, opcode_bits = 0x0F, mask_bit = 0x80, length_bits = 0x7F;
constexpr unsigned length_16 = 126, length_64 = 127;

bool is_control(Opcode opcode) {
  return (static_cast<unsigned>(opcode) & 8) != 0;
}
bool is_known(unsigned opcode) {
  return opcode <= 2 || (opcode >= 8 && opcode <= 10);
}

FrameEvent failure(std::uint16_t code) {
  return {FrameEvent::Kind::error, code, {}};
}

unsigned byte_at(std::span<const char> bytes, std::size_t index) {
  return static_cast<unsigned char>(bytes[index]);
}

FrameEvent close_event(std::string_view payload) {
  if (payload.empty()) return {FrameEvent::Kind::close, 0, {}};
  if (payload.size() == 1) return failure(close_code::protocol_error);
  const auto code = static_cast<std::uint16_t>(byte_at(payload, 0) << 8 | byte_at(payload, 1));
  if (!is_valid_close_code(code)) return failure(close_code::protocol_error);
  const std::string_view reason = payload.substr(2);
  if (!core::is_valid_utf8(reason)) return failure(close_code::invalid_payload);
  return {FrameEvent::Kind::close, code, reason};
}

FrameEvent control_event(Opcode opcode, std::string_view payload) {
  if (opcode == Opcode::close) return close_event(payload);
  return {opcode == Opcode::ping ? FrameEvent::Kind::ping : FrameEvent::Kind::pong, 0, payload};
}

}  // namespace

struct FrameParser::Header {
  bool fin = false;
  Opcode opcode = Opcode::continuation;
  std::array<unsigned char, 4> mask{};
  std::uint64_t length = 0;
  std::size_t size = 0;     // of the header itself; 0: more bytes are needed
  std::uint16_t error = 0;  // what to close with, known as soon as a byte shows it

  static Header parse(std::span<const char> bytes);
};

FrameParser::Header FrameParser::Header::parse(std::span<const char> bytes) {
  Header header;
  const auto fail = [&header] {
    header.error = close_code::protocol_error;
    return header;
  };
  if (bytes.empty()) return header;
  const unsigned first = byte_at(bytes, 0);
  header.fin = (first & fin_bit) != 0;
  if ((first & reserved_bits) != 0 || !is_known(first & opcode_bits)) return fail();
  header.opcode = static_cast<Opcode>(first & opcode_bits);
  if (is_control(header.opcode) && !header.fin) return fail();
  if (bytes.size() < 2) return header;

  const unsigned second = byte_at(bytes, 1), short_length = second & length_bits;
  if ((second & mask_bit) == 0) return fail();
  if (is_control(header.opcode) && short_length > max_control) return fail();
  const std::size_t length_bytes = short_length == length_16 ? 2 : short_length == length_64 ? 8 : 0;
  if (length_bytes == 8 && bytes.size() > 2 && (byte_at(bytes, 2) & 0x80) != 0) return fail();
  if (bytes.size() < 2 + length_bytes) return header;
  header.length = short_length;
  if (length_bytes != 0) {
    header.length = 0;
    for (std::size_t i = 0; i < length_bytes; ++i) header.length = header.length << 8 | byte_at(bytes, 2 + i);
    if (header.length < (length_bytes == 2 ? 126U : 65536U)) return fail();  // not the shortest form
  }
  const std::size_t size = 2 + length_bytes + header.mask.size();
  if (bytes.size() < size) return header;
  std::memcpy(header.mask.data(), bytes.data() + 2 + length_bytes, header.mask.size());
  header.size = size;
  return header;
}

/// A frame that is cut, or a message of which fragments are missing.
struct FrameParser::Partial {
  std::array<char, max_header> head{};
  std::size_t head_size = 0;  // bytes of a cut header
  bool in_payload = false;
  Header frame;            // whose payload is being read
  std::uint64_t done = 0;  // bytes of that payload
  bool in_message = false;
  bool text = false;
  bool delivered = false;  // what next() answered last lies here
  core::Utf8Validator utf8;
  std::string message, control;
};

FrameParser::FrameParser(std::size_t message_limit) : message_limit_(message_limit) {}
FrameParser::~FrameParser() = default;
FrameParser::FrameParser(FrameParser&&) noexcept = default;
FrameParser& FrameParser::operator=(FrameParser&&) noexcept = default;

/// Rules that depend on what came before. 0: all is well.
std::uint16_t FrameParser::check(const Header& header) const {
  if (is_control(header.opcode)) return 0;
  const bool in_message = partial_ && partial_->in_message;
  if ((header.opcode == Opcode::continuation) != in_message) return close_code::protocol_error;
  const std::size_t held = in_message ? partial_->message.size() : 0;
  return header.length > message_limit_ - held ? close_code::too_big : 0;
}

FrameEvent FrameParser::next(std::span<char>& input) {
  if (partial_) return next_cut(input);
  if (input.empty()) return {};
  const Header header = Header::parse(input);
  if (header.error != 0) return failure(header.error);
  if (header.size != 0) {
    if (const auto code = check(header); code != 0) return failure(code);
    if (header.fin && header.length <= input.size() - header.size) {
      const auto payload = input.subspan(header.size, static_cast<std::size_t>(header.length));
      input = input.subspan(header.size + payload.size());
      unmask(payload, header.mask, 0);
      const std::string_view view(payload.data(), payload.size());
      if (is_control(header.opcode)) return control_event(header.opcode, view);
      if (header.opcode == Opcode::binary) return {FrameEvent::Kind::binary, 0, view};
      if (!core::is_valid_utf8(view)) return failure(close_code::invalid_payload);
      return {FrameEvent::Kind::text, 0, view};
    }
  }
  partial_ = std::make_unique<Partial>();
  return next_cut(input);
}

FrameEvent FrameParser::next_cut(std::span<char>& input) {
  Partial& p = *partial_;
  if (p.delivered) {
    p.delivered = false;
    p.control.clear();
    if (!p.in_message) {
      partial_.reset();
      return next(input);
    }
  }
  while (true) {
    while (!p.in_payload) {
      if (input.empty()) return {};
      p.head[p.head_size++] = input.front();
      input = input.subspan(1);
      const Header header = Header::parse(std::span(p.head).first(p.head_size));
      if (header.error != 0) return failure(header.error);
      if (header.size == 0) continue;
      if (const auto code = check(header); code != 0) return failure(code);
      p.frame = header;
      p.head_size = 0;
      p.done = 0;
      p.in_payload = true;
      if (header.opcode == Opcode::text || header.opcode == Opcode::binary) {
        p.in_message = true;
        p.text = header.opcode == Opcode::text;
      }
    }
    const FrameEvent event = take_payload(input);
    if (event.kind != FrameEvent::Kind::need_more || input.empty()) return event;
  }
}

FrameEvent FrameParser::take_payload(std::span<char>& input) {
  Partial& p = *partial_;
  const auto take =
      input.first(static_cast<std::size_t>(std::min<std::uint64_t>(input.size(), p.frame.length - p.done)));
  input = input.subspan(take.size());
  unmask(take, p.frame.mask, static_cast<std::size_t>(p.done));
  p.done += take.size();
  const std::string_view bytes(take.data(), take.size());
  if (is_control(p.frame.opcode)) {
    p.control.append(bytes);
  } else {
    if (p.text && !p.utf8.feed(bytes)) return failure(close_code::invalid_payload);
    p.message.append(bytes);
  }
  return p.done == p.frame.length ? finish_frame() : FrameEvent{};
}

FrameEvent FrameParser::finish_frame() {
  Partial& p = *partial_;
  p.in_payload = false;
  if (is_control(p.frame.opcode)) {
    p.delivered = true;
    return control_event(p.frame.opcode, p.control);
  }
  if (!p.frame.fin) return {};
  if (p.text && !p.utf8.complete()) return failure(close_code::invalid_payload);
  p.in_message = false;
  p.delivered = true;
  return {p.text ? FrameEvent::Kind::text : FrameEvent::Kind::binary, 0, p.message};
}

void unmask(std::span<char> data, std::array<unsigned char, 4> mask, std::size_t offset) {
  std::array<unsigned char, 8> key{};
  for (std::size_t i = 0; i < key.size(); ++i) key[i] = mask[(offset + i) % mask.size()];
  std::uint64_t word_key = 0;
  std::memcpy(&word_key, key.data(), sizeof word_key);
  char* at = data.data();
  std::size_t left = data.size();
  for (; left >= sizeof word_key; at += sizeof word_key, left -= sizeof word_key) {
    std::uint64_t word = 0;
    std::memcpy(&word, at, sizeof word);
    word ^= word_key;
    std::memcpy(at, &word, sizeof word);
  }
  for (std::size_t i = 0; i < left; ++i) at[i] = static_cast<char>(static_cast<unsigned char>(at[i]) ^ key[i]);
}

bool is_valid_close_code(std::uint16_t code) {
  if (code >= 3000) return code <= 4999;
  if (code < 1000 || code > 1014) return false;
  return code != 1004 && code != 1005 && code != 1006;
}

}  // namespace netherlink::gateway::ws
