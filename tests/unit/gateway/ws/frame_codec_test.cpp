#include "gateway/ws/frame_codec.hpp"

#include <algorithm>
#include <random>
#include <vector>

#include "support/catch.hpp"
#include "unit/gateway/ws/ws_bytes.hpp"

// The ideas of the Autobahn test suite (groups 1 to 7, 9 and 10) against the codec itself: every case is fed whole,
// byte by byte, and cut at every place, and must give the same events.
namespace netherlink::gateway::ws {
namespace {

using test::ClientFrame;
using test::close_payload;
using Kind = FrameEvent::Kind;

constexpr std::size_t limit = 200'000;

struct Seen {
  Kind kind;
  std::uint16_t code = 0;
  std::string payload = {};
  bool operator==(const Seen&) const = default;
};

std::ostream& operator<<(std::ostream& out, const Seen& seen) {
  return out << static_cast<int>(seen.kind) << ":" << seen.code << ":" << seen.payload.substr(0, 40) << "("
             << seen.payload.size() << ")";
}

using Events = std::vector<Seen>;

/// Feeds `pieces` one after the other, each in a buffer of its own that is overwritten afterwards.
Events feed(const std::vector<std::string_view>& pieces, std::size_t message_limit = limit) {
  FrameParser parser(message_limit);
  Events events;
  for (const auto piece : pieces) {
    std::vector<char> buffer(piece.begin(), piece.end());
    std::span<char> input(buffer);
    while (true) {
      const FrameEvent event = parser.next(input);
      if (event.kind == Kind::need_more) break;
      events.push_back({event.kind, event.code, std::string(event.payload)});
      if (event.kind == Kind::close || event.kind == Kind::error) return events;
    }
    CHECK(input.empty());
    std::fill(buffer.begin(), buffer.end(), '#');
  }
  return events;
}

/// All ways to cut once, and byte by byte; long inputs are cut at fewer places.
void check(const std::string& bytes, const Events& expected, std::size_t message_limit = limit) {
  CHECK(feed({bytes}, message_limit) == expected);
  const std::size_t step = std::max<std::size_t>(1, bytes.size() / 300);
  for (std::size_t cut = 1; cut < bytes.size(); cut += step) {
    const auto all = std::string_view(bytes);
    if (feed({all.substr(0, cut), all.substr(cut)}, message_limit) != expected) {
      INFO("cut at " << cut);
      CHECK(feed({all.substr(0, cut), all.substr(cut)}, message_limit) == expected);
    }
  }
  std::vector<std::string_view> single;
  for (std::size_t i = 0; i < bytes.size(); ++i) single.push_back(std::string_view(bytes).substr(i, 1));
  CHECK(feed(single, message_limit) == expected);
}

std::string join(const std::vector<ClientFrame>& frames) {
  std::string bytes;
  for (const auto& frame : frames) bytes += frame.encode();
  return bytes;
}

Seen text(std::string payload) {
  return {Kind::text, 0, std::move(payload)};
}
Seen error(std::uint16_t code) {
  return {Kind::error, code};
}

}  // namespace

TEST_CASE("ws codec 1: messages of every length") {
  for (const std::size_t size : {0U, 1U, 125U, 126U, 127U, 128U, 1000U, 65535U, 65536U, 100'000U}) {
    INFO(size);
    check(ClientFrame{1, std::string(size, 'x')}.encode(), {text(std::string(size, 'x'))});
    check(ClientFrame{2, std::string(size, '\xFE')}.encode(), {{Kind::binary, 0, std::string(size, '\xFE')}});
  }
}

TEST_CASE("ws codec 2: pings and pongs") {
  for (const std::size_t size : {0U, 5U, 125U}) {
    const std::string payload(size, '\xFF');
    check(ClientFrame{9, payload}.encode(), {{Kind::ping, 0, payload}});
    check(ClientFrame{10, payload}.encode(), {{Kind::pong, 0, payload}});
  }
  check(ClientFrame{9, std::string(126, 'x')}.encode(), {error(1002)});
  check(ClientFrame{10, std::string(126, 'x')}.encode(), {error(1002)});
  std::vector<ClientFrame> many;
  Events pings;
  for (int i = 0; i < 10; ++i) {
    many.push_back({9, std::to_string(i)});
    pings.push_back({Kind::ping, 0, std::to_string(i)});
  }
  check(join(many), pings);
}

TEST_CASE("ws codec 3: reserved bits") {
  for (std::uint8_t bits = 1; bits < 8; ++bits) {
    for (const int opcode : {1, 2, 8, 9, 10}) {
      ClientFrame frame{static_cast<std::uint8_t>(opcode), ""};
      frame.reserved = bits;
      check(ClientFrame{1, "before"}.encode() + frame.encode(), {text("before"), error(1002)});
    }
  }
}

TEST_CASE("ws codec 4: reserved opcodes") {
  for (const int number : {3, 4, 5, 6, 7, 11, 12, 13, 14, 15}) {
    const auto opcode = static_cast<std::uint8_t>(number);
    check(ClientFrame{opcode, ""}.encode(), {error(1002)});
    check(ClientFrame{opcode, "reserved"}.encode() + ClientFrame{9, ""}.encode(), {error(1002)});
    check(join({{1, "fragment", false}, {opcode, ""}}), {error(1002)});
  }
}

TEST_CASE("ws codec 5: fragments") {
  check(join({{9, "cut", false}}), {error(1002)});
  check(join({{8, "", false}}), {error(1002)});
  check(join({{1, "one,", false}, {0, "two"}}), {text("one,two")});
  check(join({{2, "one,", false}, {0, "two"}}), {{Kind::binary, 0, "one,two"}});
  check(join({{1, "one,", false}, {9, "ping"}, {0, "two"}}), {{Kind::ping, 0, "ping"}, text("one,two")});
  check(join({{1, "", false}, {0, "", false}, {0, ""}}), {text("")});
  check(join({{1, "a", false}, {10, ""}, {0, "b", false}, {9, ""}, {0, "c"}, {1, "d"}}),
        {{Kind::pong}, {Kind::ping}, text("abc"), text("d")});
  check(join({{0, "nothing to continue"}}), {error(1002)});
  check(join({{0, "nothing to continue", false}}), {error(1002)});
  check(join({{1, "whole"}, {0, "nothing to continue"}}), {text("whole"), error(1002)});
  check(join({{1, "first", false}, {1, "second"}}), {error(1002)});
  check(join({{1, "first", false}, {2, "second", false}}), {error(1002)});
  check(join({{1, "first", false}, {8, close_payload(1000)}}), {{Kind::close, 1000}});
}

TEST_CASE("ws codec 6: UTF-8, refused at the first bad byte") {
  const std::string valid = "Hello-\xC2\xB5@\xC3\x9F\xC3\xB6\xC3\xA4-UTF-8!! \xF0\x9F\x98\x80";
  check(ClientFrame{1, valid}.encode(), {text(valid)});
  for (std::size_t cut = 0; cut <= valid.size(); ++cut) {
    check(join({{1, valid.substr(0, cut), false}, {0, valid.substr(cut)}}), {text(valid)});
  }
  const std::vector<std::string> invalid = {"\x80",
                                            "\xBF",
                                            "\xC0\xAF",
                                            "\xC1\xBF",
                                            "\xE0\x80\xAF",
                                            "\xE0\x9F\xBF",
                                            "\xED\xA0\x80",
                                            "\xED\xBF\xBF",
                                            "\xF0\x80\x80\x80",
                                            "\xF0\x8F\xBF\xBF",
                                            "\xF4\x90\x80\x80",
                                            "\xF5\x80\x80\x80",
                                            "\xF8\x88\x80\x80\x80",
                                            "\xFC\x84\x80\x80\x80\x80",
                                            "\xFE",
                                            "\xFF",
                                            "\xC2",
                                            "\xE2\x82",
                                            "\xF0\x9F\x98",
                                            "\xCE\xBA\xE1\xBD\xB9\xED\xA0\x80",
                                            std::string("\xC3\x28"),
                                            std::string("\xE2\x28\xA1"),
                                            std::string("\xF0\x28\x8C\xBC")};
  for (const auto& bad : invalid) {
    check(ClientFrame{1, "ok" + bad}.encode(), {error(1007)});
    check(join({{1, "ok", false}, {0, bad}}), {error(1007)});
  }
  for (const auto* good : {"\xEF\xBF\xBE", "\xEF\xBF\xBF", "\xF4\x8F\xBF\xBF", "\xED\x9F\xBF", "\xEE\x80\x80"}) {
    check(ClientFrame{1, good}.encode(), {text(good)});
  }
  // A text with U+0000 is valid UTF-8; what a message may hold is not the codec's business.
  check(ClientFrame{1, std::string("\0", 1)}.encode(), {text(std::string("\0", 1))});
}

TEST_CASE("ws codec 6.4: fails before the frame, and before the message, is complete") {
  const auto fails_after = [](const std::string& bytes) { return feed({bytes}) == Events{error(1007)}; };
  ClientFrame frame{1, "\xCE\xBA\xE1\xBD\xB9\xCF\x83\xCE\xBC\xCE\xB5\xF4\x90\x80\x80" + std::string(50, 'x')};
  const std::string bytes = frame.encode();
  const std::size_t header = 6, bad = 12;  // F4 may still become a character, F4 90 may not
  CHECK(feed({std::string_view(bytes).substr(0, header + bad)}).empty());
  CHECK(fails_after(bytes.substr(0, header + bad + 1)));
  CHECK(fails_after(join({{1, "fine", false}, {0, "\xF5", false}})));
  // A binary message is nobody's text.
  check(ClientFrame{2, "\xF5\xFF"}.encode(), {{Kind::binary, 0, "\xF5\xFF"}});
}

TEST_CASE("ws codec 7: close") {
  check(ClientFrame{8, ""}.encode(), {{Kind::close, 0}});
  check(ClientFrame{8, "x"}.encode(), {error(1002)});
  check(ClientFrame{8, close_payload(1000, "bye")}.encode(), {{Kind::close, 1000, "bye"}});
  check(ClientFrame{8, close_payload(1000, std::string(123, 'r'))}.encode(),
        {{Kind::close, 1000, std::string(123, 'r')}});
  check(ClientFrame{8, close_payload(1000, std::string(124, 'r'))}.encode(), {error(1002)});
  check(ClientFrame{8, close_payload(1000, "\xCE\xBA\xED\xA0\x80")}.encode(), {error(1007)});
  check(join({{8, close_payload(1000)}, {9, "ignored"}, {1, "ignored"}}), {{Kind::close, 1000}});
  for (const int code :
       {1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014, 3000, 3999, 4000, 4999}) {
    check(ClientFrame{8, close_payload(code)}.encode(), {{Kind::close, static_cast<std::uint16_t>(code)}});
  }
  for (const int code : {0, 1, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 65535}) {
    INFO(code);
    check(ClientFrame{8, close_payload(code)}.encode(), {error(1002)});
  }
}

TEST_CASE("ws codec 9: the limit of a message, as soon as a header shows it") {
  constexpr std::size_t small = 1000;
  check(ClientFrame{1, std::string(small, 'x')}.encode(), {text(std::string(small, 'x'))}, small);
  const std::string over = ClientFrame{1, std::string(small + 1, 'x')}.encode();
  check(over, {error(1009)}, small);
  CHECK(feed({std::string_view(over).substr(0, 8)}, small) == Events{error(1009)});
  check(join({{1, std::string(small, 'x'), false}, {0, ""}}), {text(std::string(small, 'x'))}, small);
  check(join({{1, std::string(small, 'x'), false}, {0, "y"}}), {error(1009)}, small);
  check(join({{1, std::string(600, 'x'), false}, {9, "p"}, {0, std::string(600, 'x')}}),
        {{Kind::ping, 0, "p"}, error(1009)}, small);
  const std::string huge("\x81\xFF\x7F\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x01\x02\x03\x04", 14);
  check(huge, {error(1009)}, small);
}

TEST_CASE("ws codec 10: thousands of fragments, and messages in one read") {
  std::string bytes, whole;
  for (int i = 0; i < 2000; ++i) {
    const std::string part = std::to_string(i) + ",";
    bytes += ClientFrame{static_cast<std::uint8_t>(i == 0 ? 1 : 0), part, i == 1999}.encode();
    whole += part;
  }
  check(bytes, {text(whole)});
  std::string many;
  Events expected;
  for (int i = 0; i < 300; ++i) {
    many += ClientFrame{1, std::string(static_cast<std::size_t>(i), 'm')}.encode();
    expected.push_back(text(std::string(static_cast<std::size_t>(i), 'm')));
  }
  check(many, expected);
}

TEST_CASE("ws codec: masks and lengths that the RFC forbids") {
  ClientFrame bare{1, "not masked"};
  bare.masked = false;
  check(bare.encode(), {error(1002)});
  ClientFrame close_bare{8, ""};
  close_bare.masked = false;
  check(close_bare.encode(), {error(1002)});
  for (const std::size_t size : {0U, 5U, 125U}) {
    ClientFrame longer{1, std::string(size, 'x')};
    longer.length_bytes = 2;
    check(longer.encode(), {error(1002)});
  }
  for (const std::size_t size : {0U, 126U, 65535U}) {
    ClientFrame longer{1, std::string(size, 'x')};
    longer.length_bytes = 8;
    check(longer.encode(), {error(1002)});
  }
  check(std::string("\x81\xFF\x80\x00\x00\x00\x00\x00\x00\x01\x01\x02\x03\x04", 14), {error(1002)});
  ClientFrame unusual{1, "every mask"};
  for (const auto mask : {std::array<unsigned char, 4>{0, 0, 0, 0}, std::array<unsigned char, 4>{255, 255, 255, 255},
                          std::array<unsigned char, 4>{1, 0, 0, 0}}) {
    unusual.mask = mask;
    check(unusual.encode(), {text("every mask")});
  }
}

TEST_CASE("ws codec: unmasking from any offset and at any alignment") {
  const std::array<unsigned char, 4> mask{0x11, 0x22, 0x44, 0x88};
  std::string plain(100, ' ');
  std::minstd_rand random(7);
  std::generate(plain.begin(), plain.end(), [&] { return static_cast<char>(random()); });
  for (std::size_t begin = 0; begin < 12; ++begin) {
    for (std::size_t size = 0; size + begin <= plain.size(); ++size) {
      std::string masked = plain;
      for (std::size_t i = 0; i < masked.size(); ++i) {
        masked[i] = static_cast<char>(static_cast<unsigned char>(masked[i]) ^ mask[i % 4]);
      }
      unmask(std::span(masked).subspan(begin, size), mask, begin);
      REQUIRE(masked.substr(begin, size) == plain.substr(begin, size));
    }
  }
}

TEST_CASE("ws codec: what arrives at random, cut at random, is the same") {
  std::minstd_rand random(11);
  for (int round = 0; round < 300; ++round) {
    std::string bytes;
    for (int i = 0; i < 5; ++i) {
      static constexpr std::array<std::uint8_t, 8> opcodes{1, 1, 1, 2, 0, 9, 10, 8};
      ClientFrame frame{opcodes[random() % opcodes.size()], std::string(random() % 200, 'r')};
      frame.fin = random() % 4 != 0;
      if (random() % 10 == 0) frame.reserved = 1;
      bytes += frame.encode();
      if (random() % 5 == 0) bytes[random() % bytes.size()] = static_cast<char>(random());
    }
    const Events whole = feed({bytes});
    for (int cuts = 0; cuts < 10; ++cuts) {
      std::vector<std::string_view> pieces;
      for (std::string_view rest = bytes; !rest.empty();) {
        pieces.push_back(rest.substr(0, 1 + random() % 60));
        rest.remove_prefix(pieces.back().size());
      }
      REQUIRE(feed(pieces) == whole);
    }
  }
}

TEST_CASE("ws codec: nothing is kept between messages") {
  FrameParser parser(limit);
  std::string bytes = ClientFrame{1, "kept while cut"}.encode();
  std::span<char> first(bytes.data(), 5), second(bytes.data() + 5, bytes.size() - 5);
  CHECK(parser.next(first).kind == Kind::need_more);
  CHECK(parser.holds_partial());
  CHECK(parser.next(second).kind == Kind::text);
  CHECK(parser.next(second).kind == Kind::need_more);
  CHECK_FALSE(parser.holds_partial());
}

TEST_CASE("ws codec: the server's frames") {
  for (const std::size_t size : {0U, 1U, 125U, 126U, 65535U, 65536U, 100'000U}) {
    INFO(size);
    const std::string payload(size, 's');
    std::string direct, in_place = "before";
    append_frame(direct, Opcode::text, payload);
    const std::size_t start = begin_frame(in_place);
    in_place += payload;
    end_frame(in_place, start);
    CHECK(in_place == "before" + direct);
    const std::size_t header = size < 126 ? 2 : size < 65536 ? 4 : 10;
    CHECK(direct.size() == header + size);
    CHECK(direct[0] == '\x81');
    CHECK(frame_size(direct + "more") == direct.size());
  }
  std::string close;
  append_close_frame(close, 4004, "slow");
  CHECK(close == std::string("\x88\x06\x0F\xA4slow", 8));
  std::string empty;
  append_close_frame(empty, 0);
  CHECK(empty == std::string("\x88\x00", 2));
}

}  // namespace netherlink::gateway::ws
