#include "room/sweeper.hpp"

#include <pthread.h>

#include "netherlink/log/log.hpp"

namespace netherlink::room {
namespace {

constexpr std::size_t seats_at_once = 1000, drops_at_once = 200;
constexpr std::chrono::minutes purge_every{1};
/// Longer than any replica needs to hear of a room that closed (RoomList).
constexpr Timestamp closed_kept_ms = 5 * 60'000;

}  // namespace

void Sweeper::start() {
  thread_ = std::thread([this] { run(); });
  pthread_setname_np(thread_.native_handle(), "rooms");
}

void Sweeper::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void Sweeper::moved(UserId user) {
  {
    const std::lock_guard lock(mutex_);
    moved_.insert(user);
  }
  wake_.notify_all();
}

void Sweeper::run() {
  auto next = Clock::now() + options_.sweep_interval;
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    wake_.wait_until(lock, next, [this] { return stopping_ || !moved_.empty(); });
    const std::vector<UserId> moved(moved_.begin(), moved_.end());
    moved_.clear();
    if (stopping_) return;
    lock.unlock();
    if (!moved.empty()) follow(moved);
    if (Clock::now() >= next) {
      sweep();
      next = Clock::now() + options_.sweep_interval;
    }
    lock.lock();
  }
}

void Sweeper::follow(const std::vector<UserId>& users) {
  const auto seats = repository_.held_by(users);
  if (!seats) return;  // the next sweep finds them
  compare(*seats);
}

void Sweeper::sweep() {
  if (people_.online_is_known()) {
    look_at_some_seats();
    drop_those_due();
  }
  if (const auto rooms = repository_.deserted(drops_at_once)) {
    for (const auto room : *rooms) calls_.end_deserted(room);
  }
  if (Clock::now() >= purge_at_) {
    if (repository_.purge(core::now_ms() - closed_kept_ms)) purge_at_ = Clock::now() + purge_every;
  }
  calls_.after();
}

void Sweeper::look_at_some_seats() {
  const auto seats = repository_.seats(looked_up_to_, seats_at_once);
  if (!seats) return;
  looked_up_to_ = seats->size() < seats_at_once ? 0 : seats->back().user_id;
  compare(*seats);
}

/// What is stored against who is there.
void Sweeper::compare(std::span<const RoomRepository::Held> seats) {
  std::vector<UserId> users;
  for (const auto& seat : seats) users.push_back(seat.user_id);
  const auto online = people_.online(users);
  const std::unordered_set<UserId> there(online.begin(), online.end());
  for (const auto& seat : seats) {
    const bool is_there = there.contains(seat.user_id);
    if (is_there != (seat.dropped_at == 0)) calls_.set_online(seat.user_id, seat.room_id, is_there);
  }
}

void Sweeper::drop_those_due() {
  const auto due = repository_.kept_since(core::now_ms() - options_.seat_grace.count(), drops_at_once);
  if (!due || due->empty()) return;
  std::vector<UserId> users;
  for (const auto& seat : *due) users.push_back(seat.user_id);
  const auto online = people_.online(users);
  const std::unordered_set<UserId> there(online.begin(), online.end());
  for (const auto& seat : *due) {
    if (!there.contains(seat.user_id)) calls_.drop(seat);
  }
}

}  // namespace netherlink::room
