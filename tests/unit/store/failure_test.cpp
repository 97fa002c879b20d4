#include <fcntl.h>
#include <linux/capability.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <functional>

#include "child.hpp"
#include "contract/store/batches.hpp"
#include "netherlink/log/log.hpp"

namespace netherlink::store::testing {
namespace {

// Together smaller than what check() writes after a failure: where they find no room, it finds none either.
constexpr int large_messages = 20;

Conversation large(Owner& owner, const std::string& name) {
  std::vector<im::Message> messages;
  for (int m = 0; m < large_messages; ++m)
    messages.push_back(owner.message(1, name + std::to_string(m), std::string(8000, 'x')));
  return owner.conversation("world", std::move(messages));
}

/// Appends until the store fails, makes room again, and goes on with the same store.
void fill_and_recover(Store& store, const std::function<void()>& make_room) {
  auto& messages = store.messages();
  const std::vector<std::string> world{"world"};
  Owner owner(messages, 0);
  im::Seq committed = 0;
  bool failed = false;
  for (int round = 0; round < 1000 && !failed; ++round) {
    auto batch = owner.batch({large(owner, "a" + std::to_string(round) + "-")});
    const auto appended = messages.append(batch);
    if (appended) {
      committed = batch.conversations.front().head.last_seq;
    } else {
      expect(appended.error().is(errors::server_unavailable), "the error is server.unavailable");
      failed = true;
    }
  }
  expect(failed, "the disk was never full");
  expect(committed > 0, "nothing was committed before");
  expect(!store.check(), "check() finds the full disk");
  expect(must(messages.heads(world)).front().last_seq == committed, "reading goes on");
  expect(must(messages.range("world", committed, committed, 1, false)).size() == 1, "history goes on");

  make_room();
  must(store.check());
  Owner next(messages, 0);
  auto batch = next.batch({large(next, "b")});
  must(messages.append(batch));
  const auto all = must(messages.range("world", 1, INT64_MAX, 100'000, false));
  expect(all.size() == static_cast<std::size_t>(committed) + large_messages, "all that was committed is there");
  for (std::size_t i = 0; i < all.size(); ++i) expect(all[i].seq == static_cast<im::Seq>(i + 1), "no hole");
}

TEST_CASE("a limit on the size of files is met and lifted", "[failure]") {
  log::set_level(log::Level::off);
  Sqlite database;
  database.close();
  const auto code = wait_for(start_child([&] {
    signal(SIGXFSZ, SIG_IGN);
    auto store = must(open(database.options()));
    rlimit limit{};
    getrlimit(RLIMIT_FSIZE, &limit);
    const auto before = limit.rlim_cur;
    limit.rlim_cur = 6 << 20;
    expect(setrlimit(RLIMIT_FSIZE, &limit) == 0, "setrlimit");
    fill_and_recover(*store, [&] {
      limit.rlim_cur = before;
      setrlimit(RLIMIT_FSIZE, &limit);
    });
    return 0;
  }));
  CHECK(code == 0);
  database.reopen();
  CHECK(must(database->messages().heads(std::vector<std::string>{"world"})).front().last_seq >= large_messages);
}

/// A small file system of its own, seen by this process alone.
bool mount_small(const std::filesystem::path& folder) {
  if (unshare(CLONE_NEWNS) != 0 && unshare(CLONE_NEWUSER | CLONE_NEWNS) != 0) return false;
  if (mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0) return false;
  return mount("tmpfs", folder.c_str(), "tmpfs", 0, "size=8m") == 0;
}

TEST_CASE("a full disk is told and overcome", "[failure]") {
  log::set_level(log::Level::off);
  TemporaryFolder folder;
  const auto code = wait_for(start_child([&] {
    if (!mount_small(folder.path())) return skipped;
    const Options options{.url = "sqlite://" + (folder.path() / "n.db").string()};
    must(migrate_up(options));
    const auto ballast = (folder.path() / "ballast").string();
    const int descriptor = ::open(ballast.c_str(), O_CREAT | O_RDWR, 0600);
    expect(posix_fallocate(descriptor, 0, 4 << 20) == 0, "ballast");
    ::close(descriptor);
    auto store = must(open(options));
    fill_and_recover(*store, [&] { std::filesystem::remove(ballast); });
    return 0;
  }));
  if (code == skipped) {
    WARN("skipped: this machine does not let tests mount a file system");
  } else {
    CHECK(code == 0);
  }
}

/// Root may write whatever the mode says, by one of its capabilities: go on without it.
void obey_file_modes() {
  if (geteuid() != 0) return;
  __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
  __user_cap_data_struct capabilities[_LINUX_CAPABILITY_U32S_3] = {};
  expect(syscall(SYS_capget, &header, capabilities) == 0, "capget");
  capabilities[0].effective &= ~(1U << CAP_DAC_OVERRIDE);
  expect(syscall(SYS_capset, &header, capabilities) == 0, "capset");
}

TEST_CASE("a read-only file is told, read, and overcome", "[failure]") {
  log::set_level(log::Level::off);
  Sqlite database;
  database.close();
  const auto code = wait_for(start_child([&] {
    obey_file_modes();
    const auto file = database.path().string();
    expect(chmod(file.c_str(), 0400) == 0, "chmod");
    auto store = must(open(database.options()));
    expect(!store->check(), "check() finds out");
    const auto refused = store->messages().acquire(0);
    expect(!refused && refused.error().is(errors::server_unavailable), "writing is server.unavailable");
    expect(store->users().find_by_name_or_email("ada").has_value(), "reading works");
    expect(chmod(file.c_str(), 0600) == 0, "chmod");
    if (!store->check()) must(store->check());  // the first try may find files still open for reading alone
    must(store->messages().acquire(0));
    return 0;
  }));
  CHECK(code == 0);
}

TEST_CASE("a database that vanished is not replaced by an empty one", "[failure]") {
  log::set_level(log::Level::off);
  Sqlite database;
  must(database->check());
  std::filesystem::rename(database.path(), database.path().string() + ".away");
  database.close();
  CHECK_FALSE(open(database.options()).has_value());
  CHECK_FALSE(std::filesystem::exists(database.path()));
}

TEST_CASE("a damaged database is an error, not a crash", "[failure]") {
  log::set_level(log::Level::off);
  Sqlite database;
  {
    Owner owner(database->messages(), 0);
    for (int round = 0; round < 5; ++round) owner.append(large(owner, std::to_string(round)));
  }
  database.close();
  const auto size = std::filesystem::file_size(database.path());
  {
    std::FILE* file = std::fopen(database.path().c_str(), "r+b");
    REQUIRE(file);
    const std::string noise(4096, '\x5a');
    for (std::size_t at = 8192; at + 4096 < size; at += 8192) {
      std::fseek(file, static_cast<long>(at), SEEK_SET);
      std::fwrite(noise.data(), 1, noise.size(), file);
    }
    std::fclose(file);
  }
  auto opened = open(database.options());
  if (opened) {
    const auto all = (*opened)->messages().range("world", 1, INT64_MAX, 1000, false);
    CHECK((!all.has_value() || all->size() < 5 * large_messages));
    CHECK_FALSE((*opened)->messages().acquire(0).has_value());
  }
}

}  // namespace
}  // namespace netherlink::store::testing
