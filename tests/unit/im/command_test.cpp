#include "im/command.hpp"

#include <algorithm>

#include "support/catch.hpp"

using namespace netherlink;
using namespace netherlink::im;

namespace {

SendRequest text_to(UserId receiver, std::string content) {
  SendRequest request;
  request.sender_id = 1;
  request.to_user_id = receiver;
  request.client_msg_id = "m-1";
  request.kind = "text";
  request.content = std::move(content);
  return request;
}

bool names(const core::Error& error, std::string_view field) {
  const auto& fields = error.fields();
  return std::any_of(fields.begin(), fields.end(), [&](const auto& f) { return f.field == field; });
}

void refuses(SendRequest request, std::string_view field) {
  INFO(field);
  const auto made = make_send(std::move(request), Limits{});
  REQUIRE_FALSE(made);
  CHECK(made.error().is(errors::request_invalid));
  CHECK(names(made.error(), field));
}

}  // namespace

TEST_CASE("A send names its conversation in one of two ways") {
  CHECK((*make_send(text_to(2, "hi"), Limits{}))->conversation.text == "single_1_2");
  auto both = text_to(2, "hi");
  both.conversation_id = "world";
  refuses(both, "conversation_id");
  refuses(text_to(0, "hi"), "conversation_id");
  auto nonsense = text_to(0, "hi");
  nonsense.conversation_id = "single_2_1";
  refuses(nonsense, "conversation_id");
}

TEST_CASE("Nobody writes to themselves") {
  refuses(text_to(1, "hi"), "to_user_id");
}

TEST_CASE("client_msg_id is printable ASCII within its length") {
  for (const std::string id : {"", " ", "a b", "é", "tab\t", "del\x7f"}) {
    auto request = text_to(2, "hi");
    request.client_msg_id = id;
    refuses(request, "client_msg_id");
  }
  auto longest = text_to(2, "hi");
  longest.client_msg_id = std::string(64, '~');
  CHECK(make_send(longest, Limits{}));
  longest.client_msg_id += '~';
  refuses(longest, "client_msg_id");
}

TEST_CASE("Odd texts have a defined answer") {
  refuses(text_to(2, ""), "content");
  refuses(text_to(2, std::string("a\0b", 3)), "content");
  CHECK(make_send(text_to(2, "\xF0\x9F\x98\x80"), Limits{}));
  CHECK(make_send(text_to(2, std::string(8192, 'x')), Limits{}));
  std::string marks = "e";
  for (int i = 0; i < 10'000; ++i) marks += "\xCC\x81";
  for (const auto& text : {std::string(8193, 'x'), marks}) {
    const auto made = make_send(text_to(2, text), Limits{});
    REQUIRE_FALSE(made);
    CHECK(made.error().is(errors::chat_too_long));
  }
}

TEST_CASE("Each kind has its own rules") {
  auto request = text_to(2, "not base64!");
  request.kind = "encrypted";
  refuses(request, "content");
  for (const auto* bad : {"", "YQ", "YQ=a", "====", "YWI=YWI="}) {
    request.content = bad;
    refuses(request, "content");
  }
  request.content = "YWI=";
  CHECK(make_send(request, Limits{}));

  request = text_to(2, "");
  request.kind = "custom";
  refuses(request, "extra");
  request.extra = R"({"a":1})";
  CHECK(make_send(request, Limits{}));

  request = text_to(2, "x");
  request.kind = "system";
  refuses(request, "kind");
  request.kind = "smoke";
  refuses(request, "kind");
}

TEST_CASE("Every problem of a request is told at once") {
  auto request = text_to(1, "");
  request.client_msg_id = "";
  const auto made = make_send(request, Limits{});
  REQUIRE_FALSE(made);
  CHECK(names(made.error(), "to_user_id"));
  CHECK(names(made.error(), "content"));
  CHECK(names(made.error(), "client_msg_id"));
}

TEST_CASE("A read mark counts as delivered, a delivered mark not as read") {
  MarkRequest request{1, {}, "world", 5, true};
  CHECK((*make_mark(request))->wanted == Marks{5, 5});
  request.read = false;
  CHECK((*make_mark(request))->wanted == Marks{0, 5});
  request.seq = -1;
  CHECK_FALSE(make_mark(request));
}
