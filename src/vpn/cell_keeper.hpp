#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <optional>
#include <thread>
#include <unordered_map>
#include <vector>

#include "netherlink/metrics/metrics.hpp"
#include "netherlink/vpn/service.hpp"

namespace netherlink::vpn {

/// Brings one control server to what the database wants, and the database to what the control server says: the one
/// writer of the cell, while this replica holds its lease. Everything that it decides with is read from the database,
/// so any replica can go on where another stopped. A thread of its own.
class CellKeeper {
 public:
  /// `on_new_database`: what was remembered of the control server's people is worth nothing.
  CellKeeper(const Options& options, Cell cell, Control& control, VpnRepository& repository, VpnEvents& events,
             std::function<void()> on_new_database);
  ~CellKeeper() { stop(); }
  CellKeeper(const CellKeeper&) = delete;
  CellKeeper& operator=(const CellKeeper&) = delete;

  void start();
  /// What fails from here on does so because everything ends.
  void quit();
  /// Gives the lease back.
  void stop();

 private:
  using Clock = std::chrono::steady_clock;
  using Nodes = std::vector<Control::Node>;

  void run();
  void turn();
  bool hold_lease();
  /// Nobody else may write before this, and the call that begins now ends by then.
  bool may_write() const;
  void lose_lease();

  // Each answers false when the control server, or the database, did not do its part.
  bool reconcile(std::int64_t wanted);
  bool bring_policy(std::int64_t wanted);
  bool put(const std::string& policy);
  bool note_applied(std::int64_t wanted, const std::vector<Circle>& circles);
  bool look_at_nodes();
  void clean_keys(const Nodes& nodes);
  void clean_users();
  void start_anew();

  /// What one look at the nodes leads to.
  struct Findings;
  void compare(const Nodes& nodes, const std::vector<Node>& rows, Findings& findings) const;
  void compare_missing(const Node& row, Findings& findings) const;
  bool carry_out(const Findings& findings);

  void tell(const std::vector<Circle>& now);
  void tell_peers(const std::vector<UserId>& changed);
  void note_answer(bool answered);
  void show_lag(const VpnRepository::Work& work);

  const Options& options_;
  const Cell cell_;
  Control& control_;
  VpnRepository& repository_;
  VpnEvents& events_;
  const std::function<void()> on_new_database_;

  // Of the thread alone.
  std::optional<Lease> lease_;
  Clock::time_point lease_until_{}, renew_at_{}, reconcile_at_{}, nodes_at_{}, clean_at_{};
  std::optional<std::string> sent_;  // the policy that the control server has, as far as is known
  std::vector<Circle> told_;         // to their members
  std::int64_t seen_wanted_ = 0;
  bool down_ = false, told_everybody_ = false;
  bool is_new_ = false;  // the next reconciliation is to be repeated soon
  Clock::time_point behind_since_{};

  metrics::Gauge &up_, &writer_, &lag_, &lag_seconds_, &nodes_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::atomic<bool> stopping_{false};  // changes under the lock
  std::thread thread_;
};

}  // namespace netherlink::vpn
