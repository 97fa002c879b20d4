#include "netherlink/log/log.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <regex>
#include <sstream>
#include <thread>
#include <vector>

#include "log/mask.hpp"
#include "support/catch.hpp"

using namespace netherlink;
using nlohmann::json;

namespace {

/// What `work` writes to standard output, by way of a file.
template <class Work>
std::string captured(log::Level level, log::Format format, Work work) {
  std::string path = "/tmp/netherlink-log-XXXXXX";
  std::fflush(stdout);
  const int file = mkstemp(path.data());
  REQUIRE(file >= 0);
  unlink(path.c_str());
  const int before = dup(STDOUT_FILENO);
  dup2(file, STDOUT_FILENO);
  log::configure(level, format);
  work();
  log::configure(log::Level::info, log::Format::text);
  dup2(before, STDOUT_FILENO);
  close(before);
  std::string out(static_cast<std::size_t>(lseek(file, 0, SEEK_END)), '\0');
  CHECK(pread(file, out.data(), out.size(), 0) == static_cast<ssize_t>(out.size()));
  close(file);
  return out;
}

std::vector<std::string> lines(const std::string& text) {
  std::vector<std::string> out;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) out.push_back(line);
  return out;
}

}  // namespace

TEST_CASE("a text line has time, level, message and fields") {
  const auto out = captured(log::Level::info, log::Format::text, [] {
    log::info("listening", {{"address", "127.0.0.1"}, {"port", 8080}, {"tls", false}, {"load", 0.5}});
    log::error("bad", {{"reason", "no such \"thing\""}, {"empty", ""}});
  });
  const auto all = lines(out);
  REQUIRE(all.size() == 2);
  const std::string time = R"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z)";
  CHECK(std::regex_match(all[0],
                         std::regex(time + " info  listening address=127\\.0\\.0\\.1 port=8080 tls=false load=0\\.5")));
  CHECK(std::regex_match(all[1], std::regex(time + R"( error bad reason="no such \\"thing\\"" empty="")")));
}

TEST_CASE("a JSON line reads back") {
  const auto out = captured(log::Level::debug, log::Format::json, [] {
    log::debug("odd", {{"path", "a\n\"b\"\\ \x1B[31m"}, {"count", -3}, {"ratio", 0.25}, {"ok", true}});
  });
  const auto line = json::parse(out);
  CHECK(line["level"] == "debug");
  CHECK(line["message"] == "odd");
  CHECK(line["path"] == "a\n\"b\"\\ \x1B[31m");
  CHECK(line["count"] == -3);
  CHECK(line["ratio"] == 0.25);
  CHECK(line["ok"] == true);
  CHECK(line["time"].get<std::string>().size() == 24);
}

TEST_CASE("bytes that are no UTF-8 do not break a JSON line") {
  const auto out = captured(log::Level::info, log::Format::json, [] {
    log::info("x", {{"path",
                     "a\xFF\xC3"
                     "b"}});
  });
  CHECK(json::parse(out)["path"] == "a??b");
}

TEST_CASE("nobody writes control characters into a terminal, or a second line") {
  const auto out = captured(log::Level::info, log::Format::text, [] {
    log::info("x", {{"agent",
                     "evil\n2026-01-01 error forged\x1B[2J\r\t\x7F\xC2\x9B"
                     "31m"}});
  });
  CHECK(lines(out).size() == 1);
  for (const char c : out.substr(0, out.size() - 1)) CHECK(static_cast<unsigned char>(c) >= 0x20);
  CHECK(out.find("\x7F") == std::string::npos);
  CHECK(out.find("\xC2\x9B") == std::string::npos);
  CHECK(out.find("\\n2026") != std::string::npos);
  CHECK(out.find("\\u001b[2J") != std::string::npos);
}

TEST_CASE("secrets are masked by the name of their field") {
  for (const char* name :
       {"password",   "old_password", "Password",      "token",         "access_token", "refresh-token",
        "jwt_secret", "clientSecret", "authorization", "Authorization", "key",          "api_key",
        "cookie",     "content",      "text",          "body",          "extra",        "jwt",
        "bearer",     "credentials",  "passphrase",    "password1"}) {
    INFO(name);
    CHECK(log::is_secret(name));
  }
  for (const char* name :
       {"address", "port", "user_id", "keyboard", "monkey", "context", "content_bytes", "body_bytes", "key_file",
        "token_id", "content_type", "extra_bytes", "tokenizer", "path", "password_cost"}) {
    INFO(name);
    CHECK_FALSE(log::is_secret(name));
  }
  for (const auto format : {log::Format::text, log::Format::json}) {
    const auto out = captured(log::Level::debug, format, [] {
      log::debug("login", {{"password", "hunter2"}, {"refresh_token", std::string("hunter2")}, {"key", 77123}});
    });
    CHECK(out.find("hunter2") == std::string::npos);
    CHECK(out.find("77123") == std::string::npos);
    CHECK(out.find("***") != std::string::npos);
  }
}

TEST_CASE("lines below the level are not written, and the level changes live") {
  const auto out = captured(log::Level::warn, log::Format::text, [] {
    log::info("one");
    log::warn("two");
    CHECK_FALSE(log::enabled(log::Level::info));
    log::set_level(log::Level::debug);
    CHECK(log::enabled(log::Level::debug));
    log::debug("three");
    log::set_level(log::Level::off);
    log::error("four");
  });
  const auto all = lines(out);
  REQUIRE(all.size() == 2);
  CHECK(all[0].find("warn  two") != std::string::npos);
  CHECK(all[1].find("debug three") != std::string::npos);
}

TEST_CASE("a context names its request on this thread alone, and nests") {
  const auto out = captured(log::Level::info, log::Format::json, [] {
    log::info("before");
    {
      const log::Context outer("r1", "t1");
      log::info("outer");
      {
        const log::Context inner("r2", "");
        log::info("inner");
      }
      std::thread([] { log::info("other"); }).join();
      log::info("outer again", {{"n", 1}});
    }
    log::info("after");
  });
  const auto all = lines(out);
  REQUIRE(all.size() == 6);
  CHECK_FALSE(json::parse(all[0]).contains("request_id"));
  CHECK(json::parse(all[1])["request_id"] == "r1");
  CHECK(json::parse(all[1])["trace_id"] == "t1");
  CHECK(json::parse(all[2])["request_id"] == "r2");
  CHECK_FALSE(json::parse(all[2]).contains("trace_id"));
  CHECK_FALSE(json::parse(all[3]).contains("request_id"));
  CHECK(json::parse(all[4])["request_id"] == "r1");
  CHECK_FALSE(json::parse(all[5]).contains("trace_id"));
}

TEST_CASE("lines of many threads do not mix") {
  const std::string value(3000, 'v');
  const auto out = captured(log::Level::info, log::Format::json, [&] {
    std::vector<std::thread> threads;
    for (int t = 0; t < 4; ++t) {
      threads.emplace_back([&value, t] {
        for (int i = 0; i < 200; ++i) log::info("line", {{"thread", t}, {"value", value}});
      });
    }
    for (auto& thread : threads) thread.join();
  });
  const auto all = lines(out);
  CHECK(all.size() == 800);
  for (const auto& line : all) REQUIRE(json::parse(line)["value"] == value);
}
