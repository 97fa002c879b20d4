// The lobby in a storm, over REST (M17).
#include "support/catch.hpp"
#include "support/person.hpp"
#include "support/server_process.hpp"

using namespace netherlink::test;
using nlohmann::json;

TEST_CASE("lobby: what a signal names can be pulled", "[lobby]") {
  ServerProcess server({"lobby.storm_threshold=5"});
  Person ada(server, "ada"), bob(server, "bob");
  bob.socket();
  for (int i = 0; i < 60; ++i) ada.socket().send("message.send", text_message("world", "storm " + std::to_string(i)));
  long seq = 0;
  bool signalled = false;
  while (seq < 60) {
    const auto frame = *bob.socket().receive();
    if (frame.at("type") == "message.new") CHECK(frame["data"]["message"]["seq"] == ++seq);
    if (frame.at("type") != "messages.available") continue;
    signalled = true;
    const auto& data = frame.at("data");
    CHECK(data["from_seq"] == seq + 1);
    while (seq < data["to_seq"]) {
      const auto batch = bob.http.get("/api/v1/chat/pull/lobby?limit=7&after_seq=" + std::to_string(seq)).json;
      CHECK(batch["last_seq"] >= data["to_seq"]);
      REQUIRE(!batch["messages"].empty());
      for (const auto& message : batch["messages"]) {
        CHECK(message["seq"] == ++seq);
        CHECK(message["content"] == "storm " + std::to_string(seq - 1));
      }
      CHECK(batch["complete"] == (seq == batch["last_seq"]));
    }
  }
  CHECK(signalled);
}

TEST_CASE("lobby: pulling", "[lobby]") {
  ServerProcess server;
  Person ada(server, "ada");
  const std::string pull = "/api/v1/chat/pull/lobby";
  const auto empty = ada.http.get(pull + "?after_seq=0").json;
  CHECK(empty == json{{"messages", json::array()}, {"last_seq", 0}, {"complete", true}});
  const auto id = ada.say("world", "hello")["message_id"];
  CHECK(ada.http.get(pull + "?after_seq=0").json["messages"][0]["message_id"] == id);
  CHECK(ada.http.get(pull + "?after_seq=1").json["complete"] == true);
  CHECK(ada.http.get(pull + "?after_seq=99").json["messages"].empty());
  // A change is seen at once.
  CHECK(ada.http.patch("/api/v1/chat/messages/" + id.get<std::string>(), {{"content", "changed"}}).status == 200);
  CHECK(ada.http.get(pull + "?after_seq=0").json["messages"][0]["content"] == "changed");
  for (const auto* wrong :
       {"", "?after_seq=-1", "?after_seq=x", "?after_seq=0&limit=0", "?after_seq=0&limit=501", "?after_seq=0&what=1"}) {
    CHECK(ada.http.get(pull + wrong).status == 422);
  }
  CHECK(HttpClient(server.port()).get(pull + "?after_seq=0").status == 401);

  const auto zipped = ada.http.get(pull + "?after_seq=0", {{"Accept-Encoding", "gzip"}});
  CHECK(zipped.header("content-encoding") == "gzip");
  CHECK(zipped.length < zipped.body.size());
  CHECK(zipped.json["messages"][0]["content"] == "changed");
  CHECK(ada.http.get(pull + "?after_seq=0", {{"Accept-Encoding", "gzip;q=0"}}).header("content-encoding").empty());
}
