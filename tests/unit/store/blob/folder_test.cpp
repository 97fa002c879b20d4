#include <fstream>

#include "netherlink/store/blobs.hpp"
#include "support/catch.hpp"
#include "support/server_process.hpp"

namespace netherlink::store {
namespace {

namespace fs = std::filesystem;
using attachment::BlobStore;

const std::string hash(64, 'a');
constexpr core::Timestamp future = core::Timestamp{1} << 50;

std::string all_of(BlobStore::Reader& reader) {
  std::string text(static_cast<std::size_t>(reader.size()), '\0');
  CHECK(*reader.read(0, text) == text.size());
  return text;
}

void stage(BlobStore& blobs, std::int64_t id, std::string_view bytes) {
  auto writer = blobs.write(id);
  REQUIRE(writer);
  REQUIRE((*writer)->begin(0));
  REQUIRE((*writer)->append(bytes));
  REQUIRE((*writer)->sync());
}

}  // namespace

TEST_CASE("blobs: a staged upload has one writer, and goes on where it is told", "[blobs]") {
  test::TemporaryFolder folder;
  const auto blobs = std::move(*open_blob_folder(folder.path() / "files"));
  stage(*blobs, 1, "hello, w");
  {
    auto writer = blobs->write(1);
    REQUIRE(writer);
    CHECK(blobs->write(1).error().is(errors::attachment_busy));
    CHECK((*writer)->begin(9).error().is(errors::resource_not_found));
    CHECK((*writer)->begin(5));  // what was behind it had not been noted
    CHECK((*writer)->append(" world"));
  }
  CHECK(all_of(**blobs->read_staged(1)) == "hello world");
  CHECK(*blobs->staged(future) == std::vector<std::int64_t>{1});
  CHECK(blobs->staged(0)->empty());
  CHECK(blobs->discard(1));
  CHECK(blobs->discard(1));
  CHECK(blobs->read_staged(1).error().is(errors::resource_not_found));
}

TEST_CASE("blobs: published once, however often, with a crash anywhere between", "[blobs]") {
  test::TemporaryFolder folder;
  auto blobs = std::move(*open_blob_folder(folder.path()));
  stage(*blobs, 1, "content");
  stage(*blobs, 2, "content");
  CHECK(blobs->publish(1, hash, "preview"));
  blobs = std::move(*open_blob_folder(folder.path()));  // nothing is known but the files
  CHECK(blobs->publish(1, hash, "preview"));
  CHECK(blobs->publish(2, hash, {}));
  CHECK(all_of(**blobs->read(hash)) == "content");
  CHECK(all_of(**blobs->read_preview(hash)) == "preview");
  CHECK(blobs->discard(1));
  CHECK(blobs->discard(2));
  CHECK(*blobs->content(0xaa, future) == std::vector<std::string>{hash});
  CHECK(blobs->content(0xab, future)->empty());
  CHECK(all_of(**blobs->read(hash)) == "content");
  CHECK(blobs->remove(hash));
  CHECK(blobs->remove(hash));
  CHECK(blobs->read(hash).error().is(errors::resource_not_found));
  CHECK(blobs->read_preview(hash).error().is(errors::resource_not_found));
}

TEST_CASE("blobs: a folder that cannot be used is told at once", "[blobs]") {
  test::TemporaryFolder folder;
  std::ofstream(folder.path() / "file") << "no folder";
  const auto refused = open_blob_folder(folder.path() / "file");
  REQUIRE_FALSE(refused);
  CHECK(refused.error().detail().find("file") != std::string::npos);
}

}  // namespace netherlink::store
