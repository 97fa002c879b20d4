#include "netherlink/core/error.hpp"

#include <fstream>
#include <iterator>
#include <regex>
#include <set>

#include "netherlink/core/result.hpp"
#include "netherlink/core/version.hpp"
#include "support/catch.hpp"

using namespace netherlink;

namespace {

std::string read_source(const std::string& path) {
  std::ifstream file(NETHERLINK_SOURCE_DIR "/" + path);
  REQUIRE(file.is_open());
  return {std::istreambuf_iterator<char>(file), {}};
}

}  // namespace

TEST_CASE("every declared code is found by its name") {
  const auto header = read_source("include/netherlink/core/error.hpp");
  const std::regex row("inline constexpr ErrorCode [a-z_]+\\{\"([a-z_.]+)\"");
  std::set<std::string> names;
  for (std::sregex_iterator at(header.begin(), header.end(), row), end; at != end; ++at) names.insert((*at)[1]);
  CHECK(names.size() > 20);
  for (const auto& name : names) CHECK(core::error_code(name).name == name);
}

TEST_CASE("of two codes with one name, the first is found") {
  CHECK(&core::error_code("auth.invalid_credentials") == &errors::auth_invalid_credentials);
  CHECK(core::Error(errors::auth_wrong_password).is(errors::auth_invalid_credentials));
}

TEST_CASE("a name of another version is an internal error") {
  CHECK(&core::error_code("room.on_fire") == &errors::server_internal);
  CHECK(&core::error_code("") == &errors::server_internal);
}

TEST_CASE("an error carries what may be shown") {
  const core::Error plain = errors::user_name_taken;
  CHECK(plain.detail() == "The user name is taken");
  CHECK(core::Error(errors::chat_too_long, "8193 of 8192 bytes").detail() == "8193 of 8192 bytes");
  const core::Error fields(errors::request_invalid, std::vector<core::FieldError>{{"device.name", "is too long"}});
  CHECK(fields.fields().at(0).field == "device.name");
  CHECK(core::Error(errors::server_overloaded, std::chrono::milliseconds(250)).retry_after()->count() == 250);
}

TEST_CASE("the value of a failure is not to be had") {
  const core::result<int> failed = core::Error(errors::user_not_found);
  CHECK_FALSE(failed);
  CHECK_THROWS_AS(failed.value(), std::logic_error);
}

TEST_CASE("the version is that of the build") {
  CHECK(read_source("CMakeLists.txt").find("VERSION " + std::string(core::version) + " ") != std::string::npos);
}
