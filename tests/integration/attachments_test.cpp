// M19: uploads that are resumed, downloads, and messages that refer to them.
#include "support/attachments.hpp"
#include "support/catch.hpp"
#include "support/groups.hpp"

namespace netherlink::test {
namespace {

using nlohmann::json;
using Names = std::vector<std::string>;

ServerProcess& server() {
  static ServerProcess process({"attachments.chunk_bytes=1MiB", "attachments.max_bytes=400MiB",
                                "attachments.user_bytes=900MiB", "attachments.max_unfinished=3",
                                "attachments.refused_types=application/x-executable,audio/*"});
  return process;
}

std::string id_of(const json& attachment) {
  return attachment.at("attachment_id");
}

}  // namespace

TEST_CASE("attachments: uploaded in pieces, sent, read", "[attachments]") {
  Person ada(server(), "ada"), bob(server(), "bob"), eve(server(), "eve");
  const auto bytes = noise(700'000);
  const auto announced = announce(ada, "übung 1.bin", bytes.size());
  REQUIRE(announced.status == 201);
  CHECK(announced.json["status"] == "uploading");
  CHECK(announced.json["offset"] == 0);
  CHECK(announced.json["chunk_bytes"] == 1024 * 1024);
  CHECK(announced.json.contains("expires_at"));
  const auto id = id_of(announced.json);
  CHECK(announced.header("location") == attachment_path(id));
  CHECK(bob.http.get(attachment_path(id)).code() == "resource.not_found");
  CHECK(content_of(ada, announced.json).code() == "attachment.incomplete");

  const std::string_view all = bytes;
  const auto first = send_bytes(ada, id, 0, all.substr(0, 300'000));
  CHECK(first.status == 200);
  CHECK(first.json["offset"] == 300'000);
  CHECK(ada.http.request("HEAD", attachment_path(id)).header("upload-offset") == "300000");
  const auto wrong = send_bytes(ada, id, 100, all.substr(100));
  CHECK(wrong.code() == "attachment.wrong_offset");
  CHECK(wrong.header("upload-offset") == "300000");
  CHECK(send_bytes(bob, id, 300'000, all.substr(300'000)).code() == "resource.not_found");
  const auto last = ada.http.request_text("PATCH", attachment_path(id, "?offset=300000"), all.substr(300'000),
                                          "application/offset+octet-stream");
  REQUIRE(last.status == 200);
  CHECK(last.json["status"] == "complete");
  CHECK(last.json["content_type"] == "application/octet-stream");
  CHECK(last.json["preview"] == false);
  CHECK(last.json["sha256"].get<std::string>().size() == 64);
  CHECK(send_bytes(ada, id, 700'000, {}).code() == "attachment.complete");

  CHECK(content_of(bob, last.json).status == 404);
  const auto sent = post_attachment(ada, ada.with(bob), last.json);
  REQUIRE(sent.status == 201);
  const auto message = bob.http.get("/api/v1/chat/messages/" + sent.json["message_id"].get<std::string>()).json;
  CHECK(message["extra"] == json{{"attachment_id", id},
                                 {"name", "übung 1.bin"},
                                 {"size", 700'000},
                                 {"content_type", "application/octet-stream"},
                                 {"preview", false}});
  const auto got = content_of(bob, last.json);
  CHECK(got.status == 200);
  CHECK(got.body == bytes);
  CHECK(got.header("content-disposition") ==
        "attachment; filename=\"__bung 1.bin\"; filename*=UTF-8''%C3%BCbung%201.bin");
  CHECK(got.header("content-type") == "application/octet-stream");
  CHECK(got.header("content-security-policy") == "sandbox; default-src 'none'; frame-ancestors 'none'");
  CHECK(got.header("x-content-type-options") == "nosniff");
  CHECK(got.header("cross-origin-resource-policy") == "same-origin");
  CHECK(got.header("cache-control") == "private, no-cache");
  CHECK(content_of(eve, last.json).status == 404);
  CHECK(HttpClient(server().port()).get(attachment_path(id, "/content")).code() == "auth.required");
  CHECK(ada.http.erase(attachment_path(id)).code() == "attachment.in_use");
  CHECK_FALSE(ada.http.get(attachment_path(id)).json.contains("expires_at"));
}

TEST_CASE("attachments: parts of a download", "[attachments]") {
  Person ada(server(), "ada");
  const auto file = upload(ada, "0123456789");
  const auto part = [&](const std::string& range, const Headers& more = {}) {
    Headers headers{{"Range", range}};
    headers.insert(headers.end(), more.begin(), more.end());
    return content_of(ada, file, headers);
  };
  const auto whole = content_of(ada, file);
  const auto etag = whole.header("etag");
  CHECK(whole.header("accept-ranges") == "bytes");
  const auto middle = part("bytes=2-4");
  CHECK(middle.status == 206);
  CHECK(middle.body == "234");
  CHECK(middle.header("content-range") == "bytes 2-4/10");
  CHECK(part("bytes=7-").body == "789");
  CHECK(part("bytes=-3").body == "789");
  CHECK(part("bytes=8-99").body == "89");
  CHECK(part("bytes=2-4", {{"If-Range", etag}}).status == 206);
  CHECK(part("bytes=2-4", {{"If-Range", "\"other\""}}).status == 200);
  CHECK(part("bytes=1-2,4-5").status == 200);
  const auto behind = part("bytes=10-");
  CHECK(behind.code() == "attachment.range_unsatisfiable");
  CHECK(behind.header("content-range") == "bytes */10");
  CHECK(content_of(ada, file, {{"If-None-Match", etag}}).status == 304);
  const auto head = ada.http.request("HEAD", attachment_path(id_of(file), "/content"));
  CHECK(head.status == 200);
  CHECK(head.header("content-length") == "10");
  CHECK(content_of(ada, file).body == "0123456789");  // the connection goes on
}

TEST_CASE("attachments: images are measured, turned and shown small", "[attachments]") {
  Person ada(server(), "ada"), bob(server(), "bob");
  const auto png = upload(ada, make_png(640, 480), "photo.txt");
  CHECK(png["content_type"] == "image/png");
  CHECK(png["width"] == 640);
  CHECK(png["height"] == 480);
  REQUIRE(png["preview"] == true);
  CHECK(content_of(ada, png).header("content-type") == "image/png");
  CHECK(content_of(ada, png).header("content-disposition").starts_with("inline"));
  const auto small = ada.http.get(attachment_path(id_of(png), "/thumbnail"));
  CHECK(small.header("content-type") == "image/webp");
  CHECK(small.body.substr(8, 4) == "WEBP");
  // The link alone opens it, without a header; another link does not.
  HttpClient nobody(server().port());
  const auto url = png["url"].get<std::string>();
  CHECK(nobody.get(url).status == 200);
  CHECK(nobody.get(png["thumbnail_url"].get<std::string>()).status == 200);
  CHECK(nobody.get(url + "x").code() == "auth.invalid_token");
  const auto other = upload(ada, "another");
  const auto token = url.substr(url.find('?'));
  CHECK(nobody.get(attachment_path(id_of(other), "/content" + token)).code() == "auth.invalid_token");

  const auto turned = upload(ada, sample_jpeg(6), "turned.jpg");
  CHECK(turned["width"] == 16);
  CHECK(turned["height"] == 32);
  const auto preview = ada.http.get(attachment_path(id_of(turned), "/thumbnail")).body;
  CHECK(preview.find("GPS") == std::string::npos);
  CHECK(preview.find("Exif") == std::string::npos);
  CHECK(upload(ada, sample_webp())["width"] == 24);
  const auto gif = upload(ada, sample_gif());
  CHECK(gif["content_type"] == "image/gif");
  CHECK(gif["height"] == 6);
  CHECK(gif["preview"] == false);

  // What the client says of it does not count.
  auto message = attachment_message(ada.with(bob), png, "image");
  message["extra"]["width"] = 1;
  message["extra"]["name"] = "lie.png";
  message["extra"]["alt"] = "a lake";
  const auto sent = ada.http.post("/api/v1/chat/messages", message);
  REQUIRE(sent.status == 201);
  const auto extra = bob.http.get("/api/v1/chat/messages/" + sent.json["message_id"].get<std::string>()).json["extra"];
  CHECK(extra["width"] == 640);
  CHECK(extra["name"] == "photo.txt");
  CHECK(extra["alt"] == "a lake");
  CHECK(extra["preview"] == true);
  CHECK(bob.http.get(attachment_path(id_of(png), "/thumbnail")).status == 200);
}

TEST_CASE("attachments: what may not be is refused", "[attachments]") {
  Person ada(server(), "ada"), bob(server(), "bob");
  const auto invalid = [&](const json& body) { return ada.http.post("/api/v1/attachments", body); };
  CHECK(invalid(json::object()).fields() == Names{"name", "size"});
  for (const auto* name : {"", ".", "..", "a/b", "a\\b", "a\nb", "exe.\u202Egpj"}) {
    CHECK(invalid({{"name", name}, {"size", 1}}).fields() == Names{"name"});
  }
  CHECK(invalid({{"name", std::string(256, 'x')}, {"size", 1}}).fields() == Names{"name"});
  CHECK(invalid({{"name", "x"}, {"size", 0}}).fields() == Names{"size"});
  CHECK(invalid({{"name", "x"}, {"size", 1}, {"colour", "red"}}).fields() == Names{"colour"});
  CHECK(invalid({{"name", "x"}, {"size", 1}, {"content_type", "Image"}}).fields() == Names{"content_type"});
  CHECK(invalid({{"name", "x"}, {"size", 500'000'000}}).code() == "attachment.too_large");
  CHECK(invalid({{"name", "x"}, {"size", 1}, {"content_type", "audio/ogg"}}).code() == "attachment.type_refused");
  CHECK(invalid({{"name", "x"}, {"size", 1}, {"conversation_id", "group_1"}}).code() == "resource.not_found");

  const auto id = id_of(announce(ada, "x", 10).json);
  const auto patch = [&](std::string_view bytes, const std::string& type, const Headers& headers) {
    return ada.http.request_text("PATCH", attachment_path(id), bytes, type, headers);
  };
  CHECK(patch("{}", "application/json", {{"Upload-Offset", "0"}}).status == 415);
  CHECK(patch("x", "application/octet-stream", {}).fields() == Names{"offset"});
  CHECK(patch("x", "application/octet-stream", {{"Upload-Offset", "-1"}}).fields() == Names{"Upload-Offset"});
  CHECK(send_bytes(ada, id, 0, "eleven byte").code() == "request.too_large");
  CHECK(ada.http.get(attachment_path(id)).json["offset"] == 0);
  CHECK(send_bytes(ada, id, 0, std::string(1024 * 1024 + 1, 'x')).code() == "request.too_large");
  CHECK(send_bytes(ada, "12", 0, "x").code() == "resource.not_found");
  CHECK(send_bytes(ada, "x", 0, "x").code() == "resource.not_found");

  const auto refused_extra = [&](const HttpAnswer& answer) { return answer.fields() == Names{"extra.attachment_id"}; };
  CHECK(refused_extra(post_attachment(ada, ada.with(bob), {{"attachment_id", id}})));    // not complete
  CHECK(refused_extra(post_attachment(ada, ada.with(bob), {{"attachment_id", "12"}})));  // not there
  CHECK(refused_extra(post_attachment(ada, ada.with(bob), {{"attachment_id", 12}})));
  const auto file = upload(ada, "text");
  CHECK(refused_extra(post_attachment(bob, ada.with(bob), file)));           // not one's own
  CHECK(refused_extra(post_attachment(ada, ada.with(bob), file, "image")));  // no image
  const auto over_socket =
      ada.socket().request("message.send", attachment_message(ada.with(bob), {{"attachment_id", id}}));
  CHECK(over_socket["data"]["code"] == "request.invalid");

  const auto program = std::string(
                           "\x7f"
                           "ELF") +
                       std::string(100, '\0');
  const auto elf = id_of(announce(ada, "innocent.png", program.size()).json);
  CHECK(send_bytes(ada, elf, 0, program).code() == "attachment.type_refused");
  CHECK(ada.http.get(attachment_path(elf)).status == 404);

  CHECK(ada.http.erase(attachment_path(id)).status == 204);
  CHECK(ada.http.erase(attachment_path(id)).status == 404);
  CHECK(bob.http.erase(attachment_path(id_of(file))).status == 404);
}

TEST_CASE("attachments: only so many, and only so much", "[attachments]") {
  Person ada(server(), "ada");
  constexpr std::size_t large = 390 * 1024 * 1024;
  const auto first = announce(ada, "a", large).json;
  CHECK(announce(ada, "b", large).status == 201);
  CHECK(announce(ada, "c", large).code() == "attachment.quota_exceeded");
  CHECK(announce(ada, "c", 1).status == 201);
  CHECK(announce(ada, "d", 1).code() == "attachment.too_many_unfinished");
  CHECK(ada.http.erase(attachment_path(id_of(first))).status == 204);
  CHECK(announce(ada, "c", large).status == 201);
  const auto limits = ada.http.get("/api/v1/client-config").json;
  CHECK(limits["features"]["attachments"] == true);
  CHECK(limits["limits"]["attachment_bytes"] == 400 * 1024 * 1024);
  CHECK(limits["limits"]["attachment_chunk_bytes"] == 1024 * 1024);
  CHECK(limits["limits"]["attachments_unfinished"] == 3);
  CHECK(limits["attachment_types"]["refused"] == json{"application/x-executable", "audio/*"});
}

TEST_CASE("attachments: who may read the message may read what it refers to", "[attachments]") {
  Person ada(server(), "ada"), bob(server(), "bob"), eve(server(), "eve"), kim(server(), "kim");
  const auto group = make_group(ada, {&bob, &kim}, {{"history", "joined"}});
  const auto chat = group["conversation_id"].get<std::string>();
  const auto file = upload(ada, "secret plans");
  const auto sent = post_attachment(ada, chat, file);
  REQUIRE(sent.status == 201);
  CHECK(content_of(bob, file).body == "secret plans");
  CHECK(content_of(eve, file).status == 404);
  join_by(eve, make_link(ada, group));
  CHECK(content_of(eve, file).status == 404);  // from before she came
  CHECK(kim.http.erase("/api/v1/chat/messages/" + sent.json["message_id"].get<std::string>()).status == 200);
  CHECK(content_of(kim, file).status == 404);  // deleted for himself
  const auto link = bob.http.get(attachment_path(id_of(file))).json["url"].get<std::string>();
  HttpClient nobody(server().port());
  CHECK(nobody.get(link).status == 200);
  CHECK(ada.http.erase(group_path(group, "/members/" + bob.id)).status == 204);
  CHECK(content_of(bob, file).status == 404);
  CHECK(nobody.get(link).status == 404);

  CHECK(post_attachment(ada, chat, file).status == 201);  // once more: now she may
  CHECK(content_of(eve, file).status == 200);
  const auto again = upload(ada, "and more");
  const auto recalled = post_attachment(ada, chat, again).json["message_id"].get<std::string>();
  CHECK(content_of(eve, again).status == 200);
  CHECK(ada.http.erase("/api/v1/chat/messages/" + recalled + "?scope=all").status == 200);
  CHECK(content_of(eve, again).status == 404);
}

}  // namespace netherlink::test
