#include "vpn/policy.hpp"

#include "support/catch.hpp"

using namespace netherlink::vpn;

namespace {

constexpr const char* nobody = R"({"action":"accept","src":["100.127.255.254"],"dst":["100.127.255.254:9"]})";

std::string with_rules(const std::string& groups, const std::string& rules) {
  return R"({"groups":{)" + groups + R"(},"acls":[)" + rules + (rules.empty() ? "" : ",") + nobody + "]}";
}

}  // namespace

TEST_CASE("without rooms nobody reaches anybody, and it says so") {
  CHECK(render_policy({}) == with_rules("", ""));
  CHECK(is_closed(render_policy({})));
}

TEST_CASE("the members of a room are a group that reaches itself") {
  const std::vector<Circle> circles{{.room = 7, .members = {1, 22}, .apart = {}},
                                    {.room = 9, .members = {3}, .apart = {}}};
  const auto policy = render_policy(circles);
  CHECK(policy == with_rules(R"("group:room-7":["u1@","u22@"])",
                             R"({"action":"accept","src":["group:room-7"],"dst":["group:room-7:*"]})"));
  CHECK(is_closed(policy));
}

TEST_CASE("whoever blocks somebody does not reach them, nor the other way round") {
  const std::vector<Circle> circles{{.room = 7, .members = {1, 2, 3}, .apart = {{1, 3}}}};
  const auto policy = render_policy(circles);
  CHECK(policy == with_rules("", R"({"action":"accept","src":["u1@"],"dst":["u1@:*","u2@:*"]},)"
                                 R"({"action":"accept","src":["u2@"],"dst":["u1@:*","u2@:*","u3@:*"]},)"
                                 R"({"action":"accept","src":["u3@"],"dst":["u2@:*","u3@:*"]})"));
  CHECK(is_closed(policy));
}

TEST_CASE("a policy that lets in whoever comes is not closed") {
  CHECK_FALSE(is_closed(""));
  CHECK_FALSE(is_closed("{}"));
  CHECK_FALSE(is_closed("[]"));
  CHECK_FALSE(is_closed("// comment"));
  CHECK_FALSE(is_closed(R"({"groups":{}})"));
  CHECK_FALSE(is_closed(R"({"acls":[]})"));
  CHECK_FALSE(is_closed(R"({"acls":[{"action":"accept","src":["*"],"dst":["*:*"]}]})"));
  CHECK_FALSE(is_closed(R"({"acls":[{"action":"accept","src":["u1@"],"dst":["*:*"]}]})"));
  CHECK_FALSE(is_closed(R"({"acls":[{"action":"accept","src":["autogroup:member"],"dst":["u1@:*"]}]})"));
  CHECK_FALSE(is_closed(R"({"acls":[{"action":"accept","src":["u1@"]}]})"));
  CHECK_FALSE(is_closed(R"({"acls":[7]})"));
  CHECK_FALSE(is_closed(with_rules("", "").substr(0, 20)));
  CHECK_FALSE(is_closed(R"({"grants":[],"acls":[)" + std::string(nobody) + "]}"));
}
