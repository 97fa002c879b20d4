#include "bench/client/frame_scan.hpp"

#include "support/catch.hpp"

using namespace netherlink::bench;

TEST_CASE("fields are found in any order") {
  FrameScan scan(R"({"data":{"seq":17,"client_msg_id":"3-4","duplicate":true},"type":"message.ack"})");
  CHECK(scan.string("\"client_msg_id\":") == "3-4");
  CHECK(scan.number("\"seq\":") == 17);
  CHECK(scan.is_true("\"duplicate\":"));
  CHECK_FALSE(scan.string("\"absent\":"));
  CHECK_FALSE(scan.number("\"client_msg_id\":"));
}

TEST_CASE("what looks like a field inside a text is not one") {
  const std::string_view frame =
      R"({"type":"message.new","data":{"content":"\"seq\":1,\"type\":\"error\" \\","seq":5}})";
  CHECK(FrameScan(frame).number("\"seq\":") == 5);
  CHECK(FrameScan(frame).string("\"content\":") == R"(\"seq\":1,\"type\":\"error\" \\)");
  CHECK(kind_of(frame) == FrameKind::message_new);
}

TEST_CASE("kinds of frames") {
  CHECK(kind_of(R"({"type":"welcome","data":{}})") == FrameKind::welcome);
  CHECK(kind_of(R"({"data":{},"type":"error"})") == FrameKind::error);
  CHECK(kind_of(R"({"type":"receipt","data":{}})") == FrameKind::other);
  CHECK(kind_of("{") == FrameKind::other);
}
