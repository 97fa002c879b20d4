// M19 when things break: connections, the server, images that mean harm; and what becomes of what nobody needs.
#include <fstream>
#include <sstream>
#include <thread>

#include "support/attachments.hpp"
#include "support/catch.hpp"

namespace netherlink::test {
namespace {

using nlohmann::json;
namespace fs = std::filesystem;

std::string id_of(const json& attachment) {
  return attachment.at("attachment_id");
}

/// The files below a folder of the server's attachments.
std::size_t count_files(const ServerProcess& server, const std::string& folder) {
  std::size_t count = 0;
  for (const auto& entry : fs::recursive_directory_iterator(server.folder() / "attachments" / folder)) {
    count += entry.is_regular_file() ? 1 : 0;
  }
  return count;
}

template <class Condition>
bool becomes_true(const Condition& condition) {
  const auto deadline = Clock::now() + patience;
  while (!condition()) {
    if (Clock::now() > deadline) return false;
    std::this_thread::sleep_for(milliseconds(20));
  }
  return true;
}

/// Something of an upload has come.
bool has_begun(const ServerProcess& server, const std::string& id, std::uintmax_t more_than = 0) {
  std::error_code none;
  const auto size = fs::file_size(server.folder() / "attachments" / "staged" / id, none);
  return !none && size > more_than;
}

std::size_t resident_kib(const ServerProcess& server) {
  std::ifstream status("/proc/" + std::to_string(server.pid()) + "/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with("VmRSS:")) return std::stoul(line.substr(6));
  }
  return 0;
}

std::string patch_head(const Person& owner, const std::string& id, std::size_t offset, std::size_t length) {
  std::ostringstream head;
  head << "PATCH " << attachment_path(id) << " HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer " << owner.token
       << "\r\nContent-Type: application/octet-stream\r\nUpload-Offset: " << offset << "\r\nContent-Length: " << length
       << "\r\n\r\n";
  return head.str();
}

std::size_t offset_of(Person& owner, const std::string& id) {
  return owner.http.get(attachment_path(id)).json.at("offset");
}

}  // namespace

TEST_CASE("attachments: a connection that breaks off costs nothing", "[attachments]") {
  ServerProcess server;
  Person ada(server, "ada");
  const auto bytes = noise(3'000'000);
  const auto id = id_of(announce(ada, "x", bytes.size()).json);
  {
    TcpSocket socket(server.port());
    socket.send(patch_head(ada, id, 0, bytes.size()));
    socket.send(std::string_view(bytes).substr(0, 1'500'000));
    // While it lasts nobody else may send.
    REQUIRE(becomes_true([&] { return has_begun(server, id); }));
    CHECK(send_bytes(ada, id, 0, "x").code() == "attachment.busy");
    socket.reset();
  }
  REQUIRE(becomes_true([&] { return offset_of(ada, id) > 0; }));
  const auto offset = offset_of(ada, id);
  CHECK(offset <= 1'500'000);
  const auto done = send_bytes(ada, id, offset, std::string_view(bytes).substr(offset));
  CHECK(done.json["status"] == "complete");
  CHECK(content_of(ada, done.json).body == bytes);
  CHECK(count_files(server, "staged") == 0);
}

TEST_CASE("attachments: killed and started again, an upload goes on", "[attachments]") {
  ServerProcess server;
  Person ada(server, "ada");
  const auto bytes = noise(2'000'000);
  const auto id = id_of(announce(ada, "x", bytes.size()).json);
  CHECK(send_bytes(ada, id, 0, std::string_view(bytes).substr(0, 800'000)).status == 200);
  TcpSocket socket(server.port());
  socket.send(patch_head(ada, id, 800'000, 1'200'000));
  socket.send(std::string_view(bytes).substr(800'000, 600'000));
  REQUIRE(becomes_true([&] { return has_begun(server, id, 800'000); }));
  server.kill();
  ada.http.disconnect();
  server.start();
  CHECK(offset_of(ada, id) == 800'000);
  const auto done = send_bytes(ada, id, 800'000, std::string_view(bytes).substr(800'000));
  REQUIRE(done.json["status"] == "complete");
  CHECK(content_of(ada, done.json).body == bytes);
}

TEST_CASE("attachments: the same bytes at once are kept once", "[attachments]") {
  ServerProcess server;
  constexpr std::size_t people = 4;
  const auto bytes = make_png(300, 200);
  std::vector<std::unique_ptr<Person>> all;
  std::vector<json> files(people);
  for (std::size_t i = 0; i < people; ++i) all.push_back(std::make_unique<Person>(server));
  std::vector<std::thread> threads;
  for (std::size_t i = 0; i < people; ++i) threads.emplace_back([&, i] { files[i] = upload(*all[i], bytes); });
  for (auto& thread : threads) thread.join();
  for (std::size_t i = 0; i < people; ++i) {
    CHECK(files[i]["sha256"] == files[0]["sha256"]);
    CHECK(files[i]["preview"] == true);
  }
  CHECK(count_files(server, "content") == 2);  // and its preview
  for (std::size_t i = 0; i + 1 < people; ++i)
    CHECK(all[i]->http.erase(attachment_path(id_of(files[i]))).status == 204);
  CHECK(content_of(*all.back(), files.back()).body == bytes);
}

TEST_CASE("attachments: what nobody needs is collected", "[attachments]") {
  ServerProcess server({"attachments.sweep_interval=100ms", "attachments.unused_ttl=8s", "attachments.upload_ttl=8s"});
  Person ada(server, "ada"), bob(server, "bob");
  const auto kept = upload(ada, "kept");
  CHECK(post_attachment(ada, ada.with(bob), kept).status == 201);
  const auto unused = upload(ada, "unused");
  const auto unfinished = id_of(announce(ada, "unfinished", 10).json);
  CHECK(send_bytes(ada, unfinished, 0, "five!").status == 200);
  const auto recalled = upload(ada, "recalled");
  const auto message = post_attachment(ada, ada.with(bob), recalled).json["message_id"].get<std::string>();
  CHECK(ada.http.erase("/api/v1/chat/messages/" + message + "?scope=all").status == 200);
  for (const auto& gone : {id_of(unused), unfinished, id_of(recalled)}) {
    CHECK(becomes_true([&] { return ada.http.get(attachment_path(gone)).status == 404; }));
  }
  CHECK(becomes_true([&] { return count_files(server, "staged") == 0 && count_files(server, "content") == 1; }));
  CHECK(content_of(bob, kept).body == "kept");
  // Sent again it is known, gone or not.
  CHECK(ada.http.get("/metrics").body.find("netherlink_attachment_collected_total{what=\"content\"}") !=
        std::string::npos);
}

TEST_CASE("attachments: files that mean harm do none", "[attachments]") {
  ServerProcess server({"attachments.max_pixels=20000000", "attachments.image_timeout=120s"});
  Person ada(server, "ada");
  const auto checked = [&](const std::string& bytes, const std::string& name) {
    const auto file = upload(ada, bytes, name);
    const auto got = content_of(ada, file);
    CHECK(got.body == bytes);
    if (!file.contains("width")) CHECK(got.header("content-disposition").starts_with("attachment"));
    return file;
  };
  const auto svg = checked("<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>", "a.svg");
  CHECK(svg["content_type"] == "image/svg+xml");
  CHECK(content_of(ada, svg).header("content-type") == "application/octet-stream");
  CHECK(checked("<!DOCTYPE html><script>alert(1)</script>", "a.png")["content_type"] == "text/html");
  const auto polyglot = checked(sample_gif() + "/*<script>alert(1)</script>*/", "a.gif");
  CHECK(content_of(ada, polyglot).header("content-type") == "image/gif");
  CHECK_FALSE(checked(lying_png(60'000, 60'000), "bomb.png").contains("width"));
  CHECK_FALSE(checked(lying_png(4'000, 4'000), "short.png").contains("width"));
  const auto dense = checked(make_png(4'400, 4'400, 1), "dense.png");  // a few KiB that mean 19 million pixels
  CHECK(dense["preview"] == true);
  CHECK_FALSE(checked(make_png(5'000, 5'000, 1), "larger.png").contains("width"));
  CHECK_FALSE(checked(make_png(64, 64).substr(0, 60), "cut.png").contains("width"));
  CHECK_FALSE(checked(sample_jpeg().substr(0, 100), "cut.jpg").contains("width"));
  checked(sample_jpeg().substr(0, 270), "late.jpg");
  CHECK_FALSE(checked(sample_webp().substr(0, 25), "cut.webp").contains("width"));
  checked("PK\x03\x04" + noise(1000), "bomb.zip");
  CHECK(ada.http.get("/healthz").status == 200);
}

TEST_CASE("attachments: a large file is not in memory", "[attachments]") {
  ServerProcess server;
  Person ada(server, "ada");
  constexpr std::size_t piece_bytes = 8 * 1024 * 1024, pieces = 38;
  const auto piece = noise(piece_bytes);
  const auto id = id_of(announce(ada, "large", piece_bytes * pieces).json);
  CHECK(send_bytes(ada, id, 0, piece).status == 200);
  const auto before = resident_kib(server);
  json last;
  std::size_t highest = before;
  for (std::size_t i = 1; i < pieces; ++i) {
    last = send_bytes(ada, id, i * piece_bytes, piece).json;
    highest = std::max(highest, resident_kib(server));
  }
  REQUIRE(last["status"] == "complete");
  // A reader that is slow: what it has not taken is not in memory either.
  TcpSocket slow(server.port());
  slow.send("GET " + attachment_path(id, "/content") + " HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer " + ada.token +
            "\r\n\r\n");
  slow.read_until("\r\n\r\n");
  for (std::size_t i = 0; i < pieces; ++i) {
    CHECK(slow.read_exactly(piece_bytes) == piece);
    highest = std::max(highest, resident_kib(server));
  }
  INFO("before " << before << " KiB, highest " << highest << " KiB");
  CHECK(highest < before + 32 * 1024);
}

}  // namespace netherlink::test
