#include "mail/codes.hpp"

#include <set>

#include "support/catch.hpp"

namespace netherlink::mail {

TEST_CASE("a code follows from its letter and the key, and from nothing else", "[codes]") {
  const auto code = make_code("key", 7);
  CHECK(code.size() == 24);
  CHECK(code == make_code("key", 7));
  CHECK(code != make_code("key", 8));
  CHECK(code != make_code("other key", 7));
  std::set<std::string> selectors;
  for (std::int64_t id = 0; id < 2000; ++id) selectors.insert(read_code(make_code("key", id), Topic::reset)->selector);
  CHECK(selectors.size() == 2000);
}

TEST_CASE("a code is read however it was typed", "[codes]") {
  const auto code = make_code("key", 7);
  CHECK(grouped("ABCDEFGHJKMN") == "ABCD-EFGH-JKMN");
  const auto read = read_code(code, Topic::verify);
  REQUIRE(read);
  CHECK(read->selector == code.substr(0, 8));
  CHECK(read->hash.size() == 64);
  CHECK(read->topic == Topic::verify);
  auto lower = grouped(code);
  for (auto& c : lower) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c == '-' ? ' ' : c;
  CHECK(read_code(lower, Topic::verify)->hash == read->hash);
  CHECK(read_code("OIL0-OIL0-OIL0-OIL0-OIL0-OIL0", Topic::verify)->hash ==
        read_code("011001100110011001100110", Topic::verify)->hash);
}

TEST_CASE("what no code looks like is none", "[codes]") {
  const auto code = make_code("key", 7);
  for (const auto& text : {std::string(), code.substr(1), code + "0", code.substr(1) + "U", code.substr(1) + "\n",
                           std::string(24, '\0'), std::string(10'000, '-') + code}) {
    CHECK_FALSE(read_code(text, Topic::verify));
  }
}

}  // namespace netherlink::mail
