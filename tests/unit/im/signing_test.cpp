#include "im/signing.hpp"

#include "support/catch.hpp"

using namespace netherlink;
using namespace netherlink::im;

namespace {

SendRequest signed_request(core::Timestamp time) {
  SendRequest request;
  request.sender_id = 7;
  request.to_user_id = 3;
  request.client_msg_id = "m-1";
  request.kind = "text";
  request.content = "hello";
  request.reply_to = 55;
  request.mentions = {7, 3, 3};
  request.client_time = time;
  request.signature = "not looked at here";
  return request;
}

}  // namespace

TEST_CASE("What is signed of a message is fixed") {
  const auto now = core::now_ms();
  const auto command = make_send(signed_request(now), Limits());
  REQUIRE(command);
  CHECK(signed_text(**command, 9, 1'700'000'000'123) ==
        "netherlink-message-v1\nsingle_3_7\nm-1\ntext\n"
        "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824\n55\n3,7\n\n9\n1700000000123");
  Command everybody;
  everybody.conversation = ConversationId::group(12);
  everybody.client_msg_id = "m-2";
  everybody.kind = MessageKind::file;
  everybody.mentions = {mention_all, 4};
  everybody.attachment_id = 8;
  CHECK(signed_text(everybody, 9, 5) ==
        "netherlink-message-v1\ngroup_12\nm-2\nfile\n"
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855\n\nall,4\n8\n9\n5");
}

TEST_CASE("A signed message must be of now") {
  const auto outcome = [](core::Timestamp time) {
    const auto made = make_send(signed_request(time), Limits());
    return made ? std::string() : std::string(made.error().code().name);
  };
  const auto now = core::now_ms();
  CHECK(outcome(now).empty());
  CHECK(outcome(now - 290'000).empty());
  CHECK(outcome(now - 301'000) == "chat.stale");
  CHECK(outcome(now + 310'000) == "chat.stale");
  CHECK(outcome(0) == "chat.stale");
  auto timeless = signed_request(now);
  timeless.client_time.reset();
  CHECK(make_send(timeless, Limits()).error().is(errors::request_invalid));
  // Without a signature nobody vouches for the time.
  auto unsigned_one = signed_request(0);
  unsigned_one.signature.clear();
  const auto made = make_send(unsigned_one, Limits());
  REQUIRE(made);
  CHECK_FALSE((*made)->signature);
}

TEST_CASE("A signature needs its signer") {
  Command plain, with_one;
  with_one.signature.emplace().signature = std::string(86, 'A');
  const DeviceSigners::Signer signer{9, std::string(43, 'A')};
  const auto code = [](const core::result<void>& outcome) {
    return outcome ? std::string() : std::string(outcome.error().code().name);
  };
  CHECK(code(check_signature(plain, std::nullopt, false)).empty());
  CHECK(code(check_signature(plain, signer, false)).empty());
  CHECK(code(check_signature(plain, std::nullopt, true)).empty());
  CHECK(code(check_signature(plain, signer, true)) == "chat.signature_required");
  CHECK(code(check_signature(with_one, std::nullopt, false)) == "chat.signature_invalid");
  CHECK(code(check_signature(with_one, signer, false)) == "chat.signature_invalid");
}
