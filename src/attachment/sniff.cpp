#include "attachment/sniff.hpp"

#include <algorithm>
#include <array>

namespace netherlink::attachment {
namespace {

using namespace std::string_view_literals;

struct Magic {
  std::size_t offset;
  std::string_view bytes;
  std::string_view type;
};

/// The first that fits counts.
constexpr std::array magics{
    Magic{0, "\x89PNG\r\n\x1a\n"sv, "image/png"},
    Magic{0, "\xff\xd8\xff"sv, "image/jpeg"},
    Magic{0, "GIF87a"sv, "image/gif"},
    Magic{0, "GIF89a"sv, "image/gif"},
    Magic{8, "WEBPVP8"sv, "image/webp"},
    Magic{8, "WAVE"sv, "audio/wav"},
    Magic{8, "AVI "sv, "video/x-msvideo"},
    Magic{4, "ftypavif"sv, "image/avif"},
    Magic{4, "ftypheic"sv, "image/heic"},
    Magic{4, "ftypmif1"sv, "image/heif"},
    Magic{4, "ftypM4A"sv, "audio/mp4"},
    Magic{4, "ftypqt"sv, "video/quicktime"},
    Magic{4, "ftyp"sv, "video/mp4"},
    Magic{0, "OggS"sv, "audio/ogg"},
    Magic{0, "fLaC"sv, "audio/flac"},
    Magic{0, "ID3"sv, "audio/mpeg"},
    Magic{0, "BM"sv, "image/bmp"},
    Magic{0, "II*\0"sv, "image/tiff"},
    Magic{0, "MM\0*"sv, "image/tiff"},
    Magic{0, "%PDF-"sv, "application/pdf"},
    Magic{0, "PK\x03\x04"sv, "application/zip"},
    Magic{0, "PK\x05\x06"sv, "application/zip"},
    Magic{0, "\x1f\x8b"sv, "application/gzip"},
    Magic{0, "BZh"sv, "application/x-bzip2"},
    Magic{0,
          "\xfd"
          "7zXZ\0"sv,
          "application/x-xz"},
    Magic{0, "7z\xbc\xaf\x27\x1c"sv, "application/x-7z-compressed"},
    Magic{0, "Rar!\x1a\x07"sv, "application/vnd.rar"},
    Magic{0, "\x28\xb5\x2f\xfd"sv, "application/zstd"},
    Magic{257, "ustar"sv, "application/x-tar"},
    Magic{0,
          "\x7f"
          "ELF"sv,
          "application/x-executable"},
    Magic{0, "MZ"sv, "application/vnd.microsoft.portable-executable"},
    Magic{0, "\0asm"sv, "application/wasm"},
    Magic{0, "SQLite format 3\0"sv, "application/vnd.sqlite3"},
};

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
}

bool contains(std::string_view text, std::string_view wanted) {
  const auto same = [](char a, char b) { return lower(a) == b; };
  return std::search(text.begin(), text.end(), wanted.begin(), wanted.end(), same) != text.end();
}

/// UTF-8 without control characters; a character that the end of `head` cuts is none.
bool is_text(std::string_view head) {
  for (std::size_t i = 0; i < head.size();) {
    const auto c = static_cast<unsigned char>(head[i]);
    const bool control = (c < 0x20 && c != '\n' && c != '\r' && c != '\t' && c != '\f' && c != 0x1b) || c == 0x7f;
    if (control) return false;
    const std::size_t length = c < 0x80 ? 1 : c >= 0xc2 && c < 0xe0 ? 2 : (c & 0xf0) == 0xe0 ? 3 : c < 0xf5 ? 4 : 0;
    if (length == 0 || (c >= 0x80 && c < 0xc2)) return false;
    for (std::size_t k = 1; k < length && i + k < head.size(); ++k) {
      if ((static_cast<unsigned char>(head[i + k]) & 0xc0) != 0x80) return false;
    }
    i += length;
  }
  return true;
}

std::string_view kind_of_text(std::string_view text) {
  if (contains(text, "<svg")) return "image/svg+xml";
  for (const auto tag : {"<!doctype html", "<html", "<head", "<body", "<script", "<iframe", "<img", "<a href"}) {
    if (contains(text, tag)) return "text/html";
  }
  const auto start = text.find_first_not_of(" \t\r\n");
  if (start != std::string_view::npos && text.substr(start).starts_with("<?xml")) return "application/xml";
  if (text.starts_with("#!")) return "text/x-shellscript";
  return "text/plain";
}

/// A frame of MPEG audio, layer 3, without a tag before it.
bool is_mpeg_audio(std::string_view head) {
  if (head.size() < 4) return false;
  const auto second = static_cast<unsigned char>(head[1]), third = static_cast<unsigned char>(head[2]);
  const bool layer_3 = (second & 0xe6) == 0xe2;
  return static_cast<unsigned char>(head[0]) == 0xff && layer_3 && (third & 0xf0) != 0xf0 && (third & 0x0c) != 0x0c;
}

/// Matroska, of which WebM is the part that browsers play.
std::string_view kind_of_matroska(std::string_view head) {
  return contains(head.substr(0, 64), "webm") ? "video/webm" : "video/x-matroska";
}

}  // namespace

std::string sniff(std::string_view head) {
  if (head.starts_with("\xef\xbb\xbf")) head.remove_prefix(3);
  for (const auto& magic : magics) {
    if (head.size() < magic.offset || !head.substr(magic.offset).starts_with(magic.bytes)) continue;
    const bool riff = magic.offset == 8;
    if (!riff || head.starts_with("RIFF")) return std::string(magic.type);
  }
  if (head.starts_with("\x1a\x45\xdf\xa3")) return std::string(kind_of_matroska(head));
  if (is_mpeg_audio(head)) return "audio/mpeg";
  if (!head.empty() && is_text(head)) return std::string(kind_of_text(head));
  return "application/octet-stream";
}

}  // namespace netherlink::attachment
