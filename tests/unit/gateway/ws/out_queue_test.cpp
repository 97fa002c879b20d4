#include "gateway/ws/out_queue.hpp"

#include <algorithm>
#include <random>

#include "gateway/ws/frame_codec.hpp"
#include "support/catch.hpp"

namespace netherlink::gateway::ws {
namespace {

/// Takes up to `room` bytes, then would block.
class Sink final : public Transport {
 public:
  std::string taken;
  std::size_t room = SIZE_MAX, calls = 0, pieces = 0;

  IoResult read(std::span<char>) override { return {IoStatus::would_block, 0}; }
  IoResult write(std::span<const iovec> parts) override {
    ++calls;
    pieces += parts.size();
    if (room == 0) return {IoStatus::would_block, 0};
    std::size_t count = 0;
    for (const auto& part : parts) {
      const std::size_t take = std::min(part.iov_len, room);
      taken.append(static_cast<const char*>(part.iov_base), take);
      room -= take;
      count += take;
      if (room == 0) break;
    }
    return {IoStatus::ok, count};
  }
  void wait_readable(std::function<void(bool)>) override {}
  void wait_writable(std::function<void(bool)>) override {}
  void shutdown_send() override {}
  void close() override {}
  std::string remote_address() const override { return {}; }
  bool secure() const override { return false; }
};

/// Frames of the payloads, one behind the other, and where each ends.
struct Shared {
  explicit Shared(const std::vector<std::string>& payloads) {
    auto text = std::make_shared<std::string>();
    for (const auto& payload : payloads) {
      append_frame(*text, Opcode::text, payload);
      ends.push_back(text->size());
    }
    frames = *text;
    chunk = ChunkRef(new Chunk(text, *text));
  }
  std::string frames;
  std::vector<std::size_t> ends;
  ChunkRef chunk;
};

std::string frame(std::string_view payload) {
  std::string text;
  append_frame(text, Opcode::text, payload);
  return text;
}

}  // namespace

TEST_CASE("ws queue: neighbours leave as one piece, everything in one call") {
  const Shared shared({"one", "two", "three"});
  OutQueue queue;
  queue.push(shared.chunk, 0, shared.ends[0]);
  queue.push(shared.chunk, shared.ends[0], shared.ends[2]);
  queue.append([](std::string& out) { append_frame(out, Opcode::text, "own"); });
  queue.append([](std::string& out) { append_frame(out, Opcode::text, "own too"); });
  queue.push(shared.chunk, 0, shared.ends[0]);
  CHECK(queue.bytes() == shared.frames.size() + frame("own").size() + frame("own too").size() + shared.ends[0]);
  Sink sink;
  CHECK(queue.flush(sink) == IoStatus::ok);
  CHECK(sink.taken == shared.frames + frame("own") + frame("own too") + frame("one"));
  CHECK(sink.calls == 1);
  CHECK(sink.pieces == 3);
  CHECK(queue.empty());
}

TEST_CASE("ws queue: what a socket takes in small parts arrives whole") {
  std::minstd_rand random(5);
  const Shared shared({"alpha", std::string(300, 'b'), "c", ""});
  OutQueue queue;
  Sink sink;
  std::string expected;
  for (int round = 0; round < 2000; ++round) {
    if (random() % 2 == 0) {
      const std::size_t which = random() % shared.ends.size();
      const std::size_t begin = which == 0 ? 0 : shared.ends[which - 1];
      queue.push(shared.chunk, begin, shared.ends[which]);
      expected += shared.frames.substr(begin, shared.ends[which] - begin);
    } else {
      const std::string own(random() % 200, 'o');
      queue.append([&](std::string& out) { append_frame(out, Opcode::text, own); });
      expected += frame(own);
    }
    sink.room = random() % 250;
    queue.flush(sink);
    REQUIRE(queue.bytes() == expected.size() - sink.taken.size());
  }
  sink.room = SIZE_MAX;
  CHECK(queue.flush(sink) == IoStatus::ok);
  CHECK(sink.taken == expected);
}

TEST_CASE("ws queue: cut off, a client still sees whole frames") {
  const Shared shared({"first", std::string(400, 's'), "third"});
  const std::string bye = frame("bye");
  const std::size_t all = shared.frames.size() + frame("own").size();
  for (const std::size_t sealed : {std::size_t{0}, std::size_t{30}, std::size_t{5000}}) {
    for (std::size_t written = 0; written <= all; ++written) {
      OutQueue queue;
      queue.push(shared.chunk, 0, shared.frames.size());
      queue.append([](std::string& out) { append_frame(out, Opcode::text, "own"); });
      Sink sink;
      sink.room = written;
      queue.flush(sink);
      queue.keep_begun(sealed);
      queue.append([&](std::string& out) { out += bye; });
      sink.room = SIZE_MAX;
      REQUIRE(queue.flush(sink) == IoStatus::ok);
      REQUIRE(queue.empty());
      REQUIRE(sink.taken.ends_with(bye));
      const std::string complete = shared.frames + frame("own");
      const std::size_t kept = sink.taken.size() - bye.size();
      REQUIRE(complete.starts_with(std::string_view(sink.taken).substr(0, kept)));
      REQUIRE(kept >= std::min(written + sealed, complete.size()));
      std::size_t boundary = 0;
      while (boundary < kept) boundary += frame_size(std::string_view(complete).substr(boundary));
      REQUIRE(boundary == kept);
    }
  }
}

TEST_CASE("ws queue: a shared chunk lives as long as somebody has to write it") {
  std::weak_ptr<const std::string> watched;
  OutQueue one, two;
  {
    auto text = std::make_shared<const std::string>(frame("shared"));
    watched = text;
    const ChunkRef chunk(new Chunk(text, *text));
    one.push(chunk, 0, text->size());
    two.push(chunk, 0, text->size());
  }
  Sink sink;
  one.flush(sink);
  CHECK_FALSE(watched.expired());
  two.clear();
  CHECK(watched.expired());
  CHECK(sink.taken == frame("shared"));
}

}  // namespace netherlink::gateway::ws
