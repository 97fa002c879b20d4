#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "gateway/net/io_thread.hpp"
#include "gateway/ws/attach.hpp"
#include "gateway/ws/context.hpp"
#include "gateway/ws/fan_out.hpp"
#include "gateway/ws/inbox.hpp"
#include "gateway/ws/joins.hpp"
#include "gateway/ws/reconciler.hpp"
#include "gateway/ws/room_watches.hpp"
#include "gateway/ws/session.hpp"
#include "gateway/ws/shards.hpp"
#include "gateway/ws/storm.hpp"
#include "gateway/ws/topics.hpp"
#include "gateway/ws/watches.hpp"
#include "gateway/ws/wide_writes.hpp"

namespace netherlink::gateway::ws {

/// The sessions of one I/O thread, and the turn of its loop: handlers append to queues and mark sessions; once per
/// turn, behind whatever the loop had ready, commands are published and each marked session is written with one call.
/// Everything but inbox(), in_flight() and the posting functions belongs to the thread.
class Hub {
 public:
  Hub(Context& context, IoThread& thread);
  ~Hub();
  Hub(const Hub&) = delete;
  Hub& operator=(const Hub&) = delete;

  Context& context() { return context_; }
  IoThread& thread() { return thread_; }
  Inbox& inbox() { return inbox_; }
  Topics& topics() { return topics_; }
  FanOut& fan_out() { return fan_out_; }
  Joins& joins() { return joins_; }
  Storm& storm() { return storm_; }
  Shards& shards() { return shards_; }
  Watches& watches() { return watches_; }
  RoomWatches& room_watches() { return room_watches_; }
  im::CommandBatcher& batcher() { return *batcher_; }
  /// Time at the beginning of the present handler.
  Clock::time_point now() const { return now_; }

  void adopt(std::unique_ptr<Transport> transport, const user::Principal& principal, Encoding encoding,
             std::string received);

  /// nullptr: that connection is gone.
  Session* find(Handle handle) const;
  std::span<Session* const> sessions_of(user::UserId user) const;
  std::vector<Session*> sockets_of(user::SessionId session) const;
  std::vector<user::UserId> users() const;
  /// Grows with each session that arrives.
  std::uint64_t arrivals() const { return arrivals_; }

  void mark_dirty(Session& session);
  WideWrites& wide_writes() { return wide_writes_; }
  /// Session::read_on at the end of this turn.
  void wake(Session& session);
  /// Session::cut at the end of this turn: not while somebody walks over sessions.
  void doom(Session& session);
  /// Publishes what the batcher holds at the end of this turn.
  void schedule_turn();
  /// The session hears of nothing any more, but its socket is still there.
  void leave(Session& session);
  /// The end: closes the socket. The object lives until the end of the turn.
  void destroy(Session& session);
  void request_opened() { open_requests_.fetch_add(1, std::memory_order_relaxed); }
  void requests_ended(std::size_t count) { open_requests_.fetch_sub(count, std::memory_order_relaxed); }

  /// Runs `job` on the store pool, then what it answers on this thread if the session is still there. False: the pool
  /// is full, nothing runs.
  using Continuation = std::function<void(Session&)>;
  [[nodiscard]] bool run_on_store(Handle handle, std::function<Continuation()> job);
  /// The same for what belongs to no session.
  [[nodiscard]] bool run_on_store(std::function<std::function<void()>()> job);
  /// Any thread: `job` runs on this thread, with now() fresh.
  void post(std::function<void()> job);
  /// At the beginning of each handler of this thread.
  void begin_handler() { now_ = Clock::now(); }

  /// Pushes may have been lost.
  void reconcile() {
    reconciler_.start();
    watches_.reconsider_all();
  }
  void begin_drain();
  bool draining() const { return draining_; }
  void close_all();
  std::size_t in_flight() const;

 private:
  struct Slot {
    std::unique_ptr<Session> session;
    std::uint32_t generation = 0;
  };

  Handle take_slot();
  void run_turn();
  void for_each_session(const std::function<void(Session&)>& visit);

  Context& context_;
  IoThread& thread_;
  Inbox inbox_;
  Topics topics_;
  FanOut fan_out_;
  Joins joins_;
  Storm storm_{*this};
  Shards shards_{*this};
  Reconciler reconciler_;
  Attacher attacher_;
  Watches watches_;
  RoomWatches room_watches_;
  WideWrites wide_writes_;
  std::unique_ptr<im::CommandBatcher> batcher_;
  Clock::time_point now_ = Clock::now();

  std::vector<Slot> slots_;
  std::vector<std::uint32_t> free_slots_;
  std::unordered_map<user::UserId, std::vector<Session*>> users_;
  std::unordered_multimap<user::SessionId, Session*> by_session_id_;
  std::uint64_t arrivals_ = 0;

  std::vector<Session*> dirty_, waking_;
  std::vector<Handle> doomed_;
  std::vector<std::unique_ptr<Session>> gone_;
  bool turn_scheduled_ = false, draining_ = false;
  std::atomic<std::size_t> open_requests_{0}, live_{0};
  std::atomic<bool> counting_live_{false};
};

}  // namespace netherlink::gateway::ws
