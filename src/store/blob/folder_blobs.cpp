#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include "netherlink/store/blobs.hpp"
#include "store/blob/file.hpp"

namespace netherlink::store {
namespace {

using attachment::AttachmentId;
using attachment::BlobStore;
using blob::failed;
using blob::File;
using core::result;
namespace fs = std::filesystem;

constexpr std::size_t hash_digits = 64;

bool is_hash(std::string_view text) {
  return text.size() == hash_digits &&
         std::ranges::all_of(text, [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

/// Holds the lock of the file as long as it lives, and no longer than its process.
class StagedWriter final : public BlobStore::Writer {
 public:
  StagedWriter(File file, std::string path) : file_(std::move(file)), path_(std::move(path)) {}

  result<void> begin(std::int64_t offset) override {
    struct stat status {};
    if (::fstat(file_.descriptor(), &status) != 0) return failed("fstat", path_);
    if (status.st_size < offset) return errors::resource_not_found;
    if (status.st_size > offset && ::ftruncate(file_.descriptor(), offset) != 0) return failed("ftruncate", path_);
    offset_ = offset;
    return {};
  }
  result<void> append(std::string_view bytes) override {
    if (auto written = blob::write_all(file_, bytes, offset_, path_); !written) return written;
    offset_ += static_cast<std::int64_t>(bytes.size());
    return {};
  }
  result<void> sync() override {
    return ::fdatasync(file_.descriptor()) == 0 ? result<void>() : result<void>(failed("fdatasync", path_));
  }

 private:
  File file_;
  std::string path_;
  std::int64_t offset_ = 0;
};

class FileReader final : public BlobStore::Reader {
 public:
  FileReader(File file, std::int64_t size, std::string path)
      : file_(std::move(file)), size_(size), path_(std::move(path)) {}

  std::int64_t size() const override { return size_; }
  result<std::size_t> read(std::int64_t offset, std::span<char> into) override {
    std::size_t done = 0;
    while (done < into.size()) {
      const auto count =
          ::pread(file_.descriptor(), into.data() + done, into.size() - done, offset + static_cast<std::int64_t>(done));
      if (count < 0 && errno == EINTR) continue;
      if (count < 0) return failed("read", path_);
      if (count == 0) break;
      done += static_cast<std::size_t>(count);
    }
    return done;
  }
  int descriptor() const override { return file_.descriptor(); }

 private:
  File file_;
  std::int64_t size_;
  std::string path_;
};

/// staged/<id>; content/ab/cd/<hash> and <hash>.preview.
class FolderBlobs final : public BlobStore {
 public:
  explicit FolderBlobs(const fs::path& folder)
      : folder_(folder), staged_(folder / "staged"), content_(folder / "content") {}

  result<void> make_folders() {
    std::error_code problem;
    // Nobody else's business; whoever made the folder beforehand has decided who may read it.
    if (fs::create_directories(folder_, problem)) fs::permissions(folder_, fs::perms::owner_all, problem);
    for (const auto& path : {staged_, content_}) {
      fs::create_directories(path, problem);
      if (problem) return core::Error(errors::server_unavailable, path.string() + ": " + problem.message());
      if (::access(path.c_str(), R_OK | W_OK | X_OK) != 0) {
        return core::Error(errors::server_unavailable, path.string() + ": " + std::strerror(errno));
      }
    }
    return {};
  }

  result<std::unique_ptr<Writer>> write(AttachmentId id) override {
    const auto path = staged_path(id);
    File file(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
    if (!file) return failed("open", path);
    if (::flock(file.descriptor(), LOCK_EX | LOCK_NB) != 0) {
      if (errno == EWOULDBLOCK) return core::Error(errors::attachment_busy, std::chrono::milliseconds(1000));
      return failed("flock", path);
    }
    return std::unique_ptr<Writer>(std::make_unique<StagedWriter>(std::move(file), path));
  }

  result<std::unique_ptr<Reader>> read_staged(AttachmentId id) override { return open(staged_path(id)); }
  result<std::unique_ptr<Reader>> read(std::string_view hash) override { return open(content_path(hash)); }
  result<std::unique_ptr<Reader>> read_preview(std::string_view hash) override { return open(preview_path(hash)); }

  result<void> publish(AttachmentId id, std::string_view hash, std::string_view preview) override {
    const auto path = content_path(hash);
    const auto parent = fs::path(path).parent_path();
    if (auto made = make_parents(parent); !made) return made;
    if (!preview.empty()) {
      const auto temporary = staged_path(id).append(".preview");
      if (auto written = blob::replace_file(preview_path(hash), temporary, preview); !written) return written;
    }
    if (::link(staged_path(id).c_str(), path.c_str()) != 0 && errno != EEXIST) return failed("link", path);
    return blob::sync_folder(parent.string());
  }

  result<void> discard(AttachmentId id) override {
    const auto path = staged_path(id);
    auto done = blob::remove_file(path + ".preview");
    return done ? blob::remove_file(path) : done;
  }

  result<void> remove(std::string_view hash) override {
    auto done = blob::remove_file(preview_path(hash));
    return done ? blob::remove_file(content_path(hash)) : done;
  }

  result<std::vector<AttachmentId>> staged(core::Timestamp before) override {
    std::vector<AttachmentId> found;
    auto done = for_each_file(staged_, before, [&](const std::string& name) {
      const auto id = core::parse_id(std::string_view(name).substr(0, name.find('.')));
      if (id) found.push_back(*id);
    });
    if (!done) return done.error();
    return found;
  }

  result<std::vector<std::string>> content(std::size_t part, core::Timestamp before) override {
    constexpr std::string_view digits = "0123456789abcdef";
    std::vector<std::string> found;
    std::error_code problem;
    const auto folder = content_ / std::string{digits[part / 16 % 16], digits[part % 16]};
    for (fs::directory_iterator at(folder, problem), end; !problem && at != end; at.increment(problem)) {
      auto done = for_each_file(at->path(), before, [&](const std::string& name) {
        if (is_hash(name)) found.push_back(name);
      });
      if (!done) return done.error();
    }
    return found;
  }

 private:
  std::string staged_path(AttachmentId id) const { return (staged_ / std::to_string(id)).string(); }
  std::string content_path(std::string_view hash) const {
    return (content_ / hash.substr(0, 2) / hash.substr(2, 2) / hash).string();
  }
  std::string preview_path(std::string_view hash) const { return content_path(hash).append(".preview"); }

  static result<std::unique_ptr<Reader>> open(const std::string& path) {
    File file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
    if (!file && errno == ENOENT) return errors::resource_not_found;
    if (!file) return failed("open", path);
    struct stat status {};
    if (::fstat(file.descriptor(), &status) != 0) return failed("fstat", path);
    return std::unique_ptr<Reader>(std::make_unique<FileReader>(std::move(file), status.st_size, path));
  }

  /// A folder that was just made is not there for good before its own parent is safe.
  result<void> make_parents(const fs::path& parent) const {
    std::error_code problem;
    if (fs::exists(parent, problem)) return {};
    fs::create_directories(parent, problem);
    if (problem) return failed("mkdir", parent.string());
    auto done = blob::sync_folder(parent.parent_path().string());
    return done ? blob::sync_folder(content_.string()) : done;
  }

  template <class Use>
  static result<void> for_each_file(const fs::path& folder, core::Timestamp before, const Use& use) {
    std::error_code problem;
    for (fs::directory_iterator at(folder, problem), end; !problem && at != end; at.increment(problem)) {
      struct stat status {};
      if (::lstat(at->path().c_str(), &status) != 0 || !S_ISREG(status.st_mode)) continue;
      const auto changed = static_cast<core::Timestamp>(status.st_mtim.tv_sec) * 1000;
      if (changed < before) use(at->path().filename().string());
    }
    return problem ? result<void>(failed("readdir", folder.string())) : result<void>();
  }

  fs::path folder_, staged_, content_;
};

}  // namespace

result<std::unique_ptr<BlobStore>> open_blob_folder(const fs::path& folder) {
  auto blobs = std::make_unique<FolderBlobs>(folder);
  if (auto made = blobs->make_folders(); !made) return made.error();
  return std::unique_ptr<BlobStore>(std::move(blobs));
}

}  // namespace netherlink::store
