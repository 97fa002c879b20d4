#include "bench/scenario/correctness.hpp"

#include "bench/scenario/resume_session.hpp"
#include "support/catch.hpp"

using namespace netherlink::bench;

TEST_CASE("a stream is 1, 2, 3: anything else is named for what it is") {
  Correctness correctness;
  std::int64_t last = 0;
  for (const std::int64_t seq : {1, 2, 3}) correctness.next_seq(last, seq, "x");
  Report clean("clean");
  correctness.report(clean);
  CHECK_FALSE(clean.failed());

  correctness.next_seq(last, 3, "x");
  CHECK(correctness.duplicate.violations == 1);
  correctness.next_seq(last, 5, "x");
  CHECK(correctness.gap.violations == 1);
  correctness.next_seq(last, 4, "x");
  CHECK(correctness.out_of_order.violations == 1);
  Report failed("failed");
  correctness.report(failed);
  CHECK(failed.failed());
}

TEST_CASE("lost, delivered twice and never answered are found at the end") {
  Load load({1, 4, 0, 0, nanos_per_second}, [](std::uint32_t, std::uint32_t) {});
  load.start(0);
  for (std::uint32_t i = 0; i < 3; ++i) load.find(0, i)->acked = true;
  load.find(0, 0)->deliveries = 1;
  load.find(0, 1)->deliveries = 2;
  Correctness correctness;
  correctness.all_delivered(load, 1);
  CHECK(correctness.lost.violations == 1);
  CHECK(correctness.duplicate.violations == 1);
  CHECK(correctness.unanswered.violations == 1);
}

TEST_CASE("one message has one seq") {
  Correctness correctness;
  Message message;
  correctness.same_seq(message, 7, "ack");
  correctness.same_seq(message, 7, "delivery");
  CHECK(correctness.mismatch.violations == 0);
  correctness.same_seq(message, 8, "delivery");
  CHECK(correctness.mismatch.violations == 1);
}

TEST_CASE("a session that was away is level when sync filled the hole") {
  Correctness correctness;
  ResumeSession session("single_1_2");
  session.on_welcome(R"({"type":"welcome","data":{"conversations":[{"conversation_id":"single_1_2","last_seq":3}]}})");
  CHECK_FALSE(session.level());
  session.on_live(4, correctness, "live");  // while sync is under way
  CHECK(session.held() == 0);
  std::vector<std::int64_t> seen;
  const auto each = [&](std::int64_t seq, std::string_view) { seen.push_back(seq); };
  const auto first = session.on_sync(
      R"({"type":"sync.result","data":{"conversations":[{"conversation_id":"single_1_2","messages":[)"
      R"({"seq":1,"client_msg_id":"0-0"},{"seq":2,"client_msg_id":"0-1"}],"last_seq":4,"complete":false}]}})",
      correctness, each);
  CHECK_FALSE(first.complete);
  CHECK(session.sync_request().find("\"after_seq\":2") != std::string::npos);
  const auto second =
      session.on_sync(R"({"type":"sync.result","data":{"conversations":[{"conversation_id":"single_1_2","messages":[)"
                      R"({"seq":3,"client_msg_id":"0-2"}],"last_seq":4,"complete":true}]}})",
                      correctness, each);
  CHECK(second.complete);
  CHECK(session.level());
  CHECK(session.held() == 4);
  CHECK(seen == std::vector<std::int64_t>{1, 2, 3});
  Report report("resume");
  correctness.report(report);
  CHECK_FALSE(report.failed());
}

TEST_CASE("a sync that says complete and leaves a hole is caught") {
  Correctness correctness;
  ResumeSession session("single_1_2");
  session.on_welcome(R"({"type":"welcome","data":{"conversations":[{"conversation_id":"single_1_2","last_seq":3}]}})");
  session.on_sync(
      R"({"type":"sync.result","data":{"conversations":[{"conversation_id":"single_1_2","messages":[)"
      R"({"seq":1,"client_msg_id":"0-0"},{"seq":3,"client_msg_id":"0-2"}],"last_seq":3,"complete":true}]}})",
      correctness, [](std::int64_t, std::string_view) {});
  CHECK(correctness.gap.violations >= 1);
  CHECK_FALSE(session.level());
}

TEST_CASE("a conversation in which nothing was said is level without a page") {
  Correctness correctness;
  ResumeSession session("single_1_2");
  session.on_welcome(R"({"type":"welcome","data":{"conversations":[]}})");
  const auto page = session.on_sync(
      R"({"type":"sync.result","data":{"conversations":[{"conversation_id":"single_1_2","error":{"code":"resource.not_found"}}]}})",
      correctness, [](std::int64_t, std::string_view) {});
  CHECK(page.complete);
  CHECK(session.level());
}
