#include "support/catch.hpp"
#include "support/people.hpp"

namespace netherlink::test {
namespace {

using nlohmann::json;

ServerProcess& server() {
  static ServerProcess process;
  return process;
}

std::string encoded(const std::string& text) {
  constexpr const char* digits = "0123456789ABCDEF";
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    out += '%';
    out += digits[byte >> 4];
    out += digits[byte & 15];
  }
  return out;
}

std::vector<std::string> names(Person& who, const std::string& prefix, int limit = 200) {
  std::vector<std::string> found;
  for (const auto& user : whole_list(who, "/api/v1/users?query=" + encoded(prefix), limit)) {
    found.push_back(user["username"]);
  }
  return found;
}

void sign_up(const std::string& name) {
  HttpClient http(server().port());
  REQUIRE(http.post("/api/v1/auth/register", {{"username", name}, {"password", "correct horse battery"}}).status ==
          201);
}

}  // namespace

TEST_CASE("users: found by the beginning of a name, in any case and width", "[users]") {
  Person ada(server(), "ada");
  for (const auto* name : {"Zelda.1", "zeLDA-3", "\uFF3Aelda_2", "zelig", "\u6771\u4EAC\u5854", "\u6771\u4EAC\u90FD"})
    sign_up(name);
  const std::vector<std::string> zeldas{"zeLDA-3", "Zelda.1", "\uFF3Aelda_2"};
  for (const auto* prefix : {"zelda", "ZELDA", "\uFF3A\uFF25lda"}) CHECK(names(ada, prefix) == zeldas);
  for (const int limit : {1, 2, 3}) CHECK(names(ada, "zelda", limit) == zeldas);
  CHECK(names(ada, "zel").size() == 4);
  CHECK(names(ada, "zelda.1") == std::vector<std::string>{"Zelda.1"});
  CHECK(names(ada, "\u6771").size() == 2);
  CHECK(names(ada, "\u6771\u4EAC\u90FD").size() == 1);
  for (const auto* none : {"zeldb", "elda", "zelda ", "%", "_elda", ":", "zelda%"}) {
    INFO(none);
    CHECK(names(ada, none).empty());
  }
  const auto user = whole_list(ada, "/api/v1/users?query=" + ada.username).front();
  CHECK(user == ada.http.get("/api/v1/users/" + ada.id).json);
  CHECK_FALSE(user.contains("email"));
}

TEST_CASE("users: what is no search is refused", "[users]") {
  Person ada(server(), "ada");
  for (const auto& query :
       {std::string(), std::string("?query="), "?query=" + std::string(257, 'a'), std::string("?query=a&limit=0"),
        std::string("?query=a&limit=201"), std::string("?query=a&cursor="), std::string("?query=a&cursor=!"),
        std::string("?query=a&name=b")}) {
    INFO(query);
    CHECK(ada.http.get("/api/v1/users" + query).code() == "request.invalid");
  }
  CHECK(HttpClient(server().port()).get("/api/v1/users?query=ada").code() == "auth.required");
}

}  // namespace netherlink::test
