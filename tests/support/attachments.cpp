#include "support/attachments.hpp"

#include <zlib.h>

#include <array>
#include <random>

namespace netherlink::test {
namespace {

using nlohmann::json;

void append_number(std::string& out, std::uint32_t value) {
  for (int shift = 24; shift >= 0; shift -= 8) out.push_back(static_cast<char>(value >> shift & 0xff));
}

void append_chunk(std::string& png, const std::string& type, const std::string& data) {
  append_number(png, static_cast<std::uint32_t>(data.size()));
  const auto checked = type + data;
  png += checked;
  append_number(png, static_cast<std::uint32_t>(
                         crc32(0, reinterpret_cast<const Bytef*>(checked.data()), static_cast<uInt>(checked.size()))));
}

std::string png_of(std::uint32_t width, std::uint32_t height, int bits, const std::string& rows) {
  std::string header, png("\x89PNG\r\n\x1a\n");
  append_number(header, width);
  append_number(header, height);
  header.append({static_cast<char>(bits), '\0', '\0', '\0', '\0'});
  append_chunk(png, "IHDR", header);
  std::string packed(compressBound(static_cast<uLong>(rows.size())), '\0');
  auto size = static_cast<uLongf>(packed.size());
  compress(reinterpret_cast<Bytef*>(packed.data()), &size, reinterpret_cast<const Bytef*>(rows.data()),
           static_cast<uLong>(rows.size()));
  packed.resize(size);
  append_chunk(png, "IDAT", packed);
  append_chunk(png, "IEND", {});
  return png;
}

std::string decode_base64(std::string_view text) {
  constexpr std::string_view digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  unsigned bits = 0, value = 0;
  for (const char c : text) {
    if (c == '=') break;
    value = value << 6 | static_cast<unsigned>(digits.find(c));
    bits += 6;
    if (bits < 8) continue;
    bits -= 8;
    out.push_back(static_cast<char>(value >> bits & 0xff));
  }
  return out;
}

}  // namespace

HttpAnswer announce(Person& owner, const std::string& name, std::size_t size) {
  return owner.http.post("/api/v1/attachments", {{"name", name}, {"size", size}});
}

std::string attachment_path(const std::string& id, const std::string& rest) {
  return "/api/v1/attachments/" + id + rest;
}

HttpAnswer send_bytes(Person& owner, const std::string& id, std::size_t offset, std::string_view bytes) {
  return owner.http.request_text("PATCH", attachment_path(id), bytes, "application/octet-stream",
                                 {{"Upload-Offset", std::to_string(offset)}});
}

json upload(Person& owner, std::string_view bytes, const std::string& name) {
  const auto announced = announce(owner, name, bytes.size());
  if (announced.status != 201) throw std::runtime_error("announced: " + announced.body);
  const auto sent = send_bytes(owner, announced.json.at("attachment_id"), 0, bytes);
  if (sent.status != 200) throw std::runtime_error("sent: " + sent.body);
  return sent.json;
}

json attachment_message(const std::string& conversation_id, const json& attachment, const std::string& kind) {
  return {{"conversation_id", conversation_id},
          {"client_msg_id", unique("file")},
          {"kind", kind},
          {"content", ""},
          {"extra", {{"attachment_id", attachment.at("attachment_id")}}}};
}

HttpAnswer post_attachment(Person& sender, const std::string& conversation_id, const json& attachment,
                           const std::string& kind) {
  return sender.http.post("/api/v1/chat/messages", attachment_message(conversation_id, attachment, kind));
}

HttpAnswer content_of(Person& reader, const json& attachment, const Headers& headers) {
  return reader.http.get(attachment_path(attachment.at("attachment_id"), "/content"), headers);
}

std::string make_png(std::uint32_t width, std::uint32_t height, int bits) {
  const auto row = 1 + (std::size_t{width} * static_cast<std::size_t>(bits) + 7) / 8;
  return png_of(width, height, bits, std::string(row * height, '\0'));
}

std::string lying_png(std::uint32_t declared_width, std::uint32_t declared_height) {
  return png_of(declared_width, declared_height, 8, std::string(100, '\0'));
}

std::string sample_jpeg(int orientation) {
  auto jpeg = decode_base64(
      "/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDABALDA4MChAODQ4SERATGCgaGBYWGDEjJR0oOjM9PDkzODdASFxOQERXRTc4UG1RV19iZ2hnPk1xeXBk"
      "eFxlZ2P/2wBDARESEhgVGC8aGi9jQjhCY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2P/wAARCAAQ"
      "ACADASIAAhEBAxEB/8QAFQABAQAAAAAAAAAAAAAAAAAAAAX/xAAUEAEAAAAAAAAAAAAAAAAAAAAA/8QAFgEBAQEAAAAAAAAAAAAAAAAABwUG/8QA"
      "FBEBAAAAAAAAAAAAAAAAAAAAAP/aAAwDAQACEQMRAD8AigJbeI4BQHL/2Q==");
  if (orientation == 0) return jpeg;
  // TIFF, big endian, one directory of two entries: the orientation, and where to find GPS data.
  std::string exif("Exif\0\0MM\0*\0\0\0\x08\0\x02\x01\x12\0\x03\0\0\0\x01\0", 25);
  exif.push_back(static_cast<char>(orientation));
  exif.append("\0\0\x88\x25\0\x04\0\0\0\x01\0\0\0\0\0\0\0\0GPS 48.8584 N 2.2945 E", 40);
  std::string segment("\xff\xe1");
  segment.push_back(static_cast<char>((exif.size() + 2) >> 8));
  segment.push_back(static_cast<char>((exif.size() + 2) & 0xff));
  return jpeg.insert(2, segment + exif);
}

std::string sample_webp() {
  return decode_base64("UklGRhwAAABXRUJQVlA4TA8AAAAvF8ACAAdQ5Ij+ByKi/wEA");
}

std::string sample_gif() {
  return std::string(
      "GIF89a\x0a\0\x06\0\x80\0\0\xff\xff\xff\0\0\0,\0\0\0\0\x0a\0\x06\0\0\x02\x05\x84\x8f\xa9\xcb\x0f\0;", 34);
}

std::string noise(std::size_t size, unsigned seed) {
  std::mt19937_64 random(seed);
  std::string out;
  out.reserve(size + 8);
  while (out.size() < size) {
    const auto value = random();
    out.append(reinterpret_cast<const char*>(&value), sizeof value);
  }
  out.resize(size);
  return out;
}

}  // namespace netherlink::test
