#include "netherlink/core/trace.hpp"

#include <set>
#include <thread>
#include <vector>

#include "support/catch.hpp"

using namespace netherlink::core;

namespace {

const std::string trace = "0af7651916cd43dd8448eb211c80319c", parent = "b7ad6b7169203331";

}  // namespace

TEST_CASE("a trace is continued under a span of our own") {
  const auto context = TraceContext::continue_from("00-" + trace + "-" + parent + "-01");
  REQUIRE(context);
  CHECK(context->trace_id == trace);
  CHECK(context->sampled);
  CHECK(context->parent_id.size() == 16);
  CHECK(context->parent_id != parent);
  CHECK(context->traceparent() == "00-" + trace + "-" + context->parent_id + "-01");
  CHECK_FALSE(TraceContext::continue_from("00-" + trace + "-" + parent + "-00")->sampled);
  CHECK_FALSE(TraceContext::continue_from("00-" + trace + "-" + parent + "-fe")->sampled);
}

TEST_CASE("a later version may say more, version 00 may not") {
  CHECK(TraceContext::continue_from("01-" + trace + "-" + parent + "-01"));
  CHECK(TraceContext::continue_from("cc-" + trace + "-" + parent + "-01-what-may-come"));
  CHECK_FALSE(TraceContext::continue_from("cc-" + trace + "-" + parent + "-01.what"));
  CHECK_FALSE(TraceContext::continue_from("00-" + trace + "-" + parent + "-01-more"));
}

TEST_CASE("malformed headers are not continued") {
  const std::string zeros(32, '0');
  for (const auto& header :
       {std::string(), std::string("00"), "ff-" + trace + "-" + parent + "-01", "00-" + zeros + "-" + parent + "-01",
        "00-" + trace + "-0000000000000000-01", "00-" + trace.substr(1) + "-" + parent + "-01",
        "00-" + trace + "-" + parent + "-1", "00-" + trace + "-" + parent + "-0g", "00_" + trace + "-" + parent + "-01",
        "00-0AF7651916CD43DD8448EB211C80319C-" + parent + "-01", "00-" + trace + "-" + parent + "-01 ",
        "0x-" + trace + "-" + parent + "-01"}) {
    INFO(header);
    CHECK_FALSE(TraceContext::continue_from(header));
  }
}

TEST_CASE("new traces differ, on every thread") {
  std::vector<std::vector<std::string>> ids(4);
  std::vector<std::thread> threads;
  for (auto& mine : ids) {
    threads.emplace_back([&mine] {
      for (int i = 0; i < 1000; ++i) mine.push_back(TraceContext::start().trace_id);
    });
  }
  for (auto& thread : threads) thread.join();
  std::set<std::string> all;
  for (const auto& mine : ids) all.insert(mine.begin(), mine.end());
  CHECK(all.size() == 4000);
  const auto header = TraceContext::start().traceparent();
  CHECK(header.size() == 55);
  CHECK(TraceContext::continue_from(header));
}
