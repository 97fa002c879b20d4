#include "user/password_policy.hpp"

#include "support/catch.hpp"

using namespace netherlink::user;

namespace {

bool weak(std::string_view password, std::string_view name_key = "alice.liddell",
          std::string_view email_key = "al@example.org") {
  return password_weakness(password, 8, name_key, email_key).has_value();
}

}  // namespace

TEST_CASE("good passwords of any script are taken") {
  for (const char* password : {"correct horse", "tr0ub4dor&3", "\u5c0f\u660e\u5c0f", "p\u00e4ssw\u00f6rt", "a        b",
                               "\U0001f600\U0001f601 ok"}) {
    INFO(password);
    CHECK_FALSE(weak(password));
  }
  CHECK_FALSE(weak(std::string(1023, 'a') + "b"));
}

TEST_CASE("weak passwords are refused") {
  CHECK(weak(""));
  CHECK(weak("short7!"));
  CHECK(weak(std::string(1024, 'a') + "b"));
  CHECK(weak("aaaaaaaaaaaa"));
  CHECK(weak("\u5c0f\u5c0f\u5c0f\u5c0f"));
  CHECK(weak("Alice.Liddell"));
  CHECK(weak("AL@example.org"));
  CHECK(weak("password"));
  CHECK(weak("PassWord1"));
  CHECK(weak("1q2w3e4r"));
  CHECK(weak("iloveyou"));
  CHECK(weak("\uff50\uff41\uff53\uff53\uff57\uff4f\uff52\uff44"));  // password, full width
  CHECK(weak("good\npassword"));
  CHECK(weak(std::string_view("good\0password", 13)));
  CHECK(weak("good password\xff"));
}

TEST_CASE("a password is the same from every keyboard") {
  CHECK(prepare_password("pa\u0308ssword") == prepare_password("p\u00e4ssword"));
  CHECK(prepare_password("two\u00a0words\u3000here") == prepare_password("two words here"));
  CHECK(prepare_password("Case stays") != prepare_password("case stays"));
  CHECK(prepare_password("\uff50ass") != prepare_password("pass"));  // NFC, not NFKC: RFC 8265
  CHECK(prepare_password("") == "");
}
