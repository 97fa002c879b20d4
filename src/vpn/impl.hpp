#pragma once

#include <condition_variable>
#include <map>
#include <mutex>
#include <set>
#include <thread>
#include <unordered_set>

#include "netherlink/core/worker_pool.hpp"
#include "netherlink/vpn/service.hpp"
#include "vpn/cell_keeper.hpp"
#include "vpn/key_maker.hpp"

namespace netherlink::vpn {

/// What the service knows of one cell.
struct CellUnit {
  CellUnit(const Options& options, VpnService::Server server, VpnRepository& repository, VpnEvents& events)
      : cell(std::move(server.cell)),
        control(std::move(server.control)),
        keys(options, cell, *control, repository),
        keeper(options, cell, *control, repository, events, [this] { keys.forget_people(); }) {}

  const Cell cell;
  const std::unique_ptr<Control> control;
  KeyMaker keys;
  CellKeeper keeper;
};

struct VpnService::Impl {
  explicit Impl(Dependencies d);

  // service.cpp: news, on a thread of its own.
  bool make_known();
  void run();
  bool take_news();
  void add_news(std::span<const RoomId> rooms, std::span<const UserId> users, std::span<const SessionId> sessions);

  // placing.cpp
  CellUnit* unit(std::string_view cell);
  /// The cell that has most space for `seats` more; nullptr: none answers and has it.
  core::result<CellUnit*> choose(std::int64_t seats, const std::string& except = {});
  /// Where keys of this person belong: the room's cell, which is chosen now if it has none, and another one if that
  /// is full or does not answer.
  core::result<CellUnit*> cell_for(UserId user, const VpnRepository::Place& place);
  void give_home(RoomId room);
  core::result<bool> usable(const CellUnit& unit, UserId user);

  // keys.cpp
  struct Order {
    UserId user = 0;
    SessionId session = 0;
    std::string device;
  };
  core::result<std::string> device_name(const Device& device);
  std::optional<Access> take_ready(const Order& order, const std::string& cell);
  void keep_ready(const Order& order, const std::string& cell, const KeyMaker::Made& made);
  void make_ahead(const Device& device);

  const Options options;
  VpnRepository& repository;
  VpnEvents& events;
  cache::RateLimiter& limiter;
  std::vector<std::unique_ptr<CellUnit>> cells;

  std::mutex mutex;
  std::condition_variable wake;
  bool stopping = false;
  std::unordered_set<RoomId> rooms;
  std::unordered_set<UserId> people;
  std::unordered_set<SessionId> sessions;
  std::thread thread;

  struct Ready {
    std::string cell;
    SessionId session = 0;
    KeyMaker::Made made;
  };
  std::mutex ready_mutex;
  std::map<std::pair<UserId, std::string>, Ready> ready;  // made at login, nobody has them yet
  std::size_t ahead = 0;                                  // that are being made

  core::WorkerPool pool;  // last: its jobs use all of the above
};

}  // namespace netherlink::vpn
