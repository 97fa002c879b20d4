#include "im/notice_teller.hpp"

#include <pthread.h>

#include <algorithm>
#include <charconv>
#include <chrono>

#include "im/command.hpp"
#include "im/wire.hpp"
#include "netherlink/log/log.hpp"

namespace netherlink::im {
namespace {

using namespace std::chrono_literals;

constexpr auto removal_pause = 200ms;  // notices that are done are removed together
constexpr auto search_interval = 2s;
constexpr std::chrono::milliseconds left_over_after = 5s;
constexpr std::size_t left_overs_at_once = 100;
constexpr std::size_t told_at_once = 250;          // people
constexpr std::string_view id_prefix = "system-";  // and a random number that nobody guesses

std::string client_msg_id(std::int64_t notice) {
  std::string id(id_prefix);
  id.append(std::to_string(notice));
  return id;
}

}  // namespace

NoticeTeller::NoticeTeller(Dependencies dependencies) : deps_(std::move(dependencies)) {}

void NoticeTeller::start() {
  thread_ = std::thread([this] { run(); });
  pthread_setname_np(thread_.native_handle(), "notices");
}

void NoticeTeller::stop() {
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void NoticeTeller::tell(std::span<const std::int64_t> ids) {
  if (ids.empty()) return;
  const auto notices = deps_.notices.find(ids);
  if (!notices) return log::warn("notices not told yet", {{"reason", notices.error().detail()}});
  // In the order in which they happened.
  for (const auto id : ids) {
    for (const auto& notice : *notices) {
      if (notice.id == id) tell(notice);
    }
  }
}

void NoticeTeller::tell(const Notice& notice) {
  std::vector<UserId> concerned = notice.joined;
  concerned.insert(concerned.end(), notice.left.begin(), notice.left.end());
  if (!concerned.empty()) {
    concerned.insert(concerned.end(), notice.changed.begin(), notice.changed.end());
    deps_.announcer.changed(concerned);
    tell_memberships(notice);
  } else if (!notice.changed.empty()) {
    deps_.announcer.changed(notice.changed);
  }
  send_message(notice);
}

/// In pieces: the members of a large group that is dissolved must not come between others and their messages.
void NoticeTeller::tell_memberships(const Notice& notice) {
  const auto piece = [](const std::vector<UserId>& users, std::size_t begin) {
    const auto place = [&](std::size_t at) {
      return users.begin() + static_cast<std::ptrdiff_t>(std::min(at, users.size()));
    };
    return std::vector<UserId>(place(begin), place(begin + told_at_once));
  };
  const auto count = std::max(notice.joined.size(), notice.left.size());
  for (std::size_t begin = 0; begin < count; begin += told_at_once) {
    PushEnvelope envelope;
    envelope.memberships.push_back(
        {notice.conversation, piece(notice.joined, begin), piece(notice.left, begin), notice.joined_seq});
    deps_.announcer.publish(envelope);
  }
}

void NoticeTeller::send_message(const Notice& notice) {
  if (notice.content.empty() && notice.extra.empty()) return done(notice.id);
  Command command;
  command.type = Command::Type::send;
  command.conversation = notice.conversation;
  command.user_id = notice.actor;
  command.instance = deps_.instance;
  command.client_msg_id = client_msg_id(notice.id);
  command.kind = MessageKind::system;
  command.content = notice.content;
  command.extra = notice.extra;
  std::string payload;
  wire::begin_commands(payload);
  wire::append_command(payload, command);
  const auto partition = partition_of(notice.conversation.text, deps_.queue.partitions());
  if (auto taken = deps_.queue.publish(partition, std::move(payload), 1, {}); !taken) {
    log::warn("system message put off",
              {{"conversation", notice.conversation.text}, {"reason", taken.error().detail()}});
  }
}

void NoticeTeller::committed(std::string_view id) {
  if (!id.starts_with(id_prefix)) return;
  std::int64_t notice = 0;
  const auto* const end = id.data() + id.size();
  const auto [stopped, error] = std::from_chars(id.data() + id_prefix.size(), end, notice);
  if (error == std::errc() && stopped == end) done(notice);
}

void NoticeTeller::done(std::int64_t id) {
  {
    std::lock_guard lock(mutex_);
    done_.push_back(id);
  }
  wake_.notify_all();
}

void NoticeTeller::run() {
  auto next_search = std::chrono::steady_clock::now() + search_interval;
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    wake_.wait_until(lock, next_search, [&] { return stopping_ || !done_.empty(); });
    if (!done_.empty()) wake_.wait_for(lock, removal_pause, [&] { return stopping_; });
    lock.unlock();
    remove_done();
    if (std::chrono::steady_clock::now() >= next_search) {
      tell_left_over();
      next_search = std::chrono::steady_clock::now() + search_interval;
    }
    lock.lock();
  }
}

void NoticeTeller::remove_done() {
  std::vector<std::int64_t> ids;
  {
    std::lock_guard lock(mutex_);
    ids.swap(done_);
  }
  // What could not be removed is told again, and then found to be known.
  if (ids.empty()) return;
  if (auto removed = deps_.notices.remove(ids); !removed) {
    log::warn("notices not removed", {{"reason", removed.error().detail()}});
  }
}

void NoticeTeller::tell_left_over() {
  auto left_over = deps_.notices.pending(core::now_ms() - left_over_after.count(), left_overs_at_once);
  if (!left_over) return;
  for (auto& notice : *left_over) {
    log::info("telling again", {{"conversation", notice.conversation.text}});
    if (drop_what_changed_since(notice)) tell(notice);
  }
}

/// Who left may be back, and who joined may be gone.
core::result<void> NoticeTeller::drop_what_changed_since(Notice& notice) {
  const auto keep = [&](std::vector<UserId>& users, bool members) -> core::result<void> {
    std::vector<UserId> kept;
    for (const auto user : users) {
      const auto found = deps_.conversations.find(user, notice.conversation.text);
      if (!found) return found.error();
      if (found->has_value() == members) kept.push_back(user);
    }
    users = std::move(kept);
    return {};
  };
  if (auto done = keep(notice.joined, true); !done) return done;
  return keep(notice.left, false);
}

}  // namespace netherlink::im
