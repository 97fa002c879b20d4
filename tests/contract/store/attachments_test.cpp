#include <atomic>
#include <thread>

#include "engines.hpp"

namespace netherlink::store::testing {
namespace {

using attachment::Attachment;
using attachment::AttachmentRepository;
using attachment::Facts;
using attachment::Use;

constexpr AttachmentRepository::Quota roomy{.user_bytes = 1'000'000, .max_unfinished = 100};

core::UserId add_user(Store& store, const std::string& name) {
  static core::UserId last = 100;
  user::User user;
  user.id = ++last;
  user.username = user.nickname = name;
  must(store.users().insert(user, name, "", "hash"));
  return user.id;
}

Attachment upload_of(core::UserId owner, core::UserId id, std::int64_t size = 10) {
  Attachment upload;
  upload.id = id;
  upload.owner_id = owner;
  upload.name = "größe.txt";
  upload.size = size;
  upload.created_at = 1000;
  upload.expires_at = 2000;
  return upload;
}

Facts facts_of(char digit) {
  return {.hash = std::string(64, digit), .content_type = "image/png", .width = 3, .height = 4, .preview = true};
}

const auto placed = []() -> core::result<void> { return {}; };

/// Complete, with this content.
Attachment complete(AttachmentRepository& repository, core::UserId owner, std::int64_t id, char digit) {
  auto upload = upload_of(owner, id);
  must(repository.create(upload, roomy));
  upload.received = upload.size;
  REQUIRE(must(repository.advance(upload, 0)));
  REQUIRE(must(repository.complete(id, facts_of(digit), 3000, placed)));
  return upload;
}

Use use_of(core::UserId sender, std::int64_t id, const std::string& message) {
  Use use;
  use.attachment_id = id;
  use.sender_id = sender;
  use.conversation_id = "world";
  use.client_msg_id = message;
  use.created_at = use.doubted_at = 1500;
  return use;
}

}  // namespace

TEMPLATE_LIST_TEST_CASE("an upload moves on from where it is, and completes once", "[attachments]", Engines) {
  TestType database;
  auto& repository = database->attachments();
  const auto owner = add_user(*database, "ada");
  auto upload = upload_of(owner, 7);
  must(repository.create(upload, roomy));
  CHECK(must(repository.find(7))->name == "größe.txt");
  CHECK_FALSE(must(repository.find(8)));
  upload.received = 4;
  upload.digest = "abc";
  upload.expires_at = 2500;
  CHECK(must(repository.advance(upload, 0)));
  CHECK_FALSE(must(repository.advance(upload, 0)));
  const auto found = *must(repository.find(7));
  CHECK(found.received == 4);
  CHECK(found.digest == "abc");
  CHECK(found.expires_at == 2500);
  CHECK_FALSE(must(repository.complete(7, facts_of('a'), 3000, placed)));  // not all of it is there
  upload.received = 10;
  CHECK(must(repository.advance(upload, 4)));
  const auto fails = []() -> core::result<void> { return errors::server_unavailable; };
  CHECK_FALSE(repository.complete(7, facts_of('a'), 3000, fails).has_value());
  CHECK_FALSE(must(repository.find(7))->complete);
  CHECK_FALSE(must(repository.find_content(std::string(64, 'a'))));
  CHECK(must(repository.complete(7, facts_of('a'), 3000, placed)));
  CHECK_FALSE(must(repository.complete(7, facts_of('a'), 3000, placed)));
  const auto whole = *must(repository.find(7));
  CHECK(whole.complete);
  CHECK(whole.facts == facts_of('a'));
  CHECK(must(repository.find_content(std::string(64, 'a'))) == facts_of('a'));
}

TEMPLATE_LIST_TEST_CASE("uploads are limited in number and bytes", "[attachments]", Engines) {
  TestType database;
  auto& repository = database->attachments();
  const auto owner = add_user(*database, "ada");
  const AttachmentRepository::Quota quota{.user_bytes = 25, .max_unfinished = 2};
  must(repository.create(upload_of(owner, 1), quota));
  CHECK(repository.create(upload_of(owner, 2, 20), quota).error().is(errors::attachment_quota_exceeded));
  must(repository.create(upload_of(owner, 2), quota));
  CHECK(repository.create(upload_of(owner, 3, 1), quota).error().is(errors::attachment_too_many_unfinished));
  CHECK(must(repository.remove(1, owner + 1)) == AttachmentRepository::Removed::unknown);
  CHECK(must(repository.remove(1, owner)) == AttachmentRepository::Removed::removed);
  must(repository.create(upload_of(owner, 3, 15), quota));

  const auto other = add_user(*database, "bob");
  std::atomic<int> created{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&, i] { created += repository.create(upload_of(other, 10 + i), quota).has_value() ? 1 : 0; });
  }
  for (auto& thread : threads) thread.join();
  CHECK(created == 2);
}

TEMPLATE_LIST_TEST_CASE("content lives as long as something refers to it", "[attachments]", Engines) {
  TestType database;
  auto& repository = database->attachments();
  const auto owner = add_user(*database, "ada");
  complete(repository, owner, 1, 'a');
  complete(repository, owner, 2, 'a');
  int removed = 0;
  const auto remove = [&]() -> core::result<void> {
    ++removed;
    return {};
  };
  const auto hash = std::string(64, 'a');
  CHECK(must(repository.remove(1, owner)) == AttachmentRepository::Removed::removed);
  CHECK(must(repository.unreferenced(10)).empty());
  must(repository.collect(hash, remove));
  CHECK(removed == 0);
  CHECK_FALSE(must(repository.expire(2, 2999)));
  CHECK(must(repository.expired(3000, 10)) == std::vector<std::int64_t>{2});
  CHECK(must(repository.expire(2, 3000)));
  CHECK(must(repository.unreferenced(10)) == std::vector<std::string>{hash});
  CHECK_FALSE(must(repository.find_content(hash)));
  const auto fails = []() -> core::result<void> { return errors::server_unavailable; };
  CHECK_FALSE(repository.collect(hash, fails).has_value());
  CHECK(must(repository.unreferenced(10)).size() == 1);
  must(repository.collect(hash, remove));
  CHECK(removed == 1);
  CHECK(must(repository.unreferenced(10)).empty());
  must(repository.collect(std::string(64, 'b'), remove));  // never known
  CHECK(removed == 2);
}

TEMPLATE_LIST_TEST_CASE("uses keep an attachment, doubts end them", "[attachments]", Engines) {
  TestType database;
  auto& repository = database->attachments();
  const auto owner = add_user(*database, "ada");
  complete(repository, owner, 1, 'a');
  const auto use = use_of(owner, 1, "m1");
  CHECK_FALSE(must(repository.attach(use_of(owner + 1, 1, "m1"))));
  CHECK(must(repository.attach(use)));
  CHECK(must(repository.attach(use)));
  CHECK(must(repository.uses(1)).size() == 1);
  CHECK(must(repository.find(1))->expires_at == 0);
  CHECK(must(repository.remove(1, owner)) == AttachmentRepository::Removed::in_use);
  CHECK(must(repository.expired(1'000'000, 10)).empty());
  must(repository.forget(owner, 4000));
  CHECK(must(repository.expired(1'000'000, 10)).empty());

  auto doubted = must(repository.doubted(1500, 10));
  REQUIRE(doubted.size() == 1);
  must(repository.keep(doubted[0], 0));
  CHECK(must(repository.doubted(1'000'000, 10)).empty());
  must(repository.doubt(use, 2000));
  must(repository.drop(doubted[0], 5000));  // doubted again meanwhile
  CHECK(must(repository.uses(1)).size() == 1);
  doubted = must(repository.doubted(2000, 10));
  REQUIRE(doubted.size() == 1);
  must(repository.drop(doubted[0], 5000));
  CHECK(must(repository.uses(1)).empty());
  CHECK(must(repository.find(1))->expires_at == 5000);
}

TEMPLATE_LIST_TEST_CASE("content is never collected under somebody who completes it", "[attachments]", Engines) {
  TestType database;
  auto& repository = database->attachments();
  const auto owner = add_user(*database, "ada");
  const auto hash = std::string(64, 'c');
  std::atomic<bool> there{false}, done{false};
  std::thread collector([&] {
    while (!done) {
      (void)repository.collect(hash, [&]() -> core::result<void> {
        there = false;
        return {};
      });
    }
  });
  for (std::int64_t id = 1; id <= 20; ++id) {
    auto upload = upload_of(owner, id);
    must(repository.create(upload, roomy));
    upload.received = upload.size;
    REQUIRE(must(repository.advance(upload, 0)));
    const auto place = [&]() -> core::result<void> {
      there = true;
      return {};
    };
    REQUIRE(must(repository.complete(id, facts_of('c'), 3000, place)));
    CHECK(there);
    REQUIRE(must(repository.remove(id, owner)) == AttachmentRepository::Removed::removed);
  }
  done = true;
  collector.join();
}

}  // namespace netherlink::store::testing
