// Attachments over two replicas that share a folder.
#include "support/attachments.hpp"
#include "support/catch.hpp"
#include "support/stack.hpp"

namespace netherlink::test {

TEST_CASE("replicas: an upload goes on elsewhere, and is read anywhere", "[replicas][attachments]") {
  Replicas replicas(Stack::shared(), 2, {"attachments.sweep_interval=100ms"});
  replicas.wait_ready();
  Person ada(replicas[0], "ada"), bob(replicas[1], "bob");
  const auto bytes = noise(500'000);
  const auto id = announce(ada, "x", bytes.size()).json.at("attachment_id").get<std::string>();
  CHECK(send_bytes(ada, id, 0, std::string_view(bytes).substr(0, 200'000)).status == 200);
  replicas[0].kill();
  ada.http.disconnect();
  ada.http.set_port(replicas[1].port());
  CHECK(send_bytes(ada, id, 0, "x").header("upload-offset") == "200000");
  const auto file = send_bytes(ada, id, 200'000, std::string_view(bytes).substr(200'000)).json;
  REQUIRE(file["status"] == "complete");
  REQUIRE(post_attachment(ada, ada.with(bob), file).status == 201);
  replicas[0].start();
  bob.http.disconnect();
  bob.http.set_port(replicas[0].port());
  CHECK(content_of(bob, file).body == bytes);
}

}  // namespace netherlink::test
